package dev.changeover.store.file;

import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileReaderTest {
    @TempDir
    private Path root;

    private static StoreReader sample() {
        return FileReader.open(Donna.MIGRATION, Donna.SAMPLE, Side.LEGACY);
    }

    private StoreReader copy() {
        return FileReader.open(Donna.MIGRATION, Donna.copyTo(root), Side.LEGACY);
    }

    @ParameterizedTest
    @CsvSource({"users, 19", "chat_sessions, 26", "messages, 104", "user_memory, 61", "system_logs, 50"})
    void everyRecordOfTheSampleIsRead(String entity, int records) {
        StoreReader store = sample();

        List<Scanned> scanned = Donna.scan(store, entity, 7);

        assertThat(scanned).allSatisfy(each -> assertThat(each.fault()).isEmpty());
        assertThat(scanned).extracting(Scanned::origin).doesNotHaveDuplicates();
        assertThat(store.count(Donna.entity(entity))).isEqualTo(records);
        assertThat(scanned).hasSize(records);
    }

    @ParameterizedTest
    @ValueSource(strings = {"users", "chat_sessions", "messages", "user_memory", "system_logs"})
    void whatAScanFindsIsFoundByKeyToo(String entity) {
        StoreReader store = sample();
        List<EntityRecord> records = Donna.records(store, entity);

        Reading reading = store.read(
                Donna.entity(entity), records.stream().map(EntityRecord::key).toList());

        assertThat(reading.faults()).isEmpty();
        assertThat(reading.found()).hasSize(records.size());
        assertThat(records).allSatisfy(each -> assertThat(reading.found()).containsEntry(each.key(), each));
    }

    @ParameterizedTest
    @ValueSource(strings = {"users", "chat_sessions", "messages", "user_memory", "system_logs"})
    void pagesAreInTheOrderOfKeys(String entity) {
        StoreReader store = sample();
        List<RecordKey> keys = Donna.records(store, entity).stream()
                .map(EntityRecord::key)
                .sorted()
                .toList();

        List<RecordKey> paged = new java.util.ArrayList<>();
        List<EntityRecord> page = store.page(Donna.entity(entity), null, Map.of(), 5);
        while (!page.isEmpty()) {
            page.forEach(each -> paged.add(each.key()));
            page = store.page(Donna.entity(entity), paged.get(paged.size() - 1), Map.of(), 5);
        }

        assertThat(paged).isEqualTo(keys);
    }

    @Test
    void aPageOfOneChatsMessagesReadsItsDocumentOnly() {
        List<EntityRecord> page = sample().page(Donna.entity("messages"), null, Map.of("chat_id", "gap"), 10);

        assertThat(page).extracting(each -> each.value("sequence_number")).containsExactly(1, 2, 5);
        assertThat(sample().page(Donna.entity("messages"), null, Map.of("chat_id", "nobody"), 10))
                .isEmpty();
        assertThat(sample().page(Donna.entity("messages"), null, Map.of("chat_id", "gap", "role", "assistant"), 10))
                .hasSize(1);
    }

    @Test
    void oldMessagesHaveTheirPlaceAsNumberAndTheirTimestampByItsOlderName() {
        List<EntityRecord> page = sample().page(Donna.entity("messages"), null, Map.of("chat_id", "old-form"), 10);

        assertThat(page).extracting(each -> each.value("sequence_number")).containsExactly(1, 2, 3);
        assertThat(page.get(0).value("created_at")).isEqualTo(Missing.ABSENT);
        assertThat(page.get(1).value("created_at")).isEqualTo(Instant.parse("2024-01-01T12:00:00Z"));
    }

    @Test
    void aListStandsForAMapWithTheKeysZeroOneTwo() {
        EntityRecord entry = sample().page(
                        Donna.entity("user_memory"),
                        null,
                        Map.of("user_id", "550e8400-e29b-41d4-a716-446655440000", "memory_type", "context", "key", "1"),
                        10)
                .get(0);

        assertThat(entry.value("value")).isEqualTo(new JsonText("\"key 1\""));
    }

    @Test
    void anAbsentKeyIsInNeitherMap() {
        RecordKey nobody = RecordKey.of(Donna.entity("users"), List.of("nobody"));

        Reading reading = sample().read(Donna.entity("users"), Set.of(nobody));

        assertThat(reading.found()).isEmpty();
        assertThat(reading.faults()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"id\": \"x\"",
                "[]",
                "{\"id\": \"x\", \"created_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"id\": \"other\", \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"id\": \"x\", \"id\": \"x\", \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"profile\": {\"a\": 1, \"a\": 2}, \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"more\": 1, \"more\": 2, \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"id\": \"x\", \"created_at\": \"yesterday\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"id\": \"x\", \"created_at\": 5, \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"name\": \"a\\u0000b\", \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"name\": \"\\ud800\", \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"profile\": 1e400000, \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
                "{\"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"} x",
                "{\"name\": \"\u00ff\", \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}",
            })
    void aBadDocumentIsReportedAndTheScanGoesOn(String content) throws IOException {
        StoreReader store = copy();
        Files.write(root.resolve("data/users/x.json"), content.getBytes(StandardCharsets.ISO_8859_1));

        List<Scanned> scanned = Donna.scan(store, "users", 3);

        assertThat(scanned).hasSize(20);
        Scanned bad = scanned.stream()
                .filter(each -> each.record() == null)
                .findFirst()
                .orElseThrow();
        assertThat(bad.origin()).startsWith("data/users/x.json");
        assertThat(bad.fault()).isNotEmpty();
        assertThat(bad.keyText()).contains("\"x\"");
        assertThat(bad.content().toArray()).isEqualTo(content.getBytes(StandardCharsets.ISO_8859_1));
        RecordKey key = RecordKey.of(Donna.entity("users"), List.of("x"));
        assertThat(store.read(Donna.entity("users"), Set.of(key)).faults()).containsKey(key);
    }

    @Test
    void aNameThatComesTwiceInAValueIsTheFaultOfThatValueAlone() throws IOException {
        StoreReader store = copy();
        Files.writeString(
                root.resolve("data/users/x.json"),
                "{\"profile\": {\"a\": 1, \"b\": {\"a\": 3}, \"a\": 2}, \"created_at\": \"2024-01-01T00:00:00Z\", \"updated_at\": \"2024-01-01T00:00:00Z\"}");

        List<String> faults = Donna.scan(store, "users", 100).stream()
                .map(Scanned::fault)
                .filter(fault -> !fault.isEmpty())
                .toList();

        assertThat(faults)
                .singleElement()
                .asString()
                .startsWith("profile: ")
                .contains("Duplicate field 'a'")
                .doesNotContain("missing");
    }

    @Test
    void oneBadMessageDoesNotSpoilTheOthersAndItsPlaceIsNamed() throws IOException {
        StoreReader store = copy();
        Files.writeString(root.resolve("data/chat_sessions/x.json"), """
                [
                    {"role": "user", "content": "one"},
                    {"role": "nobody", "content": "two", "metadata": {"a": 1, "a": 2}},
                    {"role": "user", "content": "three", "chat_id": "y"},
                    {"role": "user", "content": "four", "sequence_number": 7},
                    {"role": "user", "content": "five", "sequence_number": 7},
                    "six"
                ]""");

        List<Scanned> scanned = Donna.scan(store, "messages", 1000).stream()
                .filter(each -> each.origin().startsWith("data/chat_sessions/x.json"))
                .toList();

        assertThat(scanned)
                .extracting(each -> each.origin().substring(25) + " " + each.fault())
                .satisfiesExactly(
                        one -> assertThat(one).isEqualTo("#/0 "),
                        two -> assertThat(two).startsWith("#/1 ").contains("line 3"),
                        three -> assertThat(three).startsWith("#/2 ").contains("chat_id"),
                        four -> assertThat(four).startsWith("#/3 ").contains("twice"),
                        five -> assertThat(five).startsWith("#/4 ").contains("twice"),
                        six -> assertThat(six).startsWith("#/5 ").contains("object"));
    }

    @Test
    void theOlderFlatFormOfMemoryIsRefusedWithReasons() throws IOException {
        StoreReader store = copy();
        Files.writeString(root.resolve("data/memory/x.json"), """
                {"name": "Ana", "company": null, "preferences": {"theme": "dark"}, "interactions": [{"at": 1}], "last_interaction": "x"}""");

        List<Scanned> scanned = Donna.scan(store, "user_memory", 1000).stream()
                .filter(each -> each.origin().startsWith("data/memory/x.json"))
                .toList();

        assertThat(scanned)
                .hasSize(5)
                .allSatisfy(each -> assertThat(each.fault()).isNotEmpty())
                .extracting(Scanned::origin)
                .contains("data/memory/x.json#/name", "data/memory/x.json#/preferences/theme");
    }

    @Test
    void aBadLineIsReportedWithItsNumber() throws IOException {
        StoreReader store = copy();
        String good = Files.readString(root.resolve("api/logs/abuse.log"));
        Files.writeString(
                root.resolve("api/logs/abuse.log"),
                "\r\n" + good + "not json\n" + good.replace("ABUSE", "INFO") + good.replace("trace_68", "trace_69")
                        + "{\"timest");

        List<Scanned> scanned = Donna.scan(store, "system_logs", 2).stream()
                .filter(each -> each.origin().startsWith("api/logs/abuse.log"))
                .toList();

        assertThat(scanned)
                .extracting(each -> each.origin().substring(19) + " " + each.fault())
                .satisfiesExactlyInAnyOrder(
                        two -> assertThat(two).startsWith("2 ").contains("twice"),
                        three -> assertThat(three).startsWith("3 Invalid JSON"),
                        four -> assertThat(four).startsWith("4 ").contains("level"),
                        five -> assertThat(five).isEqualTo("5 "),
                        six -> assertThat(six).startsWith("6 ").contains("cut"));
    }

    @Test
    void whatIsNoFileIsReportedAndNeverFollowed() throws IOException {
        StoreReader store = copy();
        Files.createDirectory(root.resolve("data/users/folder.json"));
        Path outside = Files.writeString(root.resolve("outside.json"), "{}");
        Files.createSymbolicLink(root.resolve("data/users/link.json"), outside);
        Files.createSymbolicLink(root.resolve("data/users/dangling.json"), Path.of("/nowhere"));

        List<String> faults = Donna.scan(store, "users", 100).stream()
                .filter(each -> each.record() == null)
                .map(each -> each.origin() + " " + each.fault())
                .toList();

        assertThat(faults)
                .containsExactlyInAnyOrder(
                        "data/users/folder.json it is a folder, not a file: move it away",
                        "data/users/link.json it is a symbolic link, not a file: move it away",
                        "data/users/dangling.json it is a symbolic link, not a file: move it away");
    }

    @Test
    void leftoversOfEditorsAreNoRecords() throws IOException {
        StoreReader store = copy();
        for (String name : List.of("42.json~", ".42.json.swp", "42.json.tmp", ".DS_Store", ".changeover-1.tmp")) {
            Files.writeString(root.resolve("data/users").resolve(name), "x");
        }

        assertThat(store.count(Donna.entity("users"))).isEqualTo(19);
    }

    @Test
    void aFolderThatIsNotThereIsAFaultAndNeverNoRecords() throws IOException {
        StoreReader store = copy();
        Files.move(root.resolve("data/users"), root.resolve("data/elsewhere"));
        RecordKey key = RecordKey.of(Donna.entity("users"), List.of("42"));

        assertThatThrownBy(() -> Donna.scan(store, "users", 5)).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.count(Donna.entity("users"))).isInstanceOf(StoreUnavailableException.class);
        assertThatThrownBy(() -> store.read(Donna.entity("users"), Set.of(key)))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("data/users");
    }

    @Test
    void anEmptyFolderIsNoStore() {
        assertThatThrownBy(() -> FileReader.open(Donna.MIGRATION, root, Side.LEGACY))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("mounted");
    }

    @Test
    void aFileOfABetterPatternIsNotAnotherEntitys() {
        assertThat(Donna.scan(sample(), "messages", 1000))
                .extracting(Scanned::origin)
                .noneMatch(origin -> origin.contains("_session.json"));
    }

    @Test
    void aChunkOfLinesCanBeScannedAlone() {
        StoreReader store = sample();
        List<Chunk> chunks = Stream.iterate(store.chunks(Donna.entity("system_logs"), 4), chunk -> chunk)
                .takeWhile(java.util.Iterator::hasNext)
                .map(java.util.Iterator::next)
                .toList();

        List<String> origins = new ArrayList<>();
        for (Chunk chunk : chunks) {
            try (var records = store.scan(Donna.entity("system_logs"), chunk)) {
                records.forEachRemaining(each -> origins.add(each.origin()));
            }
        }

        assertThat(chunks).hasSizeGreaterThan(5);
        assertThat(origins).doesNotHaveDuplicates().hasSize((int) store.count(Donna.entity("system_logs")));
    }

    @Test
    void whatIsAddedToAFileOfLinesIsToldAndAFileWrittenAnewIsNone() throws IOException {
        Donna.copyTo(root);
        FileReader store = FileReader.open(Donna.MIGRATION, root, Side.LEGACY);
        Path file = root.resolve("api/logs/abuse.log");
        String line =
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"ABUSE\",\"message\":\"\",\"trace_id\":\"%s\"}";
        List<String> told = new ArrayList<>();
        LineMark end = behind(store, LineMark.START, new ArrayList<>());

        Files.writeString(file, line.formatted("a") + "\n" + line.formatted("b").substring(0, 50), APPEND);
        LineMark first = behind(store, end, told);
        assertThat(told).containsExactly("a");
        Files.writeString(file, line.formatted("b").substring(50) + "\n", APPEND);
        behind(store, first, told);
        assertThat(told).containsExactly("a", "b");

        Files.writeString(file, Files.readString(file).replace("ABUSE", "Abuse"));
        assertThat(store.behind(Donna.entity("system_logs"), "api/logs/abuse.log", first, key -> {}))
                .isNull();
    }

    private static LineMark behind(FileReader store, LineMark from, List<String> told) {
        return Objects.requireNonNull(store.behind(
                Donna.entity("system_logs"),
                "api/logs/abuse.log",
                from,
                key -> told.add(String.valueOf(key.values().get(0)))));
    }
}
