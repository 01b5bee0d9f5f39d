package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
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
import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file store does to donna's files. */
class FileStoreTest {
    private static final LogId LOG = new LogId("cluster", "topic", 1);

    @TempDir
    private Path root;

    private FileStore store;
    private Map<String, String> before;
    private long next;

    @BeforeEach
    void openACopyOfTheSample() {
        store = FileStore.open(Donna.MIGRATION, Donna.copyTo(root), Side.LEGACY);
        store.claim(LOG, Set.of(0));
        before = Donna.files(root);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private List<ApplyOutcome> apply(BatchBuilder batch) {
        next = batch.end();
        return store.apply(batch.build());
    }

    private BatchBuilder batch() {
        return BatchBuilder.from(next);
    }

    private EntityRecord read(String entity, Object... key) {
        RecordKey recordKey = RecordKey.of(Donna.entity(entity), List.of(key));
        return store.read(Donna.entity(entity), List.of(recordKey)).found().get(recordKey);
    }

    private static EntityRecord record(String entity, String json) {
        return ContractMigration.record(Donna.MIGRATION, entity, json);
    }

    private static RecordKey key(String entity, Object... values) {
        return RecordKey.of(Donna.entity(entity), List.of(values));
    }

    /** The files that are not as they were, without their unchanged beginning and end; null for one that has gone. */
    private Map<String, String> changed() {
        Map<String, String> now = Donna.files(root);
        Map<String, String> changed = new TreeMap<>();
        now.forEach((path, text) -> {
            if (!text.equals(before.get(path))) {
                changed.put(path, text);
            }
        });
        before.keySet().stream().filter(path -> !now.containsKey(path)).forEach(path -> changed.put(path, "gone"));
        return changed;
    }

    private String text(String path) throws IOException {
        return Files.readString(root.resolve(path));
    }

    @Test
    void puttingWhatIsThereAlreadyChangesNoByteOfAnyFile() {
        for (String entity : List.of("users", "chat_sessions", "messages", "user_memory", "system_logs")) {
            BatchBuilder batch = batch();
            Donna.records(store, entity).forEach(batch::put);
            assertThat(apply(batch)).containsOnly(ApplyOutcome.applied());
        }

        assertThat(changed()).isEmpty();
    }

    @Test
    void onlyTheMembersThatChangeAreWrittenAnew() throws IOException {
        String path = "data/users/550e8400-e29b-41d4-a716-446655440000.json";
        EntityRecord user = read("users", "550e8400-e29b-41d4-a716-446655440000");
        Instant later = Instant.parse("2025-10-01T10:00:00.5Z");

        apply(batch().put(user.toBuilder()
                .set("updated_at", later)
                .setUnnamed("n/w", new JsonText("{\"a\":[1.10,{}],\"u\":\"é\u2028/\"}"))
                .build()));

        String old = new String(before.get(path).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        String expected =
                old.replaceFirst("\"updated_at\": \"[^\"]*\"", "\"updated_at\": \"2025-10-01T10:00:00.500+00:00\"")
                                .replaceFirst("\\s*}$", "")
                        + """
                ,
                    "n\\/w": {
                        "a": [
                            1.10,
                            {}
                        ],
                        "u": "é\\u2028\\/"
                    }
                }""";
        assertThat(text(path)).isEqualTo(expected);
        assertThat(changed()).containsOnlyKeys(path);
    }

    @Test
    void anAbsentFieldIsTakenOutAndAnotherPutIn() throws IOException {
        EntityRecord user = read("users", "42");

        apply(batch().put(user.toBuilder()
                .set("clerk_id", Missing.ABSENT)
                .set("last_active_at", Missing.ABSENT)
                .set("name", "a")
                .set("email", Missing.NULL)
                .build()));

        assertThat(text("data/users/42.json")).isEqualTo("""
                        {
                            "email": null,
                            "name": "a",
                            "status": "suspended",
                            "id": "42",
                            "created_at": "2024-01-01T12:00:00Z",
                            "updated_at": "2025-09-01T15:00:00+00:00"
                        }""");
    }

    @Test
    void aNewMessageGoesToTheEndOfItsChat() throws IOException {
        apply(batch().put(record("messages", """
                {"chat_id":"gap","sequence_number":6,"role":"user","content":"six / \\"6\\"\\n","metadata":[],"created_at":"2025-09-01T00:22:34Z"}""")));

        String old = before.get("data/chat_sessions/gap.json");
        assertThat(text("data/chat_sessions/gap.json")).isEqualTo(old.substring(0, old.length() - 2) + """
                        ,
                            {
                                "sequence_number": 6,
                                "role": "user",
                                "content": "six \\/ \\"6\\"\\n",
                                "metadata": [],
                                "created_at": "2025-09-01T00:22:34+00:00"
                            }
                        ]""");
    }

    @Test
    void aMissingMessageIsPutWhereItsNumberBelongs() throws IOException {
        apply(batch().put(record(
                "messages", "{\"chat_id\":\"gap\",\"sequence_number\":3,\"role\":\"user\",\"content\":\"3\"}")));

        assertThat(text("data/chat_sessions/gap.json")).containsSubsequence("\"two\"", "\"3\"", "\"five");
    }

    @Test
    void messagesWithoutANumberGetTheirsWhenTheyMove() throws IOException {
        apply(batch().delete(key("messages", "old-form", 1)));

        assertThat(text("data/chat_sessions/old-form.json")).startsWith("""
                        [
                            {
                                "role": "assistant",
                                "content": "a time by its older name",
                                "timestamp": "2024-01-01T12:00:00Z",
                                "sequence_number": 2
                            },
                        """);
        assertThat(read("messages", "old-form", 2).value("created_at"))
                .isEqualTo(Instant.parse("2024-01-01T12:00:00Z"));
    }

    @Test
    void aChatThatEndsTakesItsHistoryWithIt() {
        BatchBuilder batch = batch();
        for (int number : List.of(1, 2, 5)) {
            batch.delete(key("messages", "gap", number));
        }
        apply(batch);
        assertThat(Donna.files(root)).containsEntry("data/chat_sessions/gap.json", "[]");

        apply(batch().delete(key("chat_sessions", "gap")));

        assertThat(changed())
                .isEqualTo(Map.of(
                        "data/chat_sessions/gap.json", "gone",
                        "data/chat_sessions/gap_session.json", "gone"));
    }

    @Test
    void aUserThatGoesLeavesWhatIsNotItsOwn() {
        apply(batch().delete(key("users", "42")));

        assertThat(changed()).isEqualTo(Map.of("data/users/42.json", "gone", "data/memory/42.json", "gone"));
    }

    @Test
    void anEmptyMapStaysAsPhpWritesIt() throws IOException {
        String user = "68be0001a1b2c1.07654321_9e3779b97f4a7c15";

        apply(batch().delete(key("user_memory", user, "preferences", "theme")));

        assertThat(text("data/memory/" + user + ".json")).contains("\"preferences\": [],\n    \"context\": {");
    }

    @Test
    void aListGrowsAsOneAndBecomesAMapWhenItMust() throws IOException {
        String user = "550e8400-e29b-41d4-a716-446655440000";
        String entry =
                "{\"user_id\":\"%s\",\"memory_type\":\"context\",\"key\":\"%s\",\"value\":1,\"created_at\":\"2024-01-01T00:00:00Z\"}";

        apply(batch().put(record("user_memory", entry.formatted(user, "2"))));
        assertThat(text("data/memory/" + user + ".json")).startsWith("{\n    \"context\": [\n        {");

        apply(batch().put(record("user_memory", entry.formatted(user, "x"))));
        assertThat(text("data/memory/" + user + ".json"))
                .startsWith("{\n    \"context\": {\n        \"0\": {")
                .contains("        \"x\": {\n            \"value\": 1,");
        assertThat(read("user_memory", user, "context", "1").value("value")).isEqualTo(new JsonText("\"key 1\""));
    }

    @Test
    void newDocumentsLookAsThoughTheApplicationHadWrittenThem() throws IOException {
        apply(batch().put(
                        record(
                                "users",
                                "{\"id\":\"../x\",\"profile\":{},\"preferences\":{\"a\":[]},\"created_at\":\"2024-01-01T00:00:00Z\",\"updated_at\":\"2024-01-01T00:00:00.000001Z\"}"))
                .put(
                        record(
                                "user_memory",
                                "{\"user_id\":\"../x\",\"memory_type\":\"p\",\"key\":\"k\",\"value\":null,\"created_at\":\"2024-01-01T00:00:00Z\"}"))
                .put(record(
                        "messages", "{\"chat_id\":\"new\",\"sequence_number\":1,\"role\":\"user\",\"content\":\"\"}")));

        assertThat(text("data/users/%~%2E%2E%2Fx.json")).isEqualTo("""
                        {
                            "id": "..\\/x",
                            "profile": {},
                            "preferences": {
                                "a": []
                            },
                            "created_at": "2024-01-01T00:00:00+00:00",
                            "updated_at": "2024-01-01T00:00:00.000001+00:00"
                        }""");
        assertThat(text("data/memory/%~%2E%2E%2Fx.json")).isEqualTo("""
                        {
                            "p": {
                                "k": {
                                    "value": null,
                                    "created_at": "2024-01-01T00:00:00+00:00"
                                }
                            }
                        }""");
        assertThat(text("data/chat_sessions/new.json")).isEqualTo("""
                        [
                            {
                                "sequence_number": 1,
                                "role": "user",
                                "content": ""
                            }
                        ]""");
    }

    @Test
    void logLinesAreAppendedAndOthersStayAsTheyAre() throws IOException {
        EntityRecord line = record(
                "system_logs",
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"ABUSE\",\"message\":\"é/\uD83D\uDC4D\",\"trace_id\":\"t1\",\"context\":[]}");

        apply(batch().put(line));

        assertThat(text("api/logs/abuse.log"))
                .isEqualTo(
                        before.get("api/logs/abuse.log")
                                + "{\"timestamp\":\"2025-09-01T00:00:00+00:00\",\"level\":\"ABUSE\",\"message\":\"\\u00e9\\/\\ud83d\\udc4d\",\"trace_id\":\"t1\",\"context\":[]}\n");

        apply(batch().put(line.toBuilder().set("level", "INFO").build()));

        assertThat(changed()).containsOnlyKeys("api/logs/info.log");
        assertThat(read("system_logs", "t1").value("level")).isEqualTo("INFO");
    }

    @Test
    void aLineThatChangesKeepsItsOtherBytes() throws IOException {
        EntityRecord line = read("system_logs", "trace_68be000400004_78dde6c4");

        apply(batch().put(line.toBuilder().set("user_agent", "x").build()));

        assertThat(text("api/logs/error.log"))
                .isEqualTo(before.get("api/logs/error.log")
                        .replace(
                                "\"ip\":\"203.0.113.7\",\"user_agent\":\"unknown\"",
                                "\"ip\":\"203.0.113.7\",\"user_agent\":\"x\""));
    }

    @Test
    void noLineIsMissedWhereOthersMoveWhileTheChunksAreRead() {
        Random random = new Random(5);
        BatchBuilder many = batch();
        for (int i = 0; i < 300; i++) {
            many.put(line("t" + i, random.nextInt(60)));
        }
        apply(many);
        List<Chunk> chunks = new ArrayList<>();
        store.chunks(Donna.entity("system_logs"), 20).forEachRemaining(chunks::add);
        Collections.shuffle(chunks, random);
        Set<RecordKey> seen = new HashSet<>();
        List<Scanned> bad = new ArrayList<>();

        int deleted = 0;
        for (Chunk chunk : chunks) {
            try (RecordStream records = store.scan(Donna.entity("system_logs"), chunk)) {
                while (records.hasNext()) {
                    Scanned scanned = records.next();
                    EntityRecord found = scanned.record();
                    if (found == null) {
                        bad.add(scanned);
                    } else {
                        seen.add(found.key());
                    }
                    if (random.nextInt(20) == 0) { // also in the midst of a chunk
                        apply(batch().put(line("t" + (100 + random.nextInt(200)), random.nextInt(600))));
                    }
                }
            }
            apply(batch().delete(key("system_logs", "t" + deleted++)));
        }

        assertThat(chunks).hasSizeGreaterThan(10);
        assertThat(bad).isEmpty();
        assertThat(seen)
                .containsAll(IntStream.range(100, 300)
                        .mapToObj(i -> key("system_logs", "t" + i))
                        .toList());
        assertThat(seen)
                .containsAll(Donna.records(store, "system_logs").stream()
                        .map(EntityRecord::key)
                        .toList());
    }

    @Test
    void aFileOfLinesThatIsWrittenAnewInItsPlaceBeforeItIsOpenedIsReadAsItIs() throws IOException {
        BatchBuilder many = batch();
        for (int i = 0; i < 40; i++) {
            many.put(line("t" + i, 5));
        }
        apply(many);
        Path file = root.resolve("api/logs/abuse.log");
        List<RecordStream> parts = new ArrayList<>();
        store.chunks(Donna.entity("system_logs"), 10)
                .forEachRemaining(chunk -> parts.add(store.scan(Donna.entity("system_logs"), chunk)));

        Files.writeString(file, Files.readString(file).replaceFirst("xxxxx", "a longer one") + "\n");

        List<EntityRecord> seen = new ArrayList<>();
        for (RecordStream part : parts) {
            try (part) {
                part.forEachRemaining(scanned -> seen.add(scanned.record()));
            }
        }
        assertThat(parts).hasSizeGreaterThan(2);
        assertThat(seen).containsExactlyInAnyOrderElementsOf(Donna.records(store, "system_logs"));
    }

    private static EntityRecord line(String trace, int length) {
        return record(
                "system_logs",
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"ABUSE\",\"message\":\"%s\",\"trace_id\":\"%s\"}"
                        .formatted("x".repeat(length), trace));
    }

    @Test
    void aBadLineIsTheBadLineOfOneChunkAndKeepsItsNumber() throws IOException {
        Files.writeString(root.resolve("api/logs/abuse.log"), "{\"broken\n\n[1]\n{\"cut");

        List<Scanned> bad = Donna.scan(store, "system_logs", 5).stream()
                .filter(scanned -> scanned.record() == null)
                .toList();

        assertThat(bad)
                .extracting(Scanned::origin)
                .containsExactlyInAnyOrder("api/logs/abuse.log:1", "api/logs/abuse.log:3", "api/logs/abuse.log:4");
    }

    @Test
    void anAppendDoesNotJoinALineThatHasNoEnd() throws IOException {
        Files.writeString(root.resolve("api/logs/abuse.log"), "{\"cut");

        apply(batch().put(record(
                "system_logs",
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"ABUSE\",\"message\":\"\",\"trace_id\":\"t1\"}")));

        assertThat(text("api/logs/abuse.log"))
                .startsWith("{\"cut\n{\"timestamp\"")
                .endsWith("}\n");
    }

    @Test
    void snapshotReadsAreNotWrittenBack() {
        assertThat(
                        apply(
                                batch().snapshot(
                                                record(
                                                        "users",
                                                        "{\"id\":\"new\",\"created_at\":\"2024-01-01T00:00:00Z\",\"updated_at\":\"2024-01-01T00:00:00Z\"}"))))
                .containsExactly(ApplyOutcome.applied());

        assertThat(changed()).isEmpty();
    }

    @Test
    void whatWasReadFromTheFilesIsNotWrittenBackEvenIfTheyAreOtherwiseByNow() {
        EntityRecord seen = record(
                "users",
                "{\"id\":\"42\",\"name\":\"as it was seen\",\"created_at\":\"2024-01-01T00:00:00Z\",\"updated_at\":\"2024-01-01T00:00:00Z\"}");

        assertThat(apply(batch().putReadFrom(Side.LEGACY, seen))).containsExactly(ApplyOutcome.applied());

        assertThat(changed()).isEmpty();
    }

    @Test
    void aDamagedDocumentIsNotOverwrittenAndTheRestOfTheBatchGoesIn() throws IOException {
        Files.writeString(root.resolve("data/chat_sessions/gap.json"), "[{\"role\":");
        String message = "{\"chat_id\":\"%s\",\"sequence_number\":9,\"role\":\"user\",\"content\":\"\"}";

        List<ApplyOutcome> outcomes = apply(batch().put(record("messages", message.formatted("gap")))
                .put(record("messages", message.formatted("default"))));

        assertThat(outcomes.get(0)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(outcomes.get(1)).isEqualTo(ApplyOutcome.applied());
        assertThat(text("data/chat_sessions/gap.json")).isEqualTo("[{\"role\":");
        assertThat(store.unannounced()).singleElement().satisfies(refusal -> {
            assertThat(refusal.event().key()).isEqualTo(key("messages", "gap", 9));
            assertThat(refusal.reason()).contains("data/chat_sessions/gap.json").contains("line 1");
        });
        assertThat(store.positions().get(0).refused()).isEqualTo(1);

        Files.writeString(root.resolve("data/chat_sessions/gap.json"), "[]");
        store.announced(store.unannounced());
        assertThat(store.unannounced()).isEmpty();

        assertThat(store.retryParked()).isEqualTo(1);

        assertThat(read("messages", "gap", 9)).isNotNull();
        assertThat(store.positions().get(0).refused()).isZero();
    }

    @Test
    void aDamagedRecordIsHealedByItsState() throws IOException {
        EntityRecord user = read("users", "42");
        EntityRecord message = read("messages", "gap", 2);
        Files.writeString(root.resolve("data/users/42.json"), "{\"id\":");
        Files.writeString(
                root.resolve("data/chat_sessions/gap.json"),
                text("data/chat_sessions/gap.json").replace("\"role\": \"assistant\"", "\"role\": 5"));

        apply(batch().put(user).put(message));

        assertThat(read("users", "42")).isEqualTo(user);
        assertThat(changed()).containsOnlyKeys("data/users/42.json");
    }

    @Test
    void whatNoFileCanHoldIsRefusedWithAReason() {
        String chat =
                "{\"chat_id\":\"%s\",\"user_id\":null,\"created_at\":\"2024-01-01T00:00:00Z\",\"updated_at\":\"2024-01-01T00:00:00Z\",\"message_count\":0}";
        EntityRecord twin = record("chat_sessions", chat.formatted("gap_session"));
        EntityRecord tooLong = record("chat_sessions", chat.formatted("会".repeat(100)));

        assertThat(apply(batch().put(twin).put(tooLong))).allMatch(ApplyOutcome.Refused.class::isInstance);

        assertThat(changed()).isEmpty();
        assertThat(FileStore.unfit(Donna.MIGRATION, twin)).isPresent();
    }

    @Test
    void aMemberThatTheFilesReadAsAFieldIsRefusedWhereItWouldBecomeOne() {
        EntityRecord message = record(
                "messages",
                "{\"chat_id\":\"gap\",\"sequence_number\":9,\"role\":\"user\",\"content\":\"\",\"timestamp\":\"2024-01-01T00:00:00Z\"}");

        assertThat(apply(batch().put(message))).singleElement().isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(apply(batch().put(message.toBuilder()
                        .set("created_at", Instant.EPOCH)
                        .build())))
                .containsExactly(ApplyOutcome.applied());

        assertThat(read("messages", "gap", 9).unnamed()).containsKey("timestamp");
        assertThat(read("messages", "gap", 9).value("created_at")).isEqualTo(Instant.EPOCH);
    }

    @Test
    void whatRootMakesBelongsToTheApplication() throws IOException {
        assumeTrue(Integer.valueOf(0).equals(Files.getAttribute(root, "unix:uid")), "only root can give files away");
        Files.setAttribute(root.resolve("data/users"), "unix:uid", 12345);

        apply(batch().put(record(
                "users",
                "{\"id\":\"new\",\"created_at\":\"2024-01-01T00:00:00Z\",\"updated_at\":\"2024-01-01T00:00:00Z\"}")));

        assertThat(Files.getAttribute(root.resolve("data/users/new.json"), "unix:uid"))
                .isEqualTo(12345);
    }

    @Test
    void filesKeepTheirModeAndNewOnesAreTheirOwnersAlone() throws IOException {
        Path old = root.resolve("data/users/42.json");
        Files.setPosixFilePermissions(old, PosixFilePermissions.fromString("rw-rw-rw-"));

        apply(
                batch().put(read("users", "42").toBuilder().set("name", "x").build())
                        .put(
                                record(
                                        "users",
                                        "{\"id\":\"new\",\"created_at\":\"2024-01-01T00:00:00Z\",\"updated_at\":\"2024-01-01T00:00:00Z\"}")));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(old)))
                .isEqualTo("rw-rw-rw-");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve("data/users/new.json"))))
                .isEqualTo("rw-------");
        assertThat(store.warnings()).anyMatch(warning -> warning.contains("data/users/42.json"));
    }

    @Test
    void aSecondWriterIsRefusedAndAReaderIsNot() {
        assertThatThrownBy(() -> FileStore.open(Donna.MIGRATION, root, Side.LEGACY))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("this process");
        try (StoreReader reader = FileReader.open(Donna.MIGRATION, root, Side.LEGACY)) {
            assertThat(reader.count(Donna.entity("users"))).isEqualTo(19);
        }
    }

    @Test
    void aStoreThatIsNotMountedAnyMoreIsUnavailable() throws IOException {
        StoreReader reader = FileReader.open(Donna.MIGRATION, root, Side.LEGACY);
        Path moved = Files.move(root.resolve(".changeover"), root.resolve("elsewhere"));

        assertThatThrownBy(() -> reader.count(Donna.entity("users"))).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> apply(batch().delete(key("users", "42"))))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("mounted");

        Files.move(moved, root.resolve(".changeover"));
        assertThat(reader.count(Donna.entity("users"))).isEqualTo(19);
    }
}
