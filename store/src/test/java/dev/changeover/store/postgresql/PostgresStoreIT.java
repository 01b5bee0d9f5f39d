package dev.changeover.store.postgresql;

import static dev.changeover.store.Donna.chat;
import static dev.changeover.store.Donna.chatOf;
import static dev.changeover.store.Donna.key;
import static dev.changeover.store.Donna.message;
import static dev.changeover.store.Donna.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Op;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import dev.changeover.store.Chunk;
import dev.changeover.store.Donna;
import dev.changeover.store.FencedException;
import dev.changeover.store.ForeignLogException;
import dev.changeover.store.LogId;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.UnfitStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresStoreIT {
    private static final LogId LOG = new LogId("cluster", "topic", 6);
    private static final Entity USERS = Donna.MIGRATION.entity("users");
    private static final Entity CHATS = Donna.MIGRATION.entity("chat_sessions");
    private static final Entity MESSAGES = Donna.MIGRATION.entity("messages");

    private final FreshDatabase database = new FreshDatabase();
    private final List<PostgresStore> opened = new ArrayList<>();
    private final PostgresStore store = open();
    private long next;

    private PostgresStore open() {
        return open(database.settings());
    }

    private PostgresStore open(PostgresSettings settings) {
        PostgresStore one = PostgresStore.open(Donna.MIGRATION, settings, Side.TARGET);
        opened.add(one);
        one.claim(LOG, Set.of(0, 1, 2, 3, 4, 5));
        return one;
    }

    @AfterEach
    void close() {
        opened.forEach(PostgresStore::close);
        database.close();
    }

    private static ChangeEvent put(EntityRecord record) {
        return ChangeEvent.put(record, "test", 0);
    }

    private static ChangeEvent delete(RecordKey key) {
        return ChangeEvent.delete(key, "test", 0);
    }

    private List<ApplyOutcome> apply(ChangeEvent... events) {
        return apply(store, List.of(events));
    }

    private List<ApplyOutcome> apply(PostgresStore to, List<ChangeEvent> events) {
        List<Batch.LoggedChange> changes = new ArrayList<>();
        for (ChangeEvent event : events) {
            changes.add(new Batch.LoggedChange(0, next + changes.size(), event));
        }
        long end = next + events.size();
        Batch batch = new Batch(List.of(new Batch.Advance(0, next, end, end)), changes);
        List<ApplyOutcome> outcomes = to.apply(batch);
        next = end;
        return outcomes;
    }

    private EntityRecord read(RecordKey key) {
        Reading reading = store.read(key.entity(), List.of(key));
        assertThat(reading.faults()).isEmpty();
        return reading.found().get(key);
    }

    private static List<EntityRecord> scan(PostgresStore store, Entity entity, Chunk chunk) {
        List<EntityRecord> records = new ArrayList<>();
        try (RecordStream stream = store.scan(entity, chunk)) {
            while (stream.hasNext()) {
                Scanned scanned = stream.next();
                assertThat(scanned.fault()).isEmpty();
                records.add(scanned.record());
            }
        }
        return records;
    }

    @Test
    void whatIsAppliedIsReadBackAndScanned() {
        EntityRecord user = user("7", ",\"email\":\"a@b\",\"phone\":1.10,\"status\":\"active\",\"name\":null");
        EntityRecord chat = chatOf("c", "\"7\"", ",\"metadata\":{\"title\":\"t\",\"n\":1e2},\"id\":\"68be\"");
        EntityRecord message = message("c", 1, "Zoë 😀");

        List<ApplyOutcome> outcomes = apply(put(message), put(chat), put(user));

        assertThat(outcomes).containsOnly(ApplyOutcome.applied());
        assertThat(read(user.key())).isEqualTo(user);
        assertThat(read(message.key())).isEqualTo(message);
        assertThat(scan(store, USERS, Chunk.WHOLE)).containsExactly(user);
        assertThat(database.value("SELECT title || ' ' || message_count FROM chat_sessions"))
                .isEqualTo("t 0");
        Reading reading = store.read(CHATS, List.of(chat.key(), key("chat_sessions", "none")));
        assertThat(reading.found()).containsOnlyKeys(chat.key());
        assertThat(reading.positions()).containsEntry(0, 3L).containsEntry(1, 0L);
    }

    @Test
    void aLaterStateReplacesAndADeleteRemoves() {
        apply(put(user("7", ",\"name\":\"a\"")), put(user("8", "")));

        apply(put(user("7", ",\"name\":\"b\"")), put(user("7", "")), delete(key("users", "8")));

        assertThat(read(key("users", "7"))).isEqualTo(user("7", ""));
        assertThat(read(key("users", "8"))).isNull();
        assertThat(store.count(USERS)).isEqualTo(1);
    }

    @Test
    void oneBadRowOfFiveHundredIsRefusedAndTheOthersGoIn() {
        List<ChangeEvent> events = new ArrayList<>();
        events.add(put(chat("c", "")));
        for (int i = 1; i <= 500; i++) {
            events.add(put(message("c", i, i == 321 ? "bad" : "good")));
        }
        database.execute("ALTER TABLE messages ADD CONSTRAINT no_bad CHECK (content <> 'bad')");

        List<ApplyOutcome> outcomes = apply(store, events);

        assertThat(outcomes.get(321))
                .isInstanceOfSatisfying(
                        ApplyOutcome.Refused.class,
                        refused -> assertThat(refused.reason())
                                .contains("check constraint no_bad", "SQLState 23514")
                                .doesNotContain("'bad'"));
        assertThat(outcomes)
                .filteredOn(outcome -> !outcome.equals(ApplyOutcome.applied()))
                .hasSize(1);
        assertThat(store.count(MESSAGES)).isEqualTo(499);
        assertThat(store.positions().get(0).refused()).isEqualTo(1);
        assertThat(store.unannounced()).hasSize(1).first().satisfies(refusal -> {
            assertThat(refusal.offset()).isEqualTo(321);
            assertThat(refusal.event().after()).isEqualTo(message("c", 321, "bad"));
        });

        store.announced(store.unannounced());
        assertThat(store.unannounced()).isEmpty();
        apply(put(message("c", 321, "better")));
        assertThat(store.positions().get(0).refused()).isZero();
        assertThat(store.count(MESSAGES)).isEqualTo(500);
    }

    @Test
    void aBackfillGoesInWhateverIsThereAlready() {
        List<ChangeEvent> backfill = new ArrayList<>();
        List<ChangeEvent> later = new ArrayList<>();
        for (int i = 1; i <= 300; i++) {
            EntityRecord user = user("u" + i, ",\"clerk_id\":\"c" + i + "\"");
            backfill.add(ChangeEvent.snapshot(user, "data/users", 0));
            if (i % 2 == 0) {
                later.add(ChangeEvent.snapshot(user("u" + i, ",\"clerk_id\":\"c" + (i - 1) + "\""), "data/users", 0));
                later.add(ChangeEvent.snapshot(user("u" + (i - 1), ",\"clerk_id\":\"c" + i + "\""), "data/users", 0));
            }
            later.add(ChangeEvent.snapshot(chatOf("c" + i, i == 200 ? "\"nobody\"" : "\"u" + i + "\"", ""), "test", 0));
        }

        assertThat(apply(store, backfill)).containsOnly(ApplyOutcome.applied());
        List<ApplyOutcome> outcomes = apply(store, later);

        assertThat(outcomes)
                .filteredOn(outcome -> outcome instanceof ApplyOutcome.Parked)
                .hasSize(1);
        assertThat(store.count(USERS)).isEqualTo(300);
        assertThat(store.count(CHATS)).isEqualTo(299);
        assertThat(read(key("users", "u1")).value("clerk_id")).isEqualTo("c2");
    }

    @Test
    void whatTheLogCreatesGoesInBesideWhatItUpdatesAndOverWhatIsThereAlready() {
        List<ChangeEvent> creates = new ArrayList<>();
        List<ChangeEvent> mixed = new ArrayList<>();
        for (int i = 1; i <= 120; i++) {
            creates.add(put(user("u" + i, ",\"clerk_id\":\"c" + i + "\"")));
            EntityRecord changed = user("u" + i, ",\"clerk_id\":\"d" + i + "\"");
            mixed.add(new ChangeEvent(Op.UPDATE, changed.key(), null, changed, null, "test", 0));
            // Their values are free only when the updates are done.
            mixed.add(put(user("v" + i, ",\"clerk_id\":\"c" + i + "\"")));
        }

        assertThat(apply(store, creates)).containsOnly(ApplyOutcome.applied());
        assertThat(apply(store, mixed)).containsOnly(ApplyOutcome.applied());
        assertThat(apply(put(user("u1", "")), put(user("w", "")))).containsOnly(ApplyOutcome.applied());

        assertThat(store.count(USERS)).isEqualTo(241);
        assertThat(read(key("users", "u1"))).isEqualTo(user("u1", ""));
        assertThat(read(key("users", "u2")).value("clerk_id")).isEqualTo("d2");
        assertThat(read(key("users", "v1")).value("clerk_id")).isEqualTo("c1");
    }

    @Test
    void ofOneThatIsUpdatedAndALaterOneThatIsCreatedTheFirstHasTheValueThatBothWant() {
        EntityRecord first = user("u0", ",\"clerk_id\":\"x\"");
        apply(put(user("u0", "")));
        List<ChangeEvent> mixed = new ArrayList<>();
        mixed.add(new ChangeEvent(Op.UPDATE, first.key(), null, first, null, "test", 0));
        for (int i = 1; i <= 120; i++) {
            mixed.add(put(user("u" + i, i == 60 ? ",\"clerk_id\":\"x\"" : "")));
        }

        List<ApplyOutcome> outcomes = apply(store, mixed);

        assertThat(outcomes.get(60)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(outcomes)
                .filteredOn(outcome -> !outcome.equals(ApplyOutcome.applied()))
                .hasSize(1);
        assertThat(read(first.key())).isEqualTo(first);
    }

    @Test
    void aTableWithPoliciesForItsRowsIsWrittenTo() {
        database.execute("CREATE ROLE under_policies LOGIN PASSWORD 'secret'");
        database.execute("ALTER ROLE under_policies SET search_path = changeover, public");
        database.execute("GRANT ALL ON SCHEMA public, changeover TO under_policies");
        database.execute("GRANT ALL ON ALL TABLES IN SCHEMA public, changeover TO under_policies");
        database.execute("ALTER TABLE users ENABLE ROW LEVEL SECURITY");
        database.execute("CREATE POLICY everything ON users USING (true) WITH CHECK (true)");
        List<ChangeEvent> backfill = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            backfill.add(ChangeEvent.snapshot(user("u" + i, ""), "data/users", 0));
        }

        PostgresStore underPolicies = open(database.settingsOf("under_policies", "secret"));

        assertThat(apply(underPolicies, backfill)).containsOnly(ApplyOutcome.applied());
        assertThat(apply(underPolicies, List.of(put(user("v", ""))))).containsOnly(ApplyOutcome.applied());
        assertThat(store.count(USERS)).isEqualTo(151);
    }

    @Test
    void eachKindOfViolationIsRefusedWithItsField() {
        database.execute("ALTER TABLE users ALTER COLUMN name TYPE varchar(3), ALTER COLUMN email SET NOT NULL");
        database.execute("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$ BEGIN IF NEW.status = 'no' THEN RAISE 'secret'; END IF; RETURN NEW; END $$");
        database.execute("CREATE TRIGGER no BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION no()");
        PostgresStore narrow = open();

        List<ApplyOutcome> outcomes = apply(
                narrow,
                List.of(
                        put(user("1", ",\"email\":\"\",\"name\":\"Zoë \"")),
                        put(user("2", "")),
                        put(user("3", ",\"email\":\"\",\"status\":\"no\"")),
                        put(user("4", ",\"email\":\"\",\"clerk_id\":\"x\"")),
                        put(user("5", ",\"email\":\"\",\"clerk_id\":\"x\"")),
                        put(user("6", ",\"email\":\"\""))));

        assertThat(outcomes)
                .map(outcome -> outcome.match(in -> "in", waits -> "waits", PostgresStoreIT::beginning))
                .containsExactly(
                        "name: longer than 3 characters",
                        "email: null, and the column is NOT NULL (users, SQLState 23502)",
                        "a trigger or function of the database refused it (users, SQLState P0001)",
                        "in",
                        "clerk_id: another record has this value, and users_clerk_id_key allows it once",
                        "in");
    }

    private static String beginning(ApplyOutcome.Refused refused) {
        return refused.reason().substring(0, refused.reason().indexOf(". "));
    }

    @Test
    void childrenWaitForTheirParentAndComeInWithIt() {
        List<ChangeEvent> orphans = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            orphans.add(put(message("late", i, "x")));
        }
        orphans.add(put(chatOf("late", "\"nobody\"", "")));

        List<ApplyOutcome> outcomes = apply(store, orphans);

        assertThat(outcomes.get(0)).isEqualTo(new ApplyOutcome.Parked(key("chat_sessions", "late")));
        assertThat(outcomes.get(50)).isEqualTo(new ApplyOutcome.Parked(key("users", "nobody")));
        assertThat(store.positions().get(0).parked()).isEqualTo(51);
        assertThat(store.parked())
                .hasSize(51)
                .first()
                .satisfies(parked -> assertThat(parked.event().after()).isEqualTo(message("late", 1, "x")));

        apply(put(user("nobody", "")));

        assertThat(store.positions().get(0).parked()).isZero();
        assertThat(store.count(MESSAGES)).isEqualTo(50);
    }

    @Test
    void aLaterChangeReplacesAParkedOne() {
        apply(put(chatOf("c", "\"nobody\"", "")));
        apply(put(chatOf("c", "null", "")));

        assertThat(store.parked()).isEmpty();
        assertThat(read(key("chat_sessions", "c")).value("user_id")).isEqualTo(Missing.NULL);
    }

    @Test
    void uniqueValuesSwapAndMoveInsideOneBatch() {
        apply(
                put(user("1", ",\"clerk_id\":\"a\"")),
                put(user("2", ",\"clerk_id\":\"b\"")),
                put(user("3", ",\"clerk_id\":\"c\"")),
                put(user("9", ",\"clerk_id\":\"z\"")));

        List<ApplyOutcome> outcomes = apply(
                put(user("1", ",\"clerk_id\":\"b\"")),
                put(user("2", ",\"clerk_id\":\"a\"")),
                put(user("4", ",\"clerk_id\":\"c\"")),
                put(user("3", ",\"clerk_id\":\"z\"")),
                delete(key("users", "9")));

        assertThat(outcomes).containsOnly(ApplyOutcome.applied());
        assertThat(database.value("SELECT string_agg(clerk_id || (extra->>'id'), ',' ORDER BY clerk_id) FROM users"))
                .isEqualTo("a2,b1,c4,z3");
    }

    @Test
    void ofThoseWhoWantAValueFromAnotherPartitionTheOneThatIsStillWantedHasItInTheEnd() {
        applyIn(0, 0, put(user("1", ",\"clerk_id\":\"x\"")));

        // Out of order between partitions: x is wanted by 2, given up by 2, wanted by 3, and only then given up by 1.
        ApplyOutcome wanted = applyIn(1, 0, put(user("2", ",\"clerk_id\":\"x\"")));
        applyIn(1, 1, delete(key("users", "2")));
        ApplyOutcome wantedToo = applyIn(2, 0, put(user("3", ",\"clerk_id\":\"x\"")));
        applyIn(0, 1, delete(key("users", "1")));

        assertThat(wanted).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(wantedToo).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(store.unannounced()).hasSize(1);
        assertThat(store.retryParked()).isEqualTo(1);
        assertThat(store.unannounced()).isEmpty();
        assertThat(database.value("SELECT string_agg(clerk_id || (extra->>'id'), ',') FROM users"))
                .isEqualTo("x3");
    }

    private ApplyOutcome applyIn(int partition, long offset, ChangeEvent event) {
        Batch.Advance advance = new Batch.Advance(partition, offset, offset + 1, offset + 1);
        return store.apply(new Batch(List.of(advance), List.of(new Batch.LoggedChange(partition, offset, event))))
                .get(0);
    }

    @Test
    void whoWantsAValueThatAnotherKeepsIsRefusedAndKeepsItsOwn() {
        apply(
                put(user("1", ",\"clerk_id\":\"a\"")),
                put(user("2", ",\"clerk_id\":\"b\"")),
                put(user("3", ",\"clerk_id\":\"c\"")));

        List<ApplyOutcome> outcomes = apply(
                put(user("1", ",\"clerk_id\":\"c\"")),
                put(user("2", ",\"clerk_id\":\"a\"")),
                put(user("4", ",\"clerk_id\":\"b\"")));

        assertThat(outcomes.get(0)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(outcomes.get(1)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(outcomes.get(2)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(database.value("SELECT string_agg(clerk_id || (extra->>'id'), ',' ORDER BY clerk_id) FROM users"))
                .isEqualTo("a1,b2,c3");
    }

    @Test
    void aParentThatIsDeletedAndMadeAnewHasLostItsChildren() {
        apply(put(chat("c", "")), put(message("c", 1, "old")));

        apply(
                put(message("c", 2, "before the delete")),
                delete(key("chat_sessions", "c")),
                put(chat("c", ",\"title\":\"new\"")),
                put(message("c", 3, "after it")));

        assertThat(scan(store, MESSAGES, Chunk.WHOLE)).containsExactly(message("c", 3, "after it"));
    }

    @Test
    void aWriterThatWasLeftBehindIsFencedAndChangesNothing() {
        apply(put(user("1", "")));
        PostgresStore successor = open();

        assertThatThrownBy(() -> apply(put(user("2", "")))).isInstanceOf(FencedException.class);
        assertThat(store.count(USERS)).isEqualTo(1);
        apply(successor, List.of(put(user("2", ""))));
        assertThat(store.count(USERS)).isEqualTo(2);
        assertThat(successor.positions().get(0).epoch()).isEqualTo(2);
    }

    @Test
    void aBatchThatDoesNotBeginAtThePositionIsFenced() {
        Batch batch = new Batch(List.of(new Batch.Advance(0, 5, 6, 6)), List.of());

        assertThatThrownBy(() -> store.apply(batch)).isInstanceOf(FencedException.class);
    }

    @Test
    void anotherLogIsRefusedInWords() {
        assertThatThrownBy(() -> store.claim(new LogId("cluster", "other", 6), Set.of(0)))
                .isInstanceOf(ForeignLogException.class)
                .hasMessageContaining("belong to topic topic with 6 partitions in Kafka cluster cluster");
        assertThatThrownBy(() -> store.claim(new LogId("cluster", "topic", 7), Set.of(6)))
                .isInstanceOf(ForeignLogException.class);
    }

    @Test
    void aConnectionThatIsLostInTheMiddleHasChangedNothing() throws Exception {
        apply(put(user("1", "")));
        database.execute("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$");
        database.execute("CREATE TRIGGER die BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION die()");

        assertThatThrownBy(() -> apply(put(user("2", "")))).isInstanceOf(StoreUnavailableException.class);

        database.execute("DROP TRIGGER die ON users");
        assertThat(apply(put(user("2", "")))).containsExactly(ApplyOutcome.applied());
        assertThat(store.count(USERS)).isEqualTo(2);
    }

    @Test
    void aConnectionThatIsLostAtTheCommitLeavesTheOutcomeUnknown() throws Exception {
        apply(put(user("1", "")));
        database.execute("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$");
        database.execute("CREATE CONSTRAINT TRIGGER die AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED"
                + " FOR EACH ROW EXECUTE FUNCTION die()");

        assertThatThrownBy(() -> apply(put(user("2", "")))).isInstanceOf(OutcomeUnknownException.class);

        database.execute("DROP TRIGGER die ON users");
        assertThat(store.claim(LOG, Set.of(0))).containsEntry(0, 1L);
        apply(put(user("2", "")));
        assertThat(store.count(USERS)).isEqualTo(2);
    }

    @Test
    void aConstraintThatWaitsForTheCommitRefusesItsRowOnly() {
        database.execute("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS"
                + " $$ BEGIN IF NEW.status = 'no' THEN RAISE check_violation; END IF; RETURN NEW; END $$");
        database.execute("CREATE CONSTRAINT TRIGGER no AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED"
                + " FOR EACH ROW EXECUTE FUNCTION no()");

        List<ApplyOutcome> outcomes =
                apply(put(user("1", "")), put(user("2", ",\"status\":\"no\"")), put(user("3", "")));

        assertThat(outcomes.get(1)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(store.count(USERS)).isEqualTo(2);
    }

    @Test
    void aSchemaThatDriftedStopsTheRole() {
        database.execute("ALTER TABLE users DROP COLUMN status");

        assertThatThrownBy(() -> apply(put(user("1", ""))))
                .isInstanceOf(UnfitStoreException.class)
                .hasMessageContaining("42703");
        assertThatThrownBy(() -> PostgresStore.open(Donna.MIGRATION, database.settings(), Side.TARGET))
                .isInstanceOf(UnfitStoreException.class)
                .hasMessageContaining("Missing column status in table users of users");
    }

    @Test
    void aServerThatIsReadOnlyStopsTheRole() {
        database.execute("ALTER DATABASE " + database.value("SELECT current_database()")
                + " SET default_transaction_read_only = on");
        PostgresStore another = PostgresStore.open(Donna.MIGRATION, database.settings(), Side.TARGET);
        opened.add(another);

        assertThatThrownBy(() -> another.claim(LOG, Set.of(0)))
                .isInstanceOf(UnfitStoreException.class)
                .hasMessageContaining("read-only");
    }

    @Test
    void aRowEditedByHandIsReadBackWithTheFieldThatDiffers() {
        EntityRecord chat = chatOf("c", "null", ",\"title\":\"t\"");
        apply(put(chat));
        database.execute("UPDATE chat_sessions SET title = 'by hand', message_count = 3");

        EntityRecord read = read(chat.key());

        assertThat(read.value("title")).isEqualTo("by hand");
        assertThat(read.value("message_count")).isEqualTo(3);
        assertThat(read.toBuilder().set("title", "t").set("message_count", 0).build())
                .isEqualTo(chat);
    }

    @Test
    void chunksCoverEverythingOnce() {
        List<ChangeEvent> events = new ArrayList<>();
        for (int i = 0; i < 95; i++) {
            events.add(put(user("u" + i, "")));
        }
        apply(store, events);

        List<EntityRecord> all = new ArrayList<>();
        List<Chunk> chunks = new ArrayList<>();
        store.chunks(USERS, 10).forEachRemaining(chunk -> {
            chunks.add(chunk);
            all.addAll(scan(store, USERS, chunk));
        });

        assertThat(chunks).hasSize(10);
        assertThat(all).doesNotHaveDuplicates().hasSize(95);
        assertThat(all).containsExactlyElementsOf(scan(store, USERS, Chunk.WHOLE));
    }

    @Test
    void pagesAreInTheOrderOfTheKeyAndFiltered() {
        apply(put(chat("b", "")), put(chat("a", ",\"title\":\"x\"")), put(chat("Z", "")), put(chat("é", "")));
        apply(put(message("a", 10, "x")), put(message("a", 9, "x")), put(message("b", 1, "x")));

        List<EntityRecord> first = store.page(CHATS, null, Map.of(), 3);
        List<EntityRecord> second = store.page(CHATS, first.get(2).key(), Map.of(), 3);

        assertThat(first).map(record -> record.value("chat_id")).containsExactly("Z", "a", "b");
        assertThat(second).map(record -> record.value("chat_id")).containsExactly("é");
        assertThat(store.page(CHATS, null, Map.of("title", "x"), 10)).hasSize(1);
        assertThat(store.page(MESSAGES, null, Map.of("chat_id", "a"), 10))
                .map(record -> record.value("sequence_number"))
                .containsExactly(10, 9);
        assertThat(store.page(MESSAGES, key("messages", "a", 10), Map.of("chat_id", "a"), 1))
                .map(record -> record.value("sequence_number"))
                .containsExactly(9);
        assertThat(store.page(MESSAGES, null, Map.of(), 10)).hasSize(3);
    }

    @Test
    void whatWasRefusedGoesInWhenItIsRetriedAfterTheSchemaWasMended() {
        database.execute("ALTER TABLE users ADD CONSTRAINT no CHECK (status <> 'no')");
        apply(put(user("1", ",\"status\":\"no\"")));

        assertThat(store.retryParked()).isZero();
        database.execute("ALTER TABLE users DROP CONSTRAINT no");

        assertThat(store.retryParked()).isEqualTo(1);
        assertThat(store.unannounced()).isEmpty();
        assertThat(store.count(USERS)).isEqualTo(1);
    }

    @Test
    void aDeleteThatAnotherTableForbidsIsRefused() {
        apply(put(user("1", "")), put(user("2", "")));
        database.execute("CREATE TABLE invoices (user_id uuid REFERENCES users)");
        database.execute("INSERT INTO invoices SELECT id FROM users WHERE extra->>'id' = '1'");

        List<ApplyOutcome> outcomes = apply(delete(key("users", "1")), delete(key("users", "2")));

        assertThat(outcomes.get(0)).isInstanceOf(ApplyOutcome.Refused.class);
        assertThat(outcomes.get(1)).isEqualTo(ApplyOutcome.applied());
        assertThat(store.count(USERS)).isEqualTo(1);
    }
}
