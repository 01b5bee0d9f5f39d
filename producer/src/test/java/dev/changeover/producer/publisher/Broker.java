package dev.changeover.producer.publisher;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Samples;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** One broker for all tests of a JVM; each test takes a migration of its own, and with it topics of its own. */
public final class Broker {
    private static final AtomicInteger MIGRATIONS = new AtomicInteger();
    private static final EmbeddedKafka KAFKA =
            EmbeddedKafka.start(temporaryFolder()).closeAtExit();

    private Broker() {}

    public static LogSettings settings() {
        return LogSettings.embedded(KAFKA.bootstrapServers());
    }

    public static Migration aMigration(int partitions) {
        return aMigration(partitions, Samples.MIGRATION.entities());
    }

    public static Migration aMigration(int partitions, List<Entity> entities) {
        return new Migration(
                "producer" + MIGRATIONS.incrementAndGet(),
                Samples.MIGRATION.file(),
                Samples.MIGRATION.stores(),
                Samples.MIGRATION.namespace(),
                partitions,
                entities);
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("changeover-producer-it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
