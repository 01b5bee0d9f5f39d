package dev.changeover.app.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.store.Batch;
import dev.changeover.store.LogId;
import dev.changeover.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** donna's transcripts that were encoded twice long ago. */
class DoubleEncodedTranscriptsTest {
    private static final Path DONNA = Path.of("..", "migrations", "donna");
    private static final String TRANSCRIPT = "data/chat_sessions/double-encoded.json";

    @TempDir
    private Path folder;

    @BeforeEach
    void theSample() throws IOException {
        Path sample = DONNA.resolve("sample");
        try (Stream<Path> files = Files.walk(sample)) {
            for (Path file : files.skip(1).toList()) {
                Files.copy(file, folder.resolve(sample.relativize(file).toString()));
            }
        }
        String definition = Files.readString(DONNA.resolve("migration.yaml"));
        Files.writeString(folder.resolve("as-it-is.yaml"), definition);
        Files.writeString(
                folder.resolve("undone.yaml"),
                definition.replace(
                        "      content: text\n", "      content: { type: text, repair: double-encoded-utf8 }\n"));
        Files.writeString(
                folder.resolve("left.yaml"),
                definition.replace("      content: text\n", "      content: { type: text, repair: none }\n"));
    }

    private Migration migration(String name) {
        return new Environment(Map.of("DONNA_ROOT", folder.toString())).read(folder.resolve(name));
    }

    private static List<String> doubleEncoded(Migration migration, String list) {
        List<String> found = new ArrayList<>();
        for (JsonNode finding : PlanCheck.run(migration).path(list)) {
            if (finding.path("what").asText().startsWith("double-encoded text")) {
                found.add(finding.toString());
            }
        }
        return found;
    }

    private static EntityRecord first(Store store, Migration migration) {
        Entity messages = migration.entity("messages");
        RecordKey key = RecordKey.of(messages, List.of("double-encoded", 1));
        EntityRecord found = store.read(messages, List.of(key)).found().get(key);
        assertThat(found).isNotNull();
        return found;
    }

    @Test
    void withoutTheRuleTheyAreNamedAndStayAsTheyAre() {
        Migration migration = migration("as-it-is.yaml");

        assertThat(doubleEncoded(migration, "findings"))
                .singleElement()
                .asString()
                .contains(
                        "\"place\":\"messages\"",
                        "double-encoded text: content",
                        "\"count\":1",
                        "âœ… fait, Ã©tÃ© ðŸ",
                        "✅ fait, été 🔄",
                        "repair: double-encoded-utf8");
        try (Store store = LegacyFiles.writer(migration)) {
            assertThat(first(store, migration)
                            .value(migration.entity("messages").field("content")))
                    .isEqualTo("âœ… fait, Ã©tÃ© ðŸ”„");
        }
    }

    @Test
    void whatIsLeftAsItIsByDecisionIsShownAndNoFinding() {
        Migration migration = migration("left.yaml");

        assertThat(doubleEncoded(migration, "findings")).isEmpty();
        assertThat(doubleEncoded(migration, "decided"))
                .singleElement()
                .asString()
                .contains("\"place\":\"messages\"", "\"count\":1", "âœ… fait, Ã©tÃ© ðŸ", "moved as it is");
        try (Store store = LegacyFiles.writer(migration)) {
            assertThat(first(store, migration)
                            .value(migration.entity("messages").field("content")))
                    .isEqualTo("âœ… fait, Ã©tÃ© ðŸ”„");
        }
    }

    @Test
    void withTheRuleTheyAreReadAsWhatTheyWereAndTheBytesStayUntilTheTextIsWritten() throws IOException {
        Migration migration = migration("undone.yaml");
        Entity messages = migration.entity("messages");

        assertThat(doubleEncoded(migration, "findings")).isEmpty();
        try (Store store = LegacyFiles.writer(migration)) {
            EntityRecord found = first(store, migration);
            assertThat(found.value(messages.field("content"))).isEqualTo("✅ fait, été 🔄");
            store.claim(new LogId("cluster", "topic", 6), Set.of(0));

            put(
                    store,
                    0,
                    found.toBuilder().set(messages.field("role"), "system").build());
            assertThat(Files.readString(folder.resolve(TRANSCRIPT)))
                    .contains("\"role\": \"system\"", "\"content\": \"âœ… fait, Ã©tÃ© ðŸ”„\"");
            assertThat(first(store, migration).value(messages.field("content"))).isEqualTo("✅ fait, été 🔄");

            put(
                    store,
                    1,
                    found.toBuilder()
                            .set(messages.field("content"), "✅ c'était fait")
                            .build());
            assertThat(first(store, migration).value(messages.field("content"))).isEqualTo("✅ c'était fait");
            assertThat(Files.readString(folder.resolve(TRANSCRIPT))).doesNotContain("âœ…");
        }
    }

    private static void put(Store store, long offset, EntityRecord record) {
        store.apply(new Batch(
                List.of(new Batch.Advance(0, offset, offset + 1, offset + 1)),
                List.of(new Batch.LoggedChange(0, offset, ChangeEvent.put(record, "test", 0)))));
    }
}
