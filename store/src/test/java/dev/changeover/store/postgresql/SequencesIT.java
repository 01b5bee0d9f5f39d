package dev.changeover.store.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.LogId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SequencesIT {
    private final FreshDatabase database = FreshDatabase.empty();

    @Test
    void aSequenceStaysAheadOfWhatWasWrittenAndNeverGoesBack(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("migration.yaml"), """
                migration: numbers
                legacy: { files: legacy }
                target: { postgresql: embedded, schema: schema }
                entities:
                  things:
                    key: id
                    fields: { id: int32, name: text }
                    unnamed: reject
                    legacy: { format: json, path: "things/{id}.json" }
                    target: { table: things }
                """);
        Migration numbers = DefinitionReader.read(file, name -> null);
        database.execute("CREATE TABLE things (id SERIAL PRIMARY KEY, name TEXT NOT NULL)");

        try (PostgresStore store = PostgresStore.open(numbers, database.settings(), Side.TARGET)) {
            store.claim(new LogId("cluster", "topic", 6), Set.of(0));
            store.apply(BatchBuilder.from(0)
                    .put(thing(numbers, 41))
                    .put(thing(numbers, 7))
                    .build());
            int first = insert();
            database.execute("SELECT setval('things_id_seq', 90000)");
            store.apply(BatchBuilder.from(2).put(thing(numbers, 5000)).build());
            int second = insert();

            assertThat(first).isGreaterThanOrEqualTo(41 + 1000);
            assertThat(second).isEqualTo(90001);
        }
    }

    private int insert() {
        return Integer.parseInt(database.value("INSERT INTO things (name) VALUES ('theirs') RETURNING id"));
    }

    private static EntityRecord thing(Migration numbers, int id) {
        return EntityRecord.of(numbers.entity("things"))
                .set("id", id)
                .set("name", "ours")
                .build();
    }
}
