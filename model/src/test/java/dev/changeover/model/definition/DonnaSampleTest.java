package dev.changeover.model.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.RecordJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What lies in donna's sample is what her definition says: every record is valid, and lives where its key says. */
class DonnaSampleTest {
    private static final Path SAMPLE = Path.of("../migrations/donna/sample");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Migration donna = DefinitionReader.read(SAMPLE.resolveSibling("migration.yaml"), name -> null);
    private final LegacyPaths paths = new LegacyPaths(donna);

    @Test
    void everyRecordIsValidAndLivesInTheFileThatItsKeyNames() throws Exception {
        Set<RecordKey> keys = new HashSet<>();
        for (Path file : files()) {
            String path = SAMPLE.relativize(file).toString();
            Entity owner = paths.owner(path).orElse(null);
            if (owner == null) {
                continue;
            }
            for (byte[] json : recordsIn(owner.name(), file)) {
                EntityRecord record = read(owner, json, path);

                assertThat(paths.path(record)).isEqualTo(path);
                assertThat(paths.unfit(record)).isEmpty();
                assertThat(keys.add(record.key())).as(record.key().label()).isTrue();
            }
        }
        assertThat(keys.stream().filter(key -> key.entity().name().equals("users")))
                .hasSize(19);
        assertThat(keys.stream().filter(key -> key.entity().name().equals("chat_sessions")))
                .hasSize(26);
        assertThat(keys.stream().filter(key -> key.entity().name().equals("messages")))
                .hasSize(104);
        assertThat(keys.stream().filter(key -> key.entity().name().equals("user_memory")))
                .hasSize(61);
        assertThat(keys.stream().filter(key -> key.entity().name().equals("system_logs")))
                .hasSize(50);
    }

    @Test
    void filesThatAreNotMigratedAreNobodys() throws IOException {
        assertThat(files().stream()
                        .map(file -> SAMPLE.relativize(file).toString())
                        .filter(path -> paths.owner(path).isEmpty()))
                .containsExactlyInAnyOrder(
                        "api/logs/debug.log.2025-08-01_00-00-00.gz",
                        "chat_history/2024-legacy-1.json",
                        "conversations/0bc83cb571cd1c50ba6f3e8a78ef1346.json",
                        "data/chatbot_settings.json",
                        "generated_pages/landing-1.html");
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(SAMPLE)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static EntityRecord read(Entity entity, byte[] json, String path) {
        try {
            return RecordJson.read(entity, json);
        } catch (InvalidRecordException e) {
            throw new AssertionError(path + ": " + e.errors(), e);
        }
    }

    /** Each record of the file as one object, with what it has from its place. */
    private static List<byte[]> recordsIn(String entity, Path file) throws IOException {
        List<byte[]> records = new ArrayList<>();
        String name = file.getFileName().toString().replace(".json", "");
        switch (entity) {
            case "system_logs" -> {
                for (String line : Files.readAllLines(file)) {
                    records.add(line.getBytes(java.nio.charset.StandardCharsets.UTF_8));
                }
            }
            case "messages" -> {
                int number = 1;
                for (JsonNode message : JSON.readTree(file.toFile())) {
                    ObjectNode whole = ((ObjectNode) message).put("chat_id", name);
                    if (!whole.has("sequence_number")) {
                        whole.put("sequence_number", number);
                    }
                    if (whole.has("timestamp") && !whole.has("created_at")) {
                        whole.set("created_at", whole.remove("timestamp"));
                    }
                    records.add(JSON.writeValueAsBytes(whole));
                    number++;
                }
            }
            case "user_memory" -> {
                for (Member type : members(JSON.readTree(file.toFile()))) {
                    for (Member entry : members(type.value())) {
                        ObjectNode whole = ((ObjectNode) entry.value())
                                .put("user_id", name)
                                .put("memory_type", type.name())
                                .put("key", entry.name());
                        records.add(JSON.writeValueAsBytes(whole));
                    }
                }
            }
            default -> records.add(Files.readAllBytes(file));
        }
        return records;
    }

    private record Member(String name, JsonNode value) {}

    /** PHP writes a map whose names are 0, 1, 2 … as a list. */
    private static List<Member> members(JsonNode map) {
        List<Member> members = new ArrayList<>();
        if (map.isArray()) {
            for (int i = 0; i < map.size(); i++) {
                members.add(new Member(Integer.toString(i), map.get(i)));
            }
        } else {
            map.properties().forEach(member -> members.add(new Member(member.getKey(), member.getValue())));
        }
        return members;
    }
}
