package dev.changeover.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaIT {

    @TempDir
    Path directory;

    @Test
    void recordsAndTheAddressAreThereAgainAfterARestart() throws Exception {
        String address;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
            address = kafka.bootstrapServers();
            KafkaRecords records = new KafkaRecords(address, "kept");
            records.createTopic();
            records.write("one", "two");
        }

        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
            KafkaRecords records = new KafkaRecords(kafka.bootstrapServers(), "kept");
            records.write("three");

            assertThat(kafka.bootstrapServers()).isEqualTo(address);
            assertThat(records.readAll()).containsExactly("one", "two", "three");
        }
    }

    @Test
    void aSecondBrokerOnTheSameDirectoryIsRefusedAndTheFirstGoesOn() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
            KafkaRecords records = new KafkaRecords(kafka.bootstrapServers(), "kept");
            records.createTopic();
            records.write("before");

            assertThatExceptionOfType(DirectoryInUseException.class)
                    .isThrownBy(() -> EmbeddedKafka.start(directory))
                    .withMessageContaining(directory.toRealPath().toString());
            try (ChildProcess other = ChildProcess.startHoldsBoth(directory, directory.resolve("unused"))) {
                assertThat(other.exitCode()).isNotZero();
                assertThat(other.output()).contains("DirectoryInUseException", directory.toString());
            }

            records.write("after");
            assertThat(records.readAll()).containsExactly("before", "after");
        }
    }

    @Test
    void itListensOnLoopbackOnly() throws Exception {
        assumeTrue(Listeners.canBeSeen(), "only Linux tells what a process listens on");
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
            int port = Integer.parseInt(kafka.bootstrapServers().replaceFirst(".*:", ""));

            assertThat(Listeners.of(ProcessHandle.current().pid()))
                    .anyMatch(listener -> listener.port() == port)
                    .allMatch(Listeners.Address::isLoopback);
        }
    }

    @Test
    void aPortThatSomebodyElseTookMeanwhileIsReplaced() throws Exception {
        String address;
        try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
            address = kafka.bootstrapServers();
            KafkaRecords records = new KafkaRecords(address, "kept");
            records.createTopic();
            records.write("one");
        }
        int port = Integer.parseInt(address.replaceFirst(".*:", ""));

        try (ServerSocket somebodyElse = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
                EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {

            assertThat(somebodyElse.isBound()).isTrue();
            assertThat(kafka.bootstrapServers()).isNotEqualTo(address);
            assertThat(new KafkaRecords(kafka.bootstrapServers(), "kept").readAll())
                    .containsExactly("one");
        }
    }
}
