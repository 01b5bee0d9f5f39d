package dev.changeover.log;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/** One broker for all tests of a JVM; each test takes a migration of its own, and with it topics of its own. */
final class OneBroker {
    private static final AtomicInteger MIGRATIONS = new AtomicInteger();
    private static final EmbeddedKafka KAFKA =
            EmbeddedKafka.start(temporaryFolder()).closeAtExit();

    private OneBroker() {}

    static LogSettings settings() {
        return LogSettings.embedded(KAFKA.bootstrapServers());
    }

    static Migration aMigration(int partitions) {
        return migration("m" + MIGRATIONS.incrementAndGet(), partitions);
    }

    static Migration migration(String name, int partitions) {
        Field id = Field.required(0, "id", FieldType.text(50));
        Entity users = new Entity("users", List.of(id), List.of(id), List.of(), Entity.Unnamed.KEEP, null, null);
        return new Migration(
                name,
                Path.of("migration.yaml"),
                new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
                new UUID(0, 1),
                partitions,
                List.of(users));
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("changeover-log-it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
