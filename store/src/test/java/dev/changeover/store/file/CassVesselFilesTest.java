package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.Chunk;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON as Python writes it, YAML and Markdown, several entities in one document: cass-vessel's own files. */
class CassVesselFilesTest {
    private static final Migration CASS =
            DefinitionReader.read(Path.of("../migrations/cass-vessel/migration.yaml"), name -> null);
    private static final String CONVERSATION = "05d806d6-8e1f-4fef-b8a4-3cc4c61cf002";
    private static final String ADA = "f4e5e853-5bde-446e-97b6-1ce001d29b67";

    @TempDir
    private Path root;

    private FileStore store;
    private long offset;

    @BeforeEach
    void open() {
        Donna.copy(CASS.stores().legacyRoot(), root);
        store = FileStore.open(CASS, root, Side.LEGACY);
        store.claim(new LogId("cluster", "topic", 6), Set.of(0));
    }

    @AfterEach
    void close() {
        store.close();
    }

    private ApplyOutcome apply(BatchBuilder builder) {
        Batch batch = builder.build();
        offset = builder.end();
        List<ApplyOutcome> outcomes = store.apply(batch);
        return outcomes.get(outcomes.size() - 1);
    }

    private BatchBuilder next() {
        return BatchBuilder.from(offset);
    }

    private List<EntityRecord> all(String entity) {
        List<EntityRecord> found = new ArrayList<>();
        Entity scanned = CASS.entity(entity);
        for (var chunks = store.chunks(scanned, 1000); chunks.hasNext(); ) {
            Chunk chunk = chunks.next();
            try (RecordStream records = store.scan(scanned, chunk)) {
                while (records.hasNext()) {
                    Scanned each = records.next();
                    assertThat(each.fault()).as(each.origin()).isEmpty();
                    found.add(Objects.requireNonNull(each.record()));
                }
            }
        }
        return found;
    }

    private EntityRecord first(String entity, String keyPart) {
        return all(entity).stream()
                .filter(each -> each.key().text().contains(keyPart))
                .findFirst()
                .orElseThrow();
    }

    private String file(String path) throws IOException {
        return Files.readString(root.resolve(path));
    }

    private EntityRecord message(int position, String content) {
        return ContractMigration.record(
                CASS,
                "messages",
                "{\"conversation_id\":\"%s\",\"position\":%d,\"role\":\"user\",\"content\":\"%s\",\"timestamp\":\"t\",\"marks\":null}"
                        .formatted(CONVERSATION, position, content));
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path each : walk.filter(Files::isRegularFile).sorted().toList()) {
                String relative = root.relativize(each).toString();
                if (!relative.startsWith(".changeover")) {
                    files.put(relative, Files.readString(each, StandardCharsets.ISO_8859_1));
                }
            }
        }
        return files;
    }

    @Test
    void everyRecordWrittenAsItIsLeavesEveryByteOfEveryFile() throws IOException {
        Map<String, String> before = files();
        BatchBuilder everything = next();
        int records = 0;
        for (Entity entity : CASS.entities()) {
            if (entity.legacy().isPresent()) {
                for (EntityRecord each : all(entity.name())) {
                    everything.put(each);
                    records++;
                }
            }
        }

        assertThat(store.apply(everything.build())).containsOnly(ApplyOutcome.applied());

        assertThat(records).isGreaterThan(450);
        assertThat(files()).isEqualTo(before);
    }

    @Test
    void aMessageIsAddedAtTheEndAndNothingElseChanges() throws IOException {
        String before = file("conversations/" + CONVERSATION + ".json");
        int count = (int) all("messages").stream()
                .filter(each -> each.value("conversation_id").equals(CONVERSATION))
                .count();

        assertThat(apply(next().put(message(count + 1, "caf\u00e9")))).isEqualTo(ApplyOutcome.applied());

        String after = file("conversations/" + CONVERSATION + ".json");
        assertThat(after).contains("""
                        ,
                            {
                              "role": "user",
                              "content": "caf\\u00e9",
                              "timestamp": "t",
                              "marks": null
                            }
                          ]""");
        assertThat(after.replaceFirst(
                        "(?s),\n    \\{\n      \"role\": \"user\",\n      \"content\": \"caf.*?\n    }", ""))
                .isEqualTo(before);

        assertThat(apply(next().put(message(count + 3, "a gap")))).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(apply(next().delete(message(1, "").key()))).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(apply(next().delete(message(count + 1, "").key()))).isEqualTo(ApplyOutcome.applied());
        assertThat(file("conversations/" + CONVERSATION + ".json")).isEqualTo(before);
    }

    @Test
    void aConversationGoesWithItsMessages() {
        RecordKey conversation = first("conversations", CONVERSATION).key();
        List<RecordKey> messages = all("messages").stream()
                .map(EntityRecord::key)
                .filter(key -> key.values().get(0).equals(CONVERSATION))
                .sorted(java.util.Comparator.reverseOrder())
                .toList();

        // the deletes of a cascade, torn apart: first some of the messages, then the others and the conversation
        BatchBuilder some = next();
        messages.stream().limit(3).forEach(some::delete);
        apply(some);
        BatchBuilder others = next();
        messages.stream().skip(3).forEach(others::delete);
        assertThat(apply(others.delete(conversation))).isEqualTo(ApplyOutcome.applied());

        assertThat(root.resolve("conversations/" + CONVERSATION + ".json")).doesNotExist();
        assertThat(store.unannounced()).isEmpty();
    }

    @Test
    void anEditByHandInYamlSurvivesAndOnlyTheValueThatChangesIsWritten() throws IOException {
        String path = "users/935096c9-acc5-46f3-b969-ac3e09068a15/profile.yaml";
        String before = file(path);
        EntityRecord dora = first("users", "935096c9");
        Field name = CASS.entity("users").field("display_name");

        apply(next().put(dora.toBuilder().set(name, "no").build()));

        assertThat(file(path)).isEqualTo(before.replace("display_name: Dora \"Dee\" Vance", "display_name: 'no'"));
        assertThat(first("users", "935096c9").value("display_name")).isEqualTo("no");
    }

    @Test
    void anOpinionIsAddedToTheProfileItIsPartOf() throws IOException {
        String before = file("cass/self_profile.yaml");
        EntityRecord opinion = ContractMigration.record(
                CASS,
                "opinions",
                "{\"daemon_id\":\"272983cd-c3e1-5574-a284-49ab0aebafaa\",\"topic\":\"12:30:45\",\"position\":\"yes\",\"confidence\":1e-7}");

        apply(next().put(opinion));

        assertThat(file("cass/self_profile.yaml"))
                .isEqualTo(before.replace(
                        "open_questions:\n",
                        "- topic: '12:30:45'\n  position: 'yes'\n  confidence: 1.0e-07\nopen_questions:\n"));
        assertThat(first("opinions", "12:30:45").value("confidence")).isEqualTo(1e-7);
    }

    @Test
    void aNewUserHasAFolderAndAPageAChangedBodyOnly() throws IOException {
        apply(next().put(ContractMigration.record(
                CASS, "users", "{\"user_id\":\"new\",\"display_name\":\"\",\"created_at\":\"\",\"updated_at\":\"\"}")));
        assertThat(file("users/new/profile.yaml"))
                .isEqualTo("user_id: new\ndisplay_name: ''\ncreated_at: ''\nupdated_at: ''\n");

        String before = file("wiki/concept/Edited_by_hand.md");
        EntityRecord page = first("wiki_pages", "Edited_by_hand");
        apply(next().put(page.toBuilder()
                .set(CASS.entity("wiki_pages").field("content"), "# Other\n")
                .build()));
        assertThat(file("wiki/concept/Edited_by_hand.md"))
                .isEqualTo(before.substring(0, before.indexOf("# Heading")) + "# Other\n");
    }

    @Test
    void aUserThatGoesTakesTheListsOfItsModelAlong() {
        RecordKey ada = first("users", ADA).key();
        BatchBuilder batch = next();
        for (String entity : List.of("user_observations", "user_contradictions", "user_growth_edges")) {
            all(entity).stream()
                    .map(EntityRecord::key)
                    .filter(key -> key.values().get(0).equals(ADA))
                    .forEach(batch::delete);
        }

        assertThat(apply(batch.delete(ada))).isEqualTo(ApplyOutcome.applied());

        assertThat(root.resolve("users/" + ADA + "/profile.yaml")).doesNotExist();
        assertThat(root.resolve("users/" + ADA + "/observations.json")).doesNotExist();
        assertThat(root.resolve("users/" + ADA + "/user_model.yaml")).exists();
    }

    @Test
    void aPageThatWouldBeReadAsAnotherOneIsNotAccepted() {
        RecordFit fit = new RecordFit(CASS);
        String head = "{\"category\":\"meta\",\"name\":\"P\",";

        assertThat(all("wiki_pages").stream().map(fit::unfit)).allMatch(java.util.Optional::isEmpty);
        assertThat(fit.unfit(ContractMigration.record(
                        CASS, "wiki_pages", head + "\"frontmatter\":{\"a\":1},\"content\":\"\\n# A\"}")))
                .hasValueSatisfying(why -> assertThat(why).contains("white space"));
        assertThat(fit.unfit(
                        ContractMigration.record(CASS, "wiki_pages", head + "\"content\":\"---\\na: 1\\n---\\n\"}")))
                .isPresent();
        assertThat(fit.unfit(ContractMigration.record(CASS, "wiki_pages", head + "\"content\":\"\\n# A\"}")))
                .isEmpty();
    }
}
