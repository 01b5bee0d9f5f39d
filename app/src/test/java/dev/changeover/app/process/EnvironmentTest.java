package dev.changeover.app.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The variables that the applications' plans name, as far as they are Changeover's. */
class EnvironmentTest {
    private static final Path DONNA = Path.of("..", "migrations", "donna", "migration.yaml");
    private static final Path HOMINEM = Path.of("..", "migrations", "hominem", "migration.yaml");

    @Test
    void whatIsNotSetIsAsItWas() {
        assertThat(new Environment(Map.of("MIGRATION_BATCH_SIZE", "")).tuning())
                .isEqualTo(new Tuning(8, Duration.ofMinutes(10), 1_000, Duration.ofMinutes(1), Optional.empty()));
    }

    @Test
    void connectionsIdleTimeAndBatchAreWhatThePlanOfDonnaSays() {
        Environment environment = new Environment(
                Map.of("DB_MAX_CONNECTIONS", "20", "DB_IDLE_TIMEOUT", "300", "MIGRATION_BATCH_SIZE", "500"));

        assertThat(environment.tuning())
                .isEqualTo(new Tuning(20, Duration.ofMinutes(5), 500, Duration.ofMinutes(1), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({
        "DB_MAX_CONNECTIONS, 0, 'connections, 1 to 50'",
        "DB_MAX_CONNECTIONS, many, 'connections, 1 to 50'",
        "DB_IDLE_TIMEOUT, 5m, 'seconds, 10 to 86400'",
        "MIGRATION_BATCH_SIZE, 0, 'records, 1 to 100000'",
        "MIGRATION_BATCH_SIZE, -5, 'records, 1 to 100000'",
        "DB_PORT, 70000, 'a port, 1 to 65535'",
        "DATABASE_PATH, sqlite:x.db, 'the path alone, without a scheme'",
    })
    void aVariableThatCannotBeIsNamedBeforeAnythingIsTouched(String name, String value, String right) {
        assertThatThrownBy(() -> new Environment(Map.of(name, value)).read(DONNA))
                .isInstanceOf(InvalidEnvironmentException.class)
                .hasMessage("Invalid %s \"%s\": %s".formatted(name, value, right));
    }

    @Test
    void allThatCannotBeAreNamedAtOnce(@TempDir Path folder) {
        Environment environment =
                new Environment(Map.of("DB_MAX_CONNECTIONS", "51", "DATABASE_PATH", folder.toString()));

        assertThatThrownBy(environment::tuning)
                .hasMessageContaining("Invalid DB_MAX_CONNECTIONS")
                .hasMessageContaining("Invalid DATABASE_PATH")
                .hasMessageContaining("it is a folder");
    }

    @Test
    void databasePathIsTheFileOfAnSqliteTargetAndOfNoOther(@TempDir Path folder) {
        Path file = folder.resolve("new.db");
        Environment environment = new Environment(Map.of("DATABASE_PATH", file.toString()));

        assertThat(environment.read(HOMINEM).stores().targetUrl()).isEqualTo("sqlite:" + file);
        assertThat(environment.read(DONNA).stores().targetUrl()).isEqualTo("embedded");
    }

    @Test
    void theDatabaseIsPutTogetherOfItsPartsAndItsUrlComesFirst() {
        Map<String, String> parts =
                Map.of("DB_HOST", "db", "DB_USER", "donna user", "DB_PASSWORD", "p@ss", "DB_NAME", "donna");

        assertThat(new Environment(parts).read(DONNA).stores().targetUrl())
                .isEqualTo("postgresql://donna%20user:p%40ss@db:5432/donna");
        assertThat(new Environment(Map.of("DB_HOST", "db", "DATABASE_URL", "postgresql://other/donna"))
                        .read(DONNA)
                        .stores()
                        .targetUrl())
                .isEqualTo("postgresql://other/donna");
    }
}
