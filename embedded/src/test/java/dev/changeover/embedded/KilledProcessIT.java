package dev.changeover.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KilledProcessIT {

    @TempDir
    Path directory;

    @Test
    void afterAKillOfTheProcessBothStartAgainWithEverythingThatWasAcknowledged() throws Exception {
        long orphan;
        try (ChildProcess child = ChildProcess.startHoldsBoth(kafkaDirectory(), postgresDirectory())) {
            orphan = child.postgresPid();
            child.kill();
        }
        assertThat(ProcessHandle.of(orphan)).isPresent();

        assertThatBothHoldWhatWasWritten();
        assertThat(ProcessHandle.of(orphan).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void afterAKillOfTheProcessAndItsDatabaseBothStartAgain() throws Exception {
        try (ChildProcess child = ChildProcess.startHoldsBoth(kafkaDirectory(), postgresDirectory())) {
            long server = child.postgresPid();
            child.kill();
            EmbeddedPostgresIT.kill(server);
        }

        assertThatBothHoldWhatWasWritten();
    }

    @Test
    void aProcessThatEndsNormallyTakesItsDatabaseWithIt() throws Exception {
        try (ChildProcess child = ChildProcess.startHoldsBoth(kafkaDirectory(), postgresDirectory())) {
            long server = child.postgresPid();

            child.endNormally();

            assertThat(child.exitCode()).isZero();
            assertThat(ProcessHandle.of(server).filter(ProcessHandle::isAlive)).isEmpty();
        }
        assertThatBothHoldWhatWasWritten();
    }

    private void assertThatBothHoldWhatWasWritten() throws Exception {
        try (EmbeddedKafka kafka = EmbeddedKafka.start(kafkaDirectory());
                EmbeddedPostgres postgres = EmbeddedPostgres.start(postgresDirectory())) {
            assertThat(new KafkaRecords(kafka.bootstrapServers(), "kept").readAll())
                    .containsExactly("written before the end");
            assertThat(EmbeddedPostgresIT.query(postgres, "select id from kept"))
                    .isEqualTo("7");
        }
    }

    private Path kafkaDirectory() {
        return directory.resolve("kafka");
    }

    private Path postgresDirectory() {
        return directory.resolve("postgres");
    }
}
