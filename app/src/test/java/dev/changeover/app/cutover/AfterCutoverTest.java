package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.ControlLog;
import dev.changeover.log.HandedTail;
import dev.changeover.log.Waiting;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.ControlRecord.PhaseChange;
import dev.changeover.model.topic.ControlRecord.Stamp;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Wire;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others write into the target: how long it is kept. The register is the real one, its records are handed to it. */
class AfterCutoverTest {
    private static final String DEFINITION = """
            migration: m
            legacy: { files: legacy }
            target: { postgresql: embedded, schema: schema }
            entities:
              users:
                key: id
                fields: { id: text(40) }
                legacy: { format: json, path: "users/{id}.json" }
                target: { table: users, columns: { id: uuid5(id) }, extra: extra }
            """;

    private final HandedTail tail = new HandedTail();
    private final CountDownLatch seen = new CountDownLatch(1);
    private ControlLog control;
    private AfterCutover afterCutover;
    private long next;

    @BeforeEach
    void begin(@TempDir Path folder) throws Exception {
        Migration migration =
                DefinitionReader.read(Files.writeString(folder.resolve("migration.yaml"), DEFINITION), name -> null);
        control = tail.control(migration, new MockProducer<>(), () -> next, Waiting.REAL);
        afterCutover = new AfterCutover(control, limit -> {
            seen.await();
            return true;
        });
    }

    @AfterEach
    void end() {
        seen.countDown();
        afterCutover.close();
        control.close();
    }

    @Test
    void itIsKeptFromTheFlipUntilTheMigrationIsComplete() {
        decided(Phase.BACKFILLING, Phase.DUAL_WRITE, Phase.CUTTING_OVER);
        assertThat(afterCutover.getAsBoolean()).isFalse();

        decided(Phase.CUT_OVER);
        assertThat(afterCutover.getAsBoolean()).isTrue();

        decided(Phase.COMPLETE);
        assertThat(afterCutover.getAsBoolean()).isFalse();
    }

    @Test
    void afterARollbackItIsKeptUntilAllHasBeenSeenThatWasCommittedBeforeIt() {
        decided(Phase.BACKFILLING, Phase.DUAL_WRITE, Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.ROLLING_BACK);
        assertThat(afterCutover.getAsBoolean()).isTrue();

        decided(Phase.DUAL_WRITE);

        assertThat(afterCutover.getAsBoolean()).isTrue();
        seen.countDown();
        Awaitility.await().until(() -> !afterCutover.getAsBoolean());
    }

    private void decided(Phase... phases) {
        for (Phase phase : phases) {
            long epoch = control.state().epoch();
            Stamp stamp = new Stamp("r" + next, epoch, "operator", "", 0);
            byte[] record = Wire.write(new PhaseChange(stamp, phase, phase.primary(), epoch + 1, null));
            tail.hand(new ConsumerRecord<>("m.control", 0, next++, new byte[0], record));
            assertThat(control.state().phase()).isEqualTo(phase);
        }
    }
}
