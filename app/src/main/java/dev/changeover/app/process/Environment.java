package dev.changeover.app.process;

import dev.changeover.model.definition.DefinitionException;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Migration;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables that a definition may use. Where {@code DATABASE_URL} is not set but {@code DB_HOST} is, it is put together from
 * {@code DB_HOST}, {@code DB_PORT} (5432), {@code DB_NAME}, {@code DB_USER} and {@code DB_PASSWORD}.
 */
public final class Environment {
    private final Map<String, String> variables;

    public Environment(Map<String, String> variables) {
        this.variables = Map.copyOf(variables);
    }

    /**
     * The migration, on the SQLite file that {@code DATABASE_PATH} names if its target is one.
     *
     * @throws DefinitionException with all that is wrong in the file
     * @throws InvalidEnvironmentException with every variable that cannot be used
     */
    public Migration read(Path definition) throws DefinitionException {
        Tuning tuning = tuning();
        Migration migration = DefinitionReader.read(definition, this::value);
        Migration.Stores stores = migration.stores();
        if (tuning.databasePath().isEmpty() || !SqliteTarget.isUrl(stores.targetUrl())) {
            return migration;
        }
        String url = "sqlite:" + tuning.databasePath().get();
        return migration.on(new Migration.Stores(stores.legacyRoot(), url, stores.schema()));
    }

    /** @throws InvalidEnvironmentException with every variable that cannot be used */
    Tuning tuning() {
        return Tuning.of(variables::get);
    }

    /** The value of a variable, or null if it is not set. */
    public @Nullable String value(String name) {
        if (name.equals("DATABASE_URL") && !variables.containsKey(name) && variables.containsKey("DB_HOST")) {
            String user = encoded(variables.getOrDefault("DB_USER", "postgres"));
            @Nullable String password = variables.get("DB_PASSWORD");
            String login = password == null ? user : user + ":" + encoded(password);
            return "postgresql://%s@%s:%s/%s"
                    .formatted(
                            login,
                            variables.get("DB_HOST"),
                            variables.getOrDefault("DB_PORT", "5432"),
                            encoded(variables.getOrDefault("DB_NAME", "postgres")));
        }
        return variables.get(name);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
