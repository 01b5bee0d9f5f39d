package dev.changeover.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store means by {@link Store}. Each test begins with an empty store of {@link ContractMigration}. */
public abstract class StoreContract {
    protected static final LogId LOG = new LogId("cluster", "topic", 2);

    private @Nullable Store open;

    /** The migration whose store it is; the same one during a test. */
    protected abstract Migration migration();

    /** Opens the test's store for writing; called again after {@link Store#close} it is the same store. */
    protected abstract Store openStore();

    @BeforeEach
    final void openForTheFirstTime() {
        open = openStore();
        store().claim(LOG, Set.of(0));
    }

    @AfterEach
    final void closeAtTheEnd() {
        store().close();
    }

    private Store store() {
        return Objects.requireNonNull(open);
    }

    private Store reopened() {
        store().close();
        open = openStore();
        return store();
    }

    private EntityRecord record(String entity, String json) {
        return ContractMigration.record(migration(), entity, json);
    }

    private EntityRecord user(String id, String rest) {
        return record("users", "{\"id\":\"" + id + "\"" + rest + "}");
    }

    private EntityRecord chat(String id) {
        return record("chats", "{\"id\":\"" + id + "\",\"user_id\":null,\"created_at\":\"2024-01-01T00:00:00Z\"}");
    }

    private EntityRecord message(String chat, int number, String content) {
        return record(
                "messages", "{\"chat_id\":\"%s\",\"number\":%d,\"content\":\"%s\"}".formatted(chat, number, content));
    }

    private EntityRecord log(String id, String level) {
        return record("logs", "{\"id\":\"%s\",\"level\":\"%s\",\"message\":\"m/\\u00e9\"}".formatted(id, level));
    }

    private Map<RecordKey, Digest> digests(String entity) {
        Map<RecordKey, Digest> digests = new TreeMap<>();
        Entity scanned = migration().entity(entity);
        for (Iterator<Chunk> chunks = store().chunks(scanned, 2); chunks.hasNext(); ) {
            try (RecordStream records = store().scan(scanned, chunks.next())) {
                while (records.hasNext()) {
                    Scanned each = records.next();
                    assertThat(each.fault()).isEmpty();
                    EntityRecord found = Objects.requireNonNull(each.record());
                    assertThat(digests.put(found.key(), Canonical.digest(found)))
                            .as("%s comes once", found.key())
                            .isNull();
                }
            }
        }
        return digests;
    }

    private void assertHolds(String entity, EntityRecord... expected) {
        Map<RecordKey, Digest> digests = new TreeMap<>();
        List<RecordKey> keys = new ArrayList<>();
        for (EntityRecord each : expected) {
            digests.put(each.key(), Canonical.digest(each));
            keys.add(each.key());
        }
        assertThat(digests(entity)).isEqualTo(digests);
        assertThat(store().count(migration().entity(entity))).isEqualTo(expected.length);
        Reading reading = store().read(migration().entity(entity), keys);
        assertThat(reading.faults()).isEmpty();
        assertThat(reading.found().keySet()).containsExactlyInAnyOrderElementsOf(keys);
        for (EntityRecord each : expected) {
            assertThat(Canonical.digest(reading.found().get(each.key()))).isEqualTo(Canonical.digest(each));
        }
    }

    private static void assertApplied(List<ApplyOutcome> outcomes, int count) {
        assertThat(outcomes).hasSize(count).containsOnly(ApplyOutcome.applied());
    }

    @Test
    void anEmptyStoreHoldsNothingAndIsAtTheBeginning() {
        assertHolds("users");
        assertHolds("messages");
        assertHolds("memory");
        assertHolds("logs");
        assertThat(store().positions()).containsOnlyKeys(0);
        assertThat(store().positions().get(0).next()).isZero();
        assertThat(store().positions().get(0).epoch()).isEqualTo(1);
        assertThat(store().parked()).isEmpty();
        assertThat(store().unannounced()).isEmpty();
    }

    @Test
    void recordsOfEveryLayoutComeBackAsTheyWentIn() {
        EntityRecord user = user("u", ",\"name\":\"Zo\\u00eb\",\"profile\":{\"b\":[1.10,{}],\"a\":null},\"age\":7");
        EntityRecord chat = chat("c 1/..");
        EntityRecord first = message("c 1/..", 1, "one");
        EntityRecord second = message("c 1/..", 2, "");
        EntityRecord memory =
                record("memory", "{\"user_id\":\"u\",\"kind\":\"profile\",\"name\":\"a~b/\",\"value\":null}");
        EntityRecord log = log("l", "INFO");
        Batch batch = BatchBuilder.from(0)
                .put(user)
                .put(chat)
                .put(first)
                .put(second)
                .put(memory)
                .put(log)
                .build();

        assertApplied(store().apply(batch), 6);

        assertHolds("users", user);
        assertHolds("chats", chat);
        assertHolds("messages", first, second);
        assertHolds("memory", memory);
        assertHolds("logs", log);
    }

    @Test
    void absentAndNullAndEmptyAreDifferentValues() {
        EntityRecord absent = user("a", "");
        EntityRecord nulls = user("b", ",\"name\":null,\"age\":null,\"seen_at\":null");
        EntityRecord empty = user("c", ",\"name\":\"\",\"profile\":[]");
        EntityRecord object = user("d", ",\"profile\":{}");

        store().apply(BatchBuilder.from(0)
                .put(absent)
                .put(nulls)
                .put(empty)
                .put(object)
                .build());

        assertHolds("users", absent, nulls, empty, object);
    }

    @Test
    void membersThatTheDefinitionDoesNotNameAreKept() {
        EntityRecord user = user("u", ",\"phone\":\"1\",\"tags\":[1,{\"x\":null}],\"none\":null");
        EntityRecord log =
                record("logs", "{\"id\":\"l\",\"level\":\"INFO\",\"message\":\"\",\"pid\":4711,\"context\":[]}");

        store().apply(BatchBuilder.from(0).put(user).put(log).build());

        assertHolds("users", user);
        assertHolds("logs", log);
    }

    @Test
    void aLaterStateTakesTheEarliersPlace() {
        store().apply(BatchBuilder.from(0)
                .put(user("u", ",\"name\":\"one\",\"age\":1,\"phone\":\"1\""))
                .put(log("l", "INFO"))
                .build());
        EntityRecord user = user("u", ",\"name\":\"two\",\"fax\":\"2\"");
        EntityRecord log = log("l", "ERROR");

        store().apply(BatchBuilder.from(2).put(user).put(log).build());

        assertHolds("users", user);
        assertHolds("logs", log);
    }

    @Test
    void onlyTheLastStateOfAKeyInABatchCounts() {
        EntityRecord last = user("u", ",\"age\":3");
        Batch batch = BatchBuilder.from(0)
                .put(user("u", ",\"age\":1"))
                .put(user("gone", ""))
                .delete(last.key())
                .delete(user("gone", "").key())
                .put(last)
                .build();

        assertApplied(store().apply(batch), 5);

        assertHolds("users", last);
    }

    @Test
    void whatIsDeletedIsGoneAndMayBeDeletedAgain() {
        store().apply(BatchBuilder.from(0)
                .put(chat("c"))
                .put(message("c", 1, "one"))
                .put(message("c", 2, "two"))
                .put(log("l", "INFO"))
                .put(log("m", "INFO"))
                .build());

        assertApplied(
                store().apply(BatchBuilder.from(5)
                        .delete(message("c", 1, "").key())
                        .delete(message("c", 9, "").key())
                        .delete(log("l", "INFO").key())
                        .delete(log("nobody", "INFO").key())
                        .build()),
                4);

        assertHolds("messages", message("c", 2, "two"));
        assertHolds("logs", log("m", "INFO"));

        store().apply(BatchBuilder.from(9)
                .delete(message("c", 2, "").key())
                .delete(chat("c").key())
                .build());

        assertHolds("messages");
        assertHolds("chats");
    }

    @Test
    void thePositionMovesWithTheBatchAndIsStillThereLater() {
        store().apply(BatchBuilder.from(0).put(user("u", "")).build(7));
        store().apply(new Batch(List.of(new Batch.Advance(0, 7, 9, 12)), List.of()));

        Store again = reopened();

        assertThat(again.positions().get(0)).isEqualTo(new Store.Applied(9, 12, 1, 0, 0, 1));
        assertThat(again.claim(LOG, Set.of(0, 1))).isEqualTo(Map.of(0, 9L, 1, 0L));
        assertThat(again.positions().get(0).epoch()).isEqualTo(2);
        assertHolds("users", user("u", ""));
    }

    @Test
    void aReadingSaysWhichPositionItBelongsTo() {
        store().apply(BatchBuilder.from(0).put(user("u", "")).build(5));

        Reading reading = store().read(
                        migration().entity("users"),
                        Set.of(user("u", "").key(), user("v", "").key()));

        assertThat(reading.positions()).isEqualTo(Map.of(0, 5L));
        assertThat(reading.found()).containsOnlyKeys(user("u", "").key());
    }

    @Test
    void aBatchFromElsewhereIsFencedAndChangesNothing() {
        store().apply(BatchBuilder.from(0).put(user("u", "")).build());

        assertThatThrownBy(() ->
                        store().apply(BatchBuilder.from(0).put(user("v", "")).build()))
                .isInstanceOf(FencedException.class);
        assertThatThrownBy(() -> store().apply(new Batch(List.of(new Batch.Advance(1, 0, 1, 1)), List.of())))
                .isInstanceOf(FencedException.class);

        assertHolds("users", user("u", ""));
        assertThat(store().positions().get(0).next()).isEqualTo(1);
    }

    @Test
    void aPositionOfAnotherLogIsRefused() {
        store().apply(BatchBuilder.from(0).put(user("u", "")).build());

        assertThatThrownBy(() -> store().claim(new LogId("cluster", "other", 2), Set.of(0)))
                .isInstanceOf(ForeignLogException.class);
        assertThatThrownBy(() -> store().claim(new LogId("cluster", "topic", 3), Set.of(0)))
                .isInstanceOf(ForeignLogException.class);
    }

    @Test
    void pagesAreInTheOrderOfKeysAndHaveWhatIsAskedFor() {
        BatchBuilder batch =
                BatchBuilder.from(0).put(chat("a")).put(chat("a b")).put(chat("B"));
        List<EntityRecord> messages = new ArrayList<>();
        for (String chat : List.of("a", "a b", "B")) {
            for (int number = 1; number <= 11; number++) {
                messages.add(message(chat, number, number % 2 == 0 ? "even" : "odd"));
            }
        }
        messages.forEach(batch::put);
        store().apply(batch.build());
        Entity entity = migration().entity("messages");

        List<RecordKey> paged = new ArrayList<>();
        List<EntityRecord> page = store().page(entity, null, Map.of(), 4);
        while (!page.isEmpty()) {
            assertThat(page).hasSizeLessThanOrEqualTo(4);
            page.forEach(each -> paged.add(each.key()));
            page = store().page(entity, paged.get(paged.size() - 1), Map.of(), 4);
        }

        assertThat(paged)
                .isEqualTo(messages.stream().map(EntityRecord::key).sorted().toList());
        assertThat(store().page(entity, null, Map.of("chat_id", "a", "content", "even"), 100))
                .hasSize(5);
        assertThat(store().page(entity, null, Map.of("chat_id", "nobody"), 100)).isEmpty();
    }

    /** What a database that can find records by an instant means by it. */
    protected final void assertFindsWhatIsDue(DueReader reader) {
        Entity entity = migration().entity("users");
        Field end = entity.field("seen_at");
        EntityRecord late = user("a", ",\"seen_at\":\"2024-05-01T12:00:00.000001Z\"");
        EntityRecord early = user("b", ",\"seen_at\":\"2024-05-01T09:59:59.5Z\"");
        EntityRecord exact = user("c", ",\"seen_at\":\"2024-05-01T14:00:00+02:00\"");
        store().apply(BatchBuilder.from(0)
                .put(late)
                .put(early)
                .put(exact)
                .put(user("d", ",\"seen_at\":null"))
                .put(user("e", ""))
                .put(user("f", ",\"seen_at\":\"2024-05-02T11:00:00Z\""))
                .build());
        Instant until = Instant.parse("2024-05-01T12:00:00Z");

        assertThat(reader.due(entity, end, until, 0, 10).records())
                .extracting(EntityRecord::key)
                .containsExactly(early.key(), exact.key());
        assertThat(reader.due(entity, end, until, 0, 1).records())
                .extracting(EntityRecord::key)
                .containsExactly(early.key());
        DueReader.Due rest = reader.due(entity, end, until, 1, 10);
        assertThat(rest.records()).extracting(EntityRecord::key).containsExactly(exact.key());
        assertThat(rest.rows()).isBetween(1, 2);
        assertThat(reader.due(entity, end, until.minusSeconds(86_400), 0, 10))
                .isEqualTo(new DueReader.Due(List.of(), 0));
    }

    @Test
    void aBatchOfManyRecordsGoesIn() {
        BatchBuilder batch = BatchBuilder.from(0);
        List<EntityRecord> logs = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            logs.add(log("l" + i, i % 3 == 0 ? "ERROR" : "INFO"));
        }
        logs.forEach(batch::put);

        assertApplied(store().apply(batch.build()), 300);

        assertHolds("logs", logs.toArray(EntityRecord[]::new));
    }
}
