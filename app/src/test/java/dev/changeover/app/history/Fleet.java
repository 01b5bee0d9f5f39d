package dev.changeover.app.history;

import dev.changeover.app.demo.RunningRoles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A migration of donna with each role in a process of its own, to be killed. Kafka and PostgreSQL run in the process {@link #base()},
 * which nobody kills.
 */
final class Fleet implements AutoCloseable {
    private static final Path DEFINITION = Path.of("..", "migrations", "donna", "migration.yaml");

    private final Path legacy;
    private final RunningRoles base;
    private final Map<String, RunningRoles> roles = new LinkedHashMap<>();

    /**
     * @param baseRoles that run beside Kafka and PostgreSQL
     * @param processes their names, each with its roles
     */
    Fleet(Path directory, String baseRoles, Map<String, String> processes) throws IOException {
        this.legacy = directory.resolve("legacy");
        copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(Map.of("DONNA_ROOT", legacy.toString()));
        this.base = new RunningRoles(DEFINITION, directory.resolve("base"), variables, "--roles", baseRoles);
        try {
            base.awaitReady();
            variables.put("DATABASE_URL", target());
            for (Map.Entry<String, String> process : processes.entrySet()) {
                roles.put(
                        process.getKey(),
                        new RunningRoles(
                                DEFINITION,
                                directory.resolve(process.getKey()),
                                variables,
                                "--roles",
                                process.getValue(),
                                "--bootstrap-servers",
                                base.endpoint().path("bootstrap").asText()));
            }
            roles.values().forEach(RunningRoles::awaitReady);
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    RunningRoles base() {
        return base;
    }

    RunningRoles process(String name) {
        return java.util.Objects.requireNonNull(roles.get(name), name);
    }

    /** That may be killed. */
    List<String> names() {
        return List.copyOf(roles.keySet());
    }

    Path legacy() {
        return legacy;
    }

    String target() {
        return base.endpoint().path("target").asText();
    }

    @Override
    public void close() {
        roles.values().forEach(RunningRoles::stop);
        roles.values().forEach(RunningRoles::close);
        base.close();
    }
}
