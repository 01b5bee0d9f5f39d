package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogSettingsTest {
    @Test
    void passwordsAreNeverPrinted() {
        LogSettings settings = new LogSettings("kafka:9092", Map.of("kafka.sasl.jaas.config", "password=\"x\""), false);

        assertThat(settings.toString()).contains("kafka.sasl.jaas.config").doesNotContain("password");
    }

    @Test
    void anOptionWithoutItsPrefixIsRefused() {
        assertThatThrownBy(() -> new LogSettings("kafka:9092", Map.of("acks", "0"), false))
                .hasMessageContaining("\"acks\"")
                .hasMessageContaining("begins with kafka.");
    }

    @Test
    void whatCorrectnessRestsOnCannotBeOverridden() {
        Clients clients = new Clients(new LogSettings(
                "localhost:9092",
                Map.of(
                        "kafka.producer.acks",
                        "0",
                        "kafka.producer.enable.idempotence",
                        "false",
                        "kafka.producer.linger.ms",
                        "7",
                        "kafka.client.rack",
                        "r1"),
                false));

        assertThat(clients.producerOptions("p", Duration.ofMillis(5)))
                .containsEntry("acks", "all")
                .containsEntry("enable.idempotence", true)
                .containsEntry("linger.ms", "7")
                .containsEntry("client.rack", "r1");
        assertThat(clients.consumerOptions("c", Clients.Start.NONE))
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("auto.offset.reset", "none")
                .doesNotContainKey("linger.ms");
    }
}
