package dev.changeover.app.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.app.process.Environment;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.FileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Donna's files, counted. */
class CountsTest {
    private static final Path DONNA = Path.of("..", "migrations", "donna");
    private static final Duration LONG = Duration.ofMinutes(1);

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final InstantSource clock = now::get;
    private final Migration migration = new Environment(Map.of()).read(DONNA.resolve("migration.yaml"));

    @TempDir
    private Path folder;

    private Path users;
    private Slowed store;

    @BeforeEach
    void copySample() throws IOException {
        Path sample = DONNA.resolve("sample");
        Path copy = folder.resolve("legacy");
        try (Stream<Path> all = Files.walk(sample)) {
            all.forEach(each -> copy(each, copy.resolve(sample.relativize(each))));
        }
        users = copy.resolve("data/users");
        store = new Slowed(FileReader.open(migration, copy, Side.LEGACY));
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void theFirstAnswerHasThemWhereCountingIsQuick() throws IOException {
        store.letThrough();

        try (Counts counts = counts(LONG, LONG)) {
            assertThat(usersIn(counts)).hasValue(filesOfUsers());
        }
    }

    @Test
    void whoAsksWhileTheyAreCountedAnewGetsTheOldOnes() throws IOException {
        store.letThrough();
        try (Counts counts = counts(Duration.ZERO, LONG)) {
            long before = filesOfUsers();
            assertThat(usersIn(counts)).hasValue(before);
            store.hold();
            deleteOneUser();
            now.set(now.get().plus(LONG));

            assertThat(usersIn(counts)).hasValue(before);

            store.letThrough();
            Awaitility.await().until(() -> usersIn(counts).equals(OptionalLong.of(before - 1)));
        }
    }

    @Test
    void whatWasNeverCountedToItsEndIsNotKnown() {
        try (Counts counts = counts(LONG, Duration.ZERO)) {
            assertThat(usersIn(counts)).isEmpty();
            store.letThrough();
        }
    }

    @Test
    void aFolderThatIsAwayIsNotKnownAndNotEmpty() throws IOException {
        store.letThrough();
        try (Counts counts = counts(LONG, LONG)) {
            Files.move(folder.resolve("legacy"), folder.resolve("away"));

            assertThat(usersIn(counts)).isEmpty();
        }
    }

    @Test
    void theyAreKeptForASecondAtLeast() throws IOException {
        store.letThrough();
        try (Counts counts = counts(LONG, LONG)) {
            long before = filesOfUsers();
            assertThat(usersIn(counts)).hasValue(before);
            deleteOneUser();

            now.set(now.get().plusMillis(1_000));
            assertThat(usersIn(counts)).hasValue(before);
            now.set(now.get().plusMillis(1));
            assertThat(usersIn(counts)).hasValue(before - 1);
        }
    }

    private Counts counts(Duration patience, Duration firstPatience) {
        return new Counts(migration.entities(), Map.of(Side.LEGACY, store), clock, patience, firstPatience);
    }

    private static OptionalLong usersIn(Counts counts) {
        Map<Side, OptionalLong> sides = counts.latest().getOrDefault("users", Map.of());
        assertThat(sides).containsOnlyKeys(Side.LEGACY);
        return sides.getOrDefault(Side.LEGACY, OptionalLong.empty());
    }

    private long filesOfUsers() throws IOException {
        try (Stream<Path> files = Files.list(users)) {
            return files.count();
        }
    }

    private void deleteOneUser() throws IOException {
        Files.delete(users.resolve("42.json"));
    }

    private static void copy(Path from, Path to) {
        try {
            if (Files.isDirectory(from)) {
                Files.createDirectories(to);
            } else {
                Files.copy(from, to);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A store that counts only when it is let. */
    private static final class Slowed implements StoreReader {
        private static final int MANY = 1_000_000;

        private final StoreReader real;
        private final Semaphore may = new Semaphore(0);

        Slowed(StoreReader real) {
            this.real = real;
        }

        void letThrough() {
            may.release(MANY);
        }

        void hold() {
            may.drainPermits();
        }

        @Override
        public long count(Entity entity) {
            may.acquireUninterruptibly();
            return real.count(entity);
        }

        @Override
        public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
            return real.chunks(entity, targetRecords);
        }

        @Override
        public RecordStream scan(Entity entity, Chunk chunk) {
            return real.scan(entity, chunk);
        }

        @Override
        public Reading read(Entity entity, Collection<RecordKey> keys) {
            return real.read(entity, keys);
        }

        @Override
        public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
            return real.page(entity, after, equal, limit);
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
