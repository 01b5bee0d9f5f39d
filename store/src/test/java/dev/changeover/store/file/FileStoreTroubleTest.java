package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Batch;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.Chunk;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.OutcomeUnknownException;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.TroubledCalls.Killed;
import dev.changeover.store.file.TroubledCalls.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A batch is in the store as a whole or not at all, wherever its writer dies and whichever call fails. */
class FileStoreTroubleTest {
    private static final LogId LOG = new LogId("cluster", "topic", 1);
    private static final int MANY = 500;

    @TempDir
    private Path folder;

    private EntityRecord record(Migration migration, String entity, String json) {
        return ContractMigration.record(migration, entity, json);
    }

    private EntityRecord user(Migration migration, String id, int age) {
        return record(migration, "users", "{\"id\":\"%s\",\"age\":%d}".formatted(id, age));
    }

    private EntityRecord message(Migration migration, int number, String content) {
        return record(
                migration,
                "messages",
                "{\"chat_id\":\"c\",\"number\":%d,\"content\":\"%s\"}".formatted(number, content));
    }

    private EntityRecord log(Migration migration, String id, String level) {
        return record(migration, "logs", "{\"id\":\"%s\",\"level\":\"%s\",\"message\":\"m\"}".formatted(id, level));
    }

    private Batch firstBatch(Migration migration) {
        return BatchBuilder.from(0)
                .put(user(migration, "a", 1))
                .put(user(migration, "b", 1))
                .put(message(migration, 1, "one"))
                .put(message(migration, 2, "two"))
                .put(log(migration, "l1", "INFO"))
                .put(log(migration, "l2", "INFO"))
                .put(log(migration, "l3", "ERROR"))
                .build();
    }

    /** An edit, a new document and one that goes, elements, lines that are added, changed, moved and removed. */
    private Batch secondBatch(Migration migration) {
        return BatchBuilder.from(7)
                .put(user(migration, "a", 2))
                .delete(user(migration, "b", 0).key())
                .put(user(migration, "new", 2))
                .put(message(migration, 2, "changed"))
                .put(message(migration, 3, "three"))
                .delete(message(migration, 1, "").key())
                .put(log(migration, "l4", "DEBUG"))
                .put(log(migration, "l5", "ERROR"))
                .put(log(migration, "l6", "ERROR"))
                .delete(log(migration, "l1", "INFO").key())
                .build(20);
    }

    private static Map<RecordKey, EntityRecord> all(Migration migration, StoreReader store) {
        Map<RecordKey, EntityRecord> all = new TreeMap<>();
        for (Entity entity : migration.entities()) {
            for (Iterator<Chunk> chunks = store.chunks(entity, 100); chunks.hasNext(); ) {
                try (RecordStream records = store.scan(entity, chunks.next())) {
                    while (records.hasNext()) {
                        Scanned each = records.next();
                        assertThat(each.fault()).as(each.origin()).isEmpty();
                        assertThat(all.put(each.record().key(), each.record())).isNull();
                    }
                }
            }
        }
        return all;
    }

    private Path copy(Path original, int n) throws IOException {
        Path copy = folder.resolve("run" + n);
        try (var files = Files.walk(original)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, copy.resolve(original.relativize(file).toString()));
            }
        }
        return copy;
    }

    private FileStore open(Migration migration, Path root, TroubledCalls calls) {
        return FileStore.open(migration, root, Side.TARGET, calls);
    }

    private record Stage(
            Migration migration, Path root, Map<RecordKey, EntityRecord> before, Map<RecordKey, EntityRecord> after) {}

    /** A store with the first batch, and what it holds before and after the second. */
    private Stage prepared() throws IOException {
        Migration migration = ContractMigration.in(folder.resolve("definition"));
        Path root = folder.resolve("original");
        Map<RecordKey, EntityRecord> before;
        try (FileStore store = open(migration, root, TroubledCalls.none())) {
            store.claim(LOG, Set.of(0));
            store.apply(firstBatch(migration));
            before = all(migration, store);
        }
        try (FileStore store = open(migration, copy(root, 0), TroubledCalls.none())) {
            store.claim(LOG, Set.of(0));
            store.apply(secondBatch(migration));
            return new Stage(migration, root, before, all(migration, store));
        }
    }

    private static void assertWhole(Stage stage, FileStore store) {
        boolean in = store.positions().get(0).next() == 20;
        assertThat(store.positions().get(0).next()).isEqualTo(in ? 20 : 7);
        assertThat(all(stage.migration(), store)).isEqualTo(in ? stage.after() : stage.before());
    }

    private static void assertNoLeftovers(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(".changeover-"));
        }
    }

    @Test
    void aWriterThatDiesAtAnyCallLeavesAllOfItsBatchOrNothing() throws IOException {
        Stage stage = prepared();
        Set<Boolean> outcomes = new HashSet<>();
        for (int n = 1; ; n++) {
            assertThat(n).isLessThan(MANY);
            Path root = copy(stage.root(), n);
            TroubledCalls calls = new TroubledCalls(Trouble.DIES, n);
            dieApplying(stage, root, calls);

            try (FileStore again = open(stage.migration(), root, TroubledCalls.none())) {
                assertWhole(stage, again);
                assertNoLeftovers(root);
                outcomes.add(again.positions().get(0).next() == 20);
                again.claim(LOG, Set.of(0));
                if (again.positions().get(0).next() == 7) {
                    again.apply(secondBatch(stage.migration()));
                }
                assertThat(all(stage.migration(), again)).isEqualTo(stage.after());
            }
            if (!calls.happened()) {
                break;
            }
        }
        assertThat(outcomes).containsExactlyInAnyOrder(true, false);
    }

    private void dieApplying(Stage stage, Path root, TroubledCalls calls) {
        FileStore store = null;
        try {
            store = open(stage.migration(), root, calls);
            store.claim(LOG, Set.of(0));
            store.apply(secondBatch(stage.migration()));
        } catch (Killed e) {
            // the operating system closes what it had open
        } finally {
            if (store != null) {
                store.close();
            }
        }
    }

    @Test
    void recoveryMayBeKilledAtAnyCallToo() throws IOException {
        Stage stage = prepared();
        int calls = 0;
        while (true) {
            TroubledCalls counting = new TroubledCalls(Trouble.DIES, ++calls);
            Path root = copy(stage.root(), calls);
            dieApplying(stage, root, counting);
            if (!counting.happened()) {
                break;
            }
            for (int m = 1; ; m += 3) {
                TroubledCalls again = new TroubledCalls(Trouble.DIES, m);
                dieOpening(stage, root, again);
                try (StoreReader reader = FileReader.open(stage.migration(), root, Side.TARGET)) {
                    assertThat(reader.count(stage.migration().entity("users"))).isBetween(1L, 3L);
                }
                if (!again.happened()) {
                    break;
                }
            }
            try (FileStore last = open(stage.migration(), root, TroubledCalls.none())) {
                assertWhole(stage, last);
            }
        }
    }

    private void dieOpening(Stage stage, Path root, TroubledCalls calls) {
        try {
            open(stage.migration(), root, calls).close();
        } catch (Killed e) {
            // once more
        }
    }

    @Test
    void aCallThatFailsStopsTheBatchAndTheNextClaimGoesOn() throws IOException {
        Stage stage = prepared();
        for (int n = 1; ; n++) {
            assertThat(n).isLessThan(MANY);
            Path root = copy(stage.root(), n);
            TroubledCalls calls = new TroubledCalls(Trouble.FAILS, n);
            try (FileStore store = openInTheEnd(stage, root, calls)) {
                long from = 0;
                for (int tries = 0; from < 20; tries++) {
                    assertThat(tries).isLessThan(5);
                    try {
                        from = store.claim(LOG, Set.of(0)).get(0);
                        if (from == 7) {
                            store.apply(secondBatch(stage.migration()));
                        }
                    } catch (StoreUnavailableException | OutcomeUnknownException e) {
                        assertThat(e).hasMessageContaining("No space left");
                    }
                }
                assertThat(all(stage.migration(), store)).isEqualTo(stage.after());
                assertNoLeftovers(root);
            }
            if (!calls.happened()) {
                break;
            }
        }
    }

    private FileStore openInTheEnd(Stage stage, Path root, TroubledCalls calls) {
        try {
            return open(stage.migration(), root, calls);
        } catch (StoreUnavailableException e) {
            return open(stage.migration(), root, calls);
        }
    }

    @Test
    void aReaderNeverSeesABatchInPartNorAtAnotherPosition() throws Exception {
        Migration migration = ContractMigration.in(folder.resolve("definition"));
        Path root = folder.resolve("shared");
        List<RecordKey> users = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            users.add(user(migration, "u" + i, 0).key());
        }
        ExecutorService other = Executors.newSingleThreadExecutor();
        try (FileStore store = open(migration, root, TroubledCalls.none());
                StoreReader reader = FileReader.open(migration, root, Side.TARGET)) {
            store.claim(LOG, Set.of(0));
            Callable<Integer> reading = () -> {
                int seen = 0;
                long last = 0;
                while (last < 300 * 6) {
                    Reading all = reader.read(migration.entity("users"), users);
                    long next = all.positions().getOrDefault(0, 0L);
                    assertThat(next).isGreaterThanOrEqualTo(last);
                    assertThat(all.faults()).isEmpty();
                    if (next > 0) {
                        assertThat(all.found().values())
                                .hasSize(6)
                                .allSatisfy(
                                        each -> assertThat(each.value("age")).isEqualTo((int) (next / 6)));
                    }
                    last = next;
                    seen++;
                }
                return seen;
            };
            Future<Integer> seen = other.submit(reading);
            for (int round = 1; round <= 300; round++) {
                BatchBuilder batch = BatchBuilder.from((round - 1) * 6L);
                for (int i = 0; i < 6; i++) {
                    batch.put(user(migration, "u" + i, round));
                }
                store.apply(batch.build());
            }
            assertThat(seen.get(60, TimeUnit.SECONDS)).isPositive();
        } finally {
            other.shutdownNow();
        }
    }
}
