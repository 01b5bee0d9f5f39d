package dev.changeover.store.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Samples;
import dev.changeover.model.entity.Uuid5;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.Seeds;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.Donna;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowMappingTest {
    private static final RowMapping USERS = mapping("users");
    private static final RowMapping CHATS = mapping("chat_sessions");
    private static final RowMapping MESSAGES = mapping("messages");
    private static final RowMapping MEMORY = mapping("user_memory");
    private static final RowMapping LOGS = mapping("system_logs");

    private static RowMapping mapping(String name) {
        Entity entity = Donna.MIGRATION.entity(name);
        return RowMapping.of(
                Donna.MIGRATION, entity, (TableLayout) entity.target().orElseThrow());
    }

    static LongStream seeds() {
        return Seeds.fresh();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aRecordComesBackFromItsRowAsItWentIn(long seed) {
        Random random = new Random(seed);
        for (RowMapping mapping : List.of(USERS, CHATS, MESSAGES, MEMORY, LOGS, things())) {
            for (int i = 0; i < 50; i++) {
                EntityRecord anything = anything(mapping.entity(), random);

                RowRead back = mapping.read(mapping.row(anything));

                assertThat(back.fault()).isEmpty();
                assertThat(back.record()).isEqualTo(anything);
                assertThat(back.key()).isEqualTo(anything.key());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aRowMayComeBackAsTexts(long seed) {
        Random random = new Random(seed);
        for (RowMapping mapping : List.of(USERS, CHATS, MESSAGES, MEMORY, LOGS, things())) {
            EntityRecord anything = anything(mapping.entity(), random);
            Object[] texts = Arrays.stream(mapping.row(anything))
                    .map(value -> value == null ? null : ValueJson.text(value))
                    .toArray();

            assertThat(mapping.read(texts).record()).isEqualTo(anything);
        }
    }

    @Test
    void aDefaultThatWasWrittenIsToldFromOneThatWasNot() {
        EntityRecord written = Donna.user("7", ",\"status\":\"active\",\"name\":null");
        EntityRecord leftOut = Donna.user("7", "");

        assertThat(column(USERS, written, "status")).isEqualTo("active");
        assertThat(column(USERS, leftOut, "status")).isEqualTo("active");
        assertThat(column(USERS, written, "extra"))
                .isEqualTo(new JsonText("{\"id\":\"7\",\"name\":null,\"status\":\"active\"}"));
        assertThat(column(USERS, leftOut, "extra")).isEqualTo(new JsonText("{\"id\":\"7\"}"));
    }

    @Test
    void anEditedColumnWinsOverWhatTheJsonColumnSays() {
        Object[] row = USERS.row(Donna.user("7", ",\"status\":\"active\",\"name\":null"));
        set(USERS, row, "status", "banned");
        set(USERS, row, "name", "Zoë");

        EntityRecord read = read(USERS, row);

        assertThat(read.value("status")).isEqualTo("banned");
        assertThat(read.value("name")).isEqualTo("Zoë");
    }

    @Test
    void anEditOfADerivedColumnShowsAsTheFieldItDerivesFrom() {
        Object[] row = CHATS.row(Donna.chatOf("c", "\"7\"", ",\"metadata\":{\"title\":\"t\"}"));
        UUID other = UUID.randomUUID();
        set(CHATS, row, "user_id", other);
        set(CHATS, row, "title", "by hand");

        EntityRecord read = read(CHATS, row);

        assertThat(read.value("user_id")).isEqualTo(other.toString());
        assertThat(read.value("title")).isEqualTo("by hand");
        assertThat(read.key().values()).containsExactly("c");
    }

    @Test
    void aReferenceThatTheDatabaseHasSetToNullIsNull() {
        Object[] row = CHATS.row(Donna.chatOf("c", "\"7\"", ""));
        set(CHATS, row, "user_id", null);

        assertThat(read(CHATS, row).value("user_id")).isEqualTo(Missing.NULL);
    }

    @Test
    void anEditOfAConstantColumnIsSeenAndFollowedOnTheWayBack() {
        EntityRecord message = Donna.message("c", 1, "x");
        Object[] row = MESSAGES.row(message);
        set(MESSAGES, row, "abuse_flagged", true);

        EntityRecord read = read(MESSAGES, row);

        assertThat(read).isNotEqualTo(message);
        assertThat(read.unnamed()).containsEntry("abuse_flagged", new JsonText("true"));
        assertThat(column(MESSAGES, read, "abuse_flagged")).isEqualTo("true");
        assertThat(read(MESSAGES, MESSAGES.row(read))).isEqualTo(read);
    }

    @Test
    void eachOfTwoColumnsOfOneFieldIsSeenWhenItIsEdited() {
        EntityRecord memory = Donna.of(
                "user_memory",
                "{\"user_id\":\"7\",\"memory_type\":\"profile\",\"key\":\"k\",\"value\":null,\"created_at\":\"2025-09-01T00:00:00Z\"}");
        Instant edited = Instant.parse("2026-01-01T00:00:00Z");
        for (String column : List.of("created_at", "updated_at")) {
            Object[] row = MEMORY.row(memory);
            set(MEMORY, row, column, edited);

            EntityRecord read = read(MEMORY, row);

            assertThat(read).as(column).isNotEqualTo(memory);
            Object[] again = MEMORY.row(read);
            assertThat(read(MEMORY, again)).isEqualTo(read);
            assertThat(again[MEMORY.columns().indexOf(column)]).isEqualTo(edited);
        }
    }

    @Test
    void aMemberThatAColumnShowsIsEditedThroughTheColumn() {
        Object[] row = LOGS.row(log(",\"context\":{\"request_uri\":\"/a\",\"n\":1}"));
        set(LOGS, row, "request_uri", "/b");

        assertThat(read(LOGS, row).value("context")).isEqualTo(new JsonText("{\"request_uri\":\"/b\",\"n\":1}"));
    }

    @Test
    void anAddressIsTheSameHoweverItIsWritten() {
        EntityRecord record = log(",\"ip\":\"::FFFF:1.2.3.4\"");
        Object[] row = LOGS.row(record);
        set(LOGS, row, "ip_address", "::ffff:102:304");
        assertThat(read(LOGS, row)).isEqualTo(record);

        set(LOGS, row, "ip_address", "1.2.3.4");
        assertThat(read(LOGS, row).value("ip")).isEqualTo("1.2.3.4");
        assertThat(column(LOGS, log(",\"ip\":\"unknown\""), "ip_address")).isNull();
        assertThat(column(LOGS, log(",\"ip\":\"010.0.0.1\""), "ip_address")).isNull();
    }

    @Test
    void aRowOfAnotherProgramIsNamedByItsOwnUuids() {
        Object[] row = MESSAGES.row(Donna.message("c", 4, "x"));
        UUID chat = UUID.randomUUID();
        set(MESSAGES, row, "id", UUID.randomUUID());
        set(MESSAGES, row, "chat_session_id", chat);
        set(MESSAGES, row, "extra", new JsonText("{}"));

        RowRead read = MESSAGES.read(row);

        assertThat(read.fault()).isEmpty();
        assertThat(read.key()).isEqualTo(Donna.key("messages", chat.toString(), 4));
    }

    @Test
    void aRowThatWasMovedToAnotherParentKeepsItsNameAndIsAFault() {
        Object[] row = MESSAGES.row(Donna.message("c", 4, "x"));
        set(MESSAGES, row, "chat_session_id", UUID.randomUUID());

        RowRead read = MESSAGES.read(row);

        assertThat(read.key()).isEqualTo(Donna.key("messages", "c", 4));
        assertThat(read.fault()).isEqualTo("column chat_session_id: it belongs to another key than the row's");
    }

    @Test
    void aRowWithAnIdOfItsOwnIsNamedByItsKeyWhereTheKeyHasColumns() {
        Object[] row = CHATS.row(Donna.chat("c", ""));
        set(CHATS, row, "id", UUID.randomUUID());

        RowRead read = CHATS.read(row);

        assertThat(read.key()).isEqualTo(Donna.key("chat_sessions", "c"));
        assertThat(read.fault()).isEmpty();
    }

    @Test
    void aValueOfAnotherTypeIsAFaultThatDoesNotShowIt() {
        Object[] row = USERS.row(Donna.user("7", ""));
        set(USERS, row, "created_at", "infinity");

        RowRead read = USERS.read(row);

        assertThat(read.record()).isNull();
        assertThat(read.key()).isEqualTo(Donna.key("users", "7"));
        assertThat(read.fault()).startsWith("column created_at: ").doesNotContain("infinity");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"7\",\"\\u0000x\":1}",
                "{\"id\":\"7\",\"\\ud800\":1}",
                "{\"id\":\"7\",\"a\":1,\"a\":2}",
                "{\"id\":\"7\",\"id\":\"8\"}",
                "{\"id\":\"7\",\"a\":\"\\u0000\"}",
                "{\"id\":\"7\"} 1",
                "[]",
                "{\"id\":"
            })
    void aJsonColumnThatNobodyCouldKeepIsAFault(String extra) {
        Object[] row = USERS.row(Donna.user("7", ""));
        set(USERS, row, "extra", extra);

        RowRead read = USERS.read(row);

        assertThat(read.record()).isNull();
        assertThat(read.fault()).startsWith("column extra: ");
    }

    @Test
    void theKeysColumnsAreKnown() {
        RecordKey key = Donna.key("chat_sessions", "c");

        assertThat(CHATS.keyColumn("id", key)).isEqualTo(Uuid5.of(Donna.MIGRATION.namespace(), key));
        assertThat(CHATS.keyColumn("chat_id", key)).isEqualTo("c");
        assertThat(CHATS.identifies(List.of("chat_id"))).isTrue();
        assertThat(MEMORY.identifies(List.of("user_id", "memory_type", "key"))).isFalse();
        assertThat(MESSAGES.identifies(List.of("sequence_number"))).isFalse();
        assertThat(CHATS.identifies(List.of("user_id"))).isFalse();
    }

    private static EntityRecord log(String more) {
        return Donna.of(
                "system_logs",
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"INFO\",\"message\":\"m\",\"trace_id\":\"t\"" + more
                        + "}");
    }

    private static Object column(RowMapping mapping, EntityRecord record, String column) {
        return mapping.row(record)[mapping.columns().indexOf(column)];
    }

    private static void set(RowMapping mapping, Object[] row, String column, Object value) {
        row[mapping.columns().indexOf(column)] = value;
    }

    private static EntityRecord read(RowMapping mapping, Object[] row) {
        RowRead read = mapping.read(row);
        assertThat(read.fault()).isEmpty();
        assertThat(read.record()).isNotNull();
        return read.record();
    }

    private static RowMapping things() {
        TableLayout layout = new TableLayout(
                "things",
                Samples.THINGS.fields().stream()
                        .map(field -> new TableLayout.Column(
                                field.name(),
                                new Derivation.FieldValue(field.name(), !(field.defaultValue() instanceof Missing))))
                        .toList(),
                List.of(),
                "more");
        return RowMapping.of(Samples.MIGRATION, Samples.THINGS, layout);
    }

    private static EntityRecord anything(Entity entity, Random random) {
        EntityRecord.Builder builder = EntityRecord.of(entity);
        for (Field field : entity.fields()) {
            builder.set(field, value(field, entity.key().contains(field), random));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            builder.setUnnamed(random.nextBoolean() ? "phone" : "abuse_flagged", json(random));
        }
        return builder.build();
    }

    private static Object value(Field field, boolean key, Random random) {
        int choice = random.nextInt(5);
        if (!key && choice == 0 && field.optional()) {
            return Missing.ABSENT;
        }
        if (!key && choice == 1 && field.nullable()) {
            return Missing.NULL;
        }
        if (choice == 2 && !(field.defaultValue() instanceof Missing)) {
            return field.defaultValue();
        }
        return switch (field.type().kind()) {
            case TEXT ->
                field.oneOf().isEmpty()
                        ? List.of("", "x", "Zoë", "a\\b\"c", "::1", "10.0.0.1", "\ud83d\ude00")
                                .get(random.nextInt(7))
                        : field.oneOf().get(0);
            case BOOL -> random.nextBoolean();
            case INT32 -> random.nextInt();
            case INT64 -> random.nextLong();
            case FLOAT32 -> random.nextFloat();
            case FLOAT64 -> random.nextGaussian();
            case DECIMAL -> BigDecimal.valueOf(random.nextInt(1000), 2);
            case TIMESTAMPTZ -> Instant.ofEpochSecond(random.nextInt(), random.nextInt(1000) * 1000L);
            case TIMESTAMP -> LocalDateTime.of(2024, 2, 29, 23, 59, 59, random.nextInt(1_000_000) * 1000);
            case DATE -> LocalDate.ofEpochDay(random.nextInt(20_000));
            case TIME -> LocalTime.ofNanoOfDay(random.nextInt(86_400_000) * 1_000_000L);
            case UUID -> new UUID(random.nextLong(), random.nextLong());
            case BYTES -> Bytes.copyOf(new byte[] {0, (byte) random.nextInt(), -1});
            case JSON -> field.nullable() ? new JsonText("{\"a\":[1]}") : json(random);
        };
    }

    private static JsonText json(Random random) {
        return new JsonText(List.of(
                        "{}",
                        "[]",
                        "null",
                        "1.10",
                        "\"text\"",
                        "true",
                        "{\"title\":\"x\",\"profile\":7}",
                        "{\"request_uri\":\"/\"}")
                .get(random.nextInt(8)));
    }

    @Test
    void longerTextsAndOtherWordsThanTheDefinitionAllowsAreShown() {
        Object[] row = MESSAGES.row(Donna.message("c", 4, "x"));
        set(MESSAGES, row, "role", "robot");

        assertThat(read(MESSAGES, row).value("role")).isEqualTo("robot");
    }
}
