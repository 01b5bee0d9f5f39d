package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.Chunk;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file store does to hominem's lines: found by their numbers, parts of them other records, one entity in two kinds of files. */
class NumberedLinesTest {
    private static final Migration HOMINEM =
            DefinitionReader.read(Path.of("../migrations/hominem/migration.yaml"), name -> null);
    private static final LogId LOG = new LogId("cluster", "topic", 1);
    private static final String SESSION = "data/online_feedback/session_20251209T101500Z.jsonl";

    @TempDir
    private Path root;

    @TempDir
    private Path empty;

    private FileStore store;
    private Map<String, String> before;
    private long next;

    @BeforeEach
    void openACopyOfTheSample() {
        store = FileStore.open(HOMINEM, Donna.copy(HOMINEM.stores().legacyRoot(), root), Side.LEGACY);
        store.claim(LOG, Set.of(0));
        before = Donna.files(root);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void puttingWhatIsThereAlreadyChangesNoByteOfAnyFile() {
        for (Entity entity : HOMINEM.entities()) {
            BatchBuilder batch = batch();
            records(store, entity).forEach(batch::put);

            assertThat(apply(batch)).containsOnly(ApplyOutcome.applied());
        }

        assertThat(Donna.files(root)).isEqualTo(before);
    }

    @Test
    void aLineIsTheRecordOfItsNumberBlankLinesCounted() throws IOException {
        List<String> lines = lines();

        assertThat(lines.get(6)).isBlank();
        assertThat(conversation("session_20251209T101500Z:7")).isNull();
        assertThat(lines.get(7))
                .contains("\"prompt\": \""
                        + conversation("session_20251209T101500Z:8").value("prompt"));
        assertThat(records(store, HOMINEM.entity("conversations"))).hasSize(94);
        assertThat(records(store, HOMINEM.entity("reward_labels"))).hasSize(74);
    }

    @Test
    void aLineThatGoesLeavesABlankOneAndOneThatIsFarBehindHasBlankOnesBeforeIt() throws IOException {
        List<String> lines = lines();

        apply(batch().delete(key("conversations", "session_20251209T101500Z:2"))
                .put(spoken("session_20251209T101500Z:7", "in the blank line"))
                .put(spoken("session_20251209T101500Z:18", "behind"))
                .put(spoken("session_20260101T000000Z:1", "a new file")));

        List<String> now = lines();
        assertThat(now).hasSize(18);
        assertThat(now.get(1)).isEmpty();
        assertThat(now.get(6)).isEqualTo("{\"prompt\":\"in the blank line\",\"chosen\":{\"text\":\"answer\"}}");
        assertThat(now.subList(15, 17)).containsOnly("");
        assertThat(now.subList(7, 15)).isEqualTo(lines.subList(7, 15));
        assertThat(conversation("session_20251209T101500Z:18").value("prompt")).isEqualTo("behind");
        assertThat(Files.readString(root.resolve("data/online_feedback/session_20260101T000000Z.jsonl")))
                .isEqualTo("{\"prompt\":\"a new file\",\"chosen\":{\"text\":\"answer\"}}\n");
    }

    @Test
    void aScoreIsPartOfItsLineAndComesAndGoesWithoutTouchingTheRest() throws IOException {
        String line = lines().get(0);
        EntityRecord score = read("reward_labels", "session_20251209T101500Z:1");

        apply(batch().put(score.toBuilder()
                .set(score.entity().field("empathy"), 0.5)
                .build()));

        assertThat(lines().get(0)).isEqualTo(line.replaceFirst("(\"reward\": \\{\"empathy\": )[^,]*", "$10.5"));

        apply(batch().delete(score.key()));

        assertThat(lines().get(0)).isEqualTo(line.replaceFirst("\"reward\": \\{[^}]*}, ", ""));
        assertThat(read("reward_labels", "session_20251209T101500Z:1")).isNull();
        assertThat(conversation("session_20251209T101500Z:1")).isNotNull();
    }

    @Test
    void aNewLineAndItsScoreGoInTogether() throws IOException {
        apply(batch().put(spoken("session_20251209T101500Z:16", "new"))
                .put(ContractMigration.record(
                        HOMINEM,
                        "reward_labels",
                        "{\"conversation_id\":\"session_20251209T101500Z:16\",\"empathy\":0.25,\"warmth\":1}")));

        assertThat(lines().get(15))
                .isEqualTo(
                        "{\"prompt\":\"new\",\"chosen\":{\"text\":\"answer\",\"reward\":{\"empathy\":0.25,\"warmth\":1}}}");
    }

    @Test
    void aScoreWithoutItsLineIsRefused() {
        List<ApplyOutcome> outcomes = apply(batch().put(ContractMigration.record(
                HOMINEM, "reward_labels", "{\"conversation_id\":\"session_20251209T101500Z:99\",\"empathy\":0.25}")));

        assertThat(outcomes)
                .first()
                .isInstanceOfSatisfying(
                        ApplyOutcome.Refused.class,
                        refused -> assertThat(refused.reason()).contains("line 99 of " + SESSION));
    }

    @Test
    void whatATrajectoryHasNoPlaceForIsUnfitBeforeAnythingIsWritten() {
        EntityRecord withTime = ContractMigration.record(
                HOMINEM,
                "conversations",
                "{\"conversation_id\":\"trajectory_1\",\"prompt\":\"p\",\"response\":\"r\",\"timestamp\":\"2025-01-01T00:00:00Z\"}");

        assertThat(FileStore.unfit(HOMINEM, withTime))
                .hasValueSatisfying(reason -> assertThat(reason).contains("timestamp", "trajectories.jsonl"));
    }

    @Test
    void anEmptyFolderFilledWithAllRecordsHoldsTheSame() {
        try (FileStore rebuilt = FileStore.open(HOMINEM, empty, Side.TARGET)) {
            rebuilt.claim(LOG, Set.of(0));
            BatchBuilder batch = BatchBuilder.from(0);
            HOMINEM.entities().forEach(entity -> records(store, entity).forEach(batch::put));
            rebuilt.apply(batch.build());

            for (Entity entity : HOMINEM.entities()) {
                assertThat(records(rebuilt, entity).stream().map(Canonical::digest))
                        .containsExactlyInAnyOrderElementsOf(records(store, entity).stream()
                                .map(Canonical::digest)
                                .toList());
            }
        }
    }

    private static EntityRecord spoken(String id, String prompt) {
        return ContractMigration.record(
                HOMINEM,
                "conversations",
                "{\"conversation_id\":\"%s\",\"prompt\":\"%s\",\"response\":\"answer\"}".formatted(id, prompt));
    }

    private BatchBuilder batch() {
        return BatchBuilder.from(next);
    }

    private List<ApplyOutcome> apply(BatchBuilder batch) {
        next = batch.end();
        return store.apply(batch.build());
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(root.resolve(SESSION));
    }

    private EntityRecord conversation(String id) {
        return read("conversations", id);
    }

    private EntityRecord read(String entity, Object... values) {
        RecordKey key = key(entity, values);
        return store.read(HOMINEM.entity(entity), List.of(key)).found().get(key);
    }

    private static RecordKey key(String entity, Object... values) {
        return RecordKey.of(HOMINEM.entity(entity), List.of(values));
    }

    private static List<EntityRecord> records(StoreReader reader, Entity entity) {
        List<EntityRecord> records = new ArrayList<>();
        for (Iterator<Chunk> chunks = reader.chunks(entity, 20); chunks.hasNext(); ) {
            try (RecordStream stream = reader.scan(entity, chunks.next())) {
                while (stream.hasNext()) {
                    Scanned scanned = stream.next();
                    assertThat(scanned.fault()).isEmpty();
                    records.add(scanned.record());
                }
            }
        }
        return records;
    }
}
