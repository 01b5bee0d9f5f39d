package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** donna's main job on Kafka and PostgreSQL in containers, as docker-compose.yml has them; where no engine runs, it is skipped. */
class ContainersIT {
    private static final String PASSWORD = "not-a-secret";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    static boolean anEngineRuns() {
        return DockerClientFactory.instance().isDockerAvailable();
    }

    @Test
    @EnabledIf(value = "anEngineRuns", disabledReason = "no container engine runs here")
    void donnaMovesOnABrokerAndADatabaseInContainers() throws Exception {
        try (KafkaContainer kafka = new KafkaContainer(DockerImageName.parse("apache/kafka:4.2.1"));
                GenericContainer<?> postgres = new GenericContainer<>(DockerImageName.parse("postgres:18"))
                        .withEnv("POSTGRES_USER", "changeover")
                        .withEnv("POSTGRES_DB", "changeover")
                        .withEnv("POSTGRES_PASSWORD", PASSWORD)
                        .withCommand("postgres", "-c", "wal_level=logical")
                        .withExposedPorts(5432)
                        .waitingFor(Wait.forLogMessage(".*ready to accept connections.*", 2)
                                .withStartupTimeout(Duration.ofMinutes(3)))) {
            kafka.start();
            postgres.start();
            String database = "postgresql://changeover:%s@%s:%d/changeover"
                    .formatted(PASSWORD, postgres.getHost(), postgres.getMappedPort(5432));
            Donna.legacyIn(data);
            try (Donna donna = Donna.moved(data, kafka.getBootstrapServers(), Map.of("DATABASE_URL", database))) {
                assertThat(donna.put("/users/ada", """
                                        {"email": "ada@example.com", "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}""").statusCode()).isEqualTo(200);
                JsonNode scan = donna.operation(
                        "verify", Donna.MAPPER.createObjectNode().put("deep", true));

                assertThat(scan.path("verdict").asText())
                        .as(scan.toPrettyString())
                        .isEqualTo("equal");
                assertThat(Files.readString(data.resolve("legacy/data/users/ada.json")))
                        .contains("ada@example.com");
                assertThat(donna.query("SELECT email FROM users WHERE email = 'ada@example.com'"))
                        .isEqualTo("ada@example.com");
            }
        }
    }
}
