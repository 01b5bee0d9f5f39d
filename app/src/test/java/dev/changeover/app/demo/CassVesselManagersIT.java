package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.LegacyFiles;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.store.StoreReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What cass-vessel's managers do with their records, each of them in the order in which the plan switches them: both stores give the same after
 * every operation.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CassVesselManagersIT {
    private static final Path DEFINITION = Path.of("..", "migrations", "cass-vessel", "migration.yaml");
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private static Path data;

    private static ChangeoverProcess process;
    private static DemoClient operator;
    /** Made up after what is there; parents first. */
    private static final Map<RecordKey, EntityRecord> NEW = new LinkedHashMap<>();

    @BeforeAll
    static void nothingIsMovedYet() throws Exception {
        Path legacy = data.resolve("legacy");
        LegacyEnlarger.copyTree(DEFINITION.resolveSibling("sample"), legacy);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.put("CASS_VESSEL_ROOT", legacy.toAbsolutePath().toString());
        process = ChangeoverProcess.start(OneProcess.settings(DEFINITION, variables, data.resolve("run")), words -> {});
        operator = new DemoClient(process.url(), process.token(), "cass-vessel");
        try (StoreReader files = LegacyFiles.reader(process.migration(), legacy)) {
            SampleRecords.read(process.migration(), files).round("new", 7).forEach(copy -> NEW.put(copy.key(), copy));
        }
    }

    @AfterAll
    static void stop() {
        process.close();
    }

    @Test
    @Order(1)
    void conversationsAreMovedFirstAndTheOthersAfterThem() {
        backfill("conversations");
        backfill("messages");
        await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> theSameList("messages"));
        assertThat(list("projects", "target")).isEmpty();
        assertThat(operator.status().path("phase").asText()).isEqualTo("backfilling");

        backfill("");

        assertThat(operator.status().path("phase").asText()).isEqualTo("dual-write");
    }

    private static void backfill(String entity) {
        JsonNode operation =
                operator.operation("backfill", MAPPER.createObjectNode().put("entity", entity), progress -> {});
        assertThat(operation.path("state").asText())
                .as(operation.toPrettyString())
                .isEqualTo("succeeded");
    }

    @ParameterizedTest
    @Order(2)
    @CsvSource(delimiter = '|', textBlock = """
            ConversationManager | conversations messages
            UserManager | users user_observations user_identity_statements user_contradictions user_growth_observations user_shared_history user_growth_edges
            SelfModelManager | daemon_profiles growth_edges opinions self_observations milestones cognitive_snapshots development_logs
            ProjectManager | projects project_files project_documents
            RoadmapManager | roadmap_items roadmap_links
            others | dreams research_sessions research_queue working_questions initiatives calendar_events tasks solo_reflections journals rhythm_phases rhythm_records wiki_pages usage_records
            """)
    void aManagerFindsTheSameInBothStores(String manager, String entities) throws Exception {
        List<RecordKey> created = new ArrayList<>();
        for (String name : entities.split(" ")) {
            Entity entity = process.migration().entity(name);
            await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> theSameList(name));
            Optional<EntityRecord> first = NEW.values().stream()
                    .filter(copy -> copy.entity().equals(entity))
                    .findFirst();
            if (first.isEmpty()) { // there is one, and can be no other
                changed(entity, keyOf(entity, list(name, "legacy").get(0)));
                continue;
            }
            create(manager, first.get(), created);
            changed(entity, first.get().key());
        }
        Collections.reverse(created);
        for (RecordKey key : created) {
            if (!SampleRecords.isByPlace(key.entity())) {
                assertThat(send("DELETE", path(key), ""))
                        .as("%s deletes %s", manager, key.label())
                        .isEqualTo(200);
                assertThat(operator.find(path(key) + "?side=legacy")).isNull();
                assertThat(operator.find(path(key) + "?side=target")).isNull();
            }
        }
        for (String name : entities.split(" ")) {
            theSameList(name);
        }
    }

    /** With what it is a part of. */
    private static void create(String manager, EntityRecord copy, List<RecordKey> created) throws Exception {
        Optional<Reference> up = copy.entity().parent();
        if (up.isPresent()) {
            RecordKey parent = RecordKey.of(
                    process.migration().entity(up.get().entity()),
                    up.get().fields().stream()
                            .map(name -> copy.value(copy.entity().field(name)))
                            .toList());
            EntityRecord above = NEW.get(parent);
            if (above != null && !created.contains(parent)) {
                create(manager, above, created);
            }
        }
        assertThat(send("PUT", path(copy.key()), RecordJson.text(copy).text()))
                .as("%s creates %s", manager, copy.key().label())
                .isEqualTo(200);
        theSame(copy.key());
        created.add(copy.key());
    }

    /** A text of the record, or a JSON field, gets another value. */
    private static void changed(Entity entity, RecordKey key) throws Exception {
        String path = path(key);
        Optional<Field> text = entity.fields().stream()
                .filter(field -> !entity.key().contains(field)
                        && field.oneOf().isEmpty()
                        && (field.type().kind() == FieldType.Kind.TEXT
                                || field.type().kind() == FieldType.Kind.JSON))
                .findFirst();
        if (text.isPresent()) {
            assertThat(send(
                            "PATCH",
                            path,
                            "{\"%s\":\"changed, été ✓\"}".formatted(text.get().name())))
                    .as("a patch of " + path)
                    .isEqualTo(200);
            assertThat(operator.get(path + "?side=target")
                            .path("fields")
                            .path(text.get().name())
                            .asText())
                    .isEqualTo("changed, été ✓");
        }
        assertThat(operator.get(path + "?side=legacy")).isEqualTo(operator.get(path + "?side=target"));
    }

    private static RecordKey keyOf(Entity entity, JsonNode item) throws Exception {
        return RecordJson.read(entity, item.path("fields").toString().getBytes(StandardCharsets.UTF_8))
                .key();
    }

    private static void theSame(RecordKey key) {
        assertThat(operator.get(path(key) + "?side=legacy"))
                .as(key.label())
                .isEqualTo(operator.get(path(key) + "?side=target"));
    }

    private static void theSameList(String entity) {
        assertThat(list(entity, "legacy")).as(entity).isNotEmpty().isEqualTo(list(entity, "target"));
    }

    private static JsonNode list(String entity, String side) {
        return operator.get("/" + entity + "?limit=1000&side=" + side).path("items");
    }

    private static String path(RecordKey key) {
        StringBuilder path = new StringBuilder("/").append(key.entity().name());
        for (Object value : key.values()) {
            path.append('/')
                    .append(URLEncoder.encode(ValueJson.text(value), StandardCharsets.UTF_8)
                            .replace("+", "%20")
                            .replace(".", "%2E"));
        }
        return path.toString();
    }

    private static int send(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(
                                URI.create(process.url() + "/v1/cass-vessel" + path + "?wait=both&timeout_ms=30000"))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .header("Authorization", "Bearer " + process.token())
                        .header("Content-Type", "application/json")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return answer.statusCode();
    }
}
