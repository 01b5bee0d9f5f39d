package dev.changeover.app.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What environment variables say about how Changeover itself works.
 *
 * @param connections most connections of a pool for reading a PostgreSQL target, 1 to 50: {@code DB_MAX_CONNECTIONS}
 * @param idleTimeout after which an unused one is closed, 10 s to 24 h: {@code DB_IDLE_TIMEOUT}, in seconds
 * @param batchRecords about how many records a chunk of the backfill has, 1 to 100,000: {@code MIGRATION_BATCH_SIZE}
 * @param expiry how long after one look for records whose time has come the next one begins, 1 s to 24 h: {@code CHANGEOVER_EXPIRE_SECONDS}
 * @param databasePath the file of an SQLite target, over what the definition says: {@code DATABASE_PATH}
 */
public record Tuning(
        int connections, Duration idleTimeout, int batchRecords, Duration expiry, Optional<Path> databasePath) {
    private static final int CONNECTIONS = 8;
    private static final int IDLE_SECONDS = 600;
    private static final int BATCH_RECORDS = 1_000;
    private static final int EXPIRE_SECONDS = 60;

    /**
     * An empty variable is one that is not set.
     *
     * @throws InvalidEnvironmentException with every variable that cannot be used
     */
    static Tuning of(Function<String, @Nullable String> variables) {
        List<String> problems = new ArrayList<>();
        int connections = number("DB_MAX_CONNECTIONS", "connections", 1, 50, CONNECTIONS, variables, problems);
        int idle = number("DB_IDLE_TIMEOUT", "seconds", 10, 86_400, IDLE_SECONDS, variables, problems);
        int batch = number("MIGRATION_BATCH_SIZE", "records", 1, 100_000, BATCH_RECORDS, variables, problems);
        int expire = number("CHANGEOVER_EXPIRE_SECONDS", "seconds", 1, 86_400, EXPIRE_SECONDS, variables, problems);
        number("DB_PORT", "a port", 1, 65_535, 5432, variables, problems);
        Optional<Path> path = databasePath(variables, problems);
        if (!problems.isEmpty()) {
            throw new InvalidEnvironmentException(problems);
        }
        return new Tuning(connections, Duration.ofSeconds(idle), batch, Duration.ofSeconds(expire), path);
    }

    private static int number(
            String name,
            String unit,
            int least,
            int most,
            int byDefault,
            Function<String, @Nullable String> variables,
            List<String> problems) {
        @Nullable String text = variables.apply(name);
        if (text == null || text.isEmpty()) {
            return byDefault;
        }
        if (text.matches("\\d{1,9}") && Integer.parseInt(text) >= least && Integer.parseInt(text) <= most) {
            return Integer.parseInt(text);
        }
        problems.add("Invalid %s \"%s\": %s, %d to %d".formatted(name, text, unit, least, most));
        return byDefault;
    }

    private static Optional<Path> databasePath(Function<String, @Nullable String> variables, List<String> problems) {
        @Nullable String text = variables.apply("DATABASE_PATH");
        if (text == null || text.isEmpty()) {
            return Optional.empty();
        }
        Path path = Path.of(text).toAbsolutePath().normalize();
        if (text.startsWith("sqlite:") || text.startsWith("jdbc:")) {
            problems.add("Invalid DATABASE_PATH \"%s\": the path alone, without a scheme".formatted(text));
        } else if (Files.isDirectory(path)) {
            problems.add("Invalid DATABASE_PATH \"%s\": it is a folder; name the SQLite file in it".formatted(text));
        }
        return Optional.of(path);
    }
}
