package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import dev.changeover.verifier.Chats;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A log and two sides in memory that follow it at their own pace. With every record that anybody reads, time passes: new
 * events are written and the sides apply some. All of it follows from the seed but for the order of the two scanning threads.
 */
final class World implements ChangesHistory {
    final Migration migration = Chats.migration("world", 3);
    private final RandomGenerator random;
    private final List<Event> log = new ArrayList<>();
    private final Map<Integer, Long> ends = new HashMap<>();
    private final Map<Side, FakeSide> sides = new EnumMap<>(Side.class);
    private int liveChats;
    private double liveRate;

    private record Event(
            RecordKey key,
            int partition,
            long offset,
            @Nullable EntityRecord state) {}

    World(RandomGenerator random) {
        this.random = random;
        for (Side side : Side.values()) {
            sides.put(side, new FakeSide());
        }
    }

    FakeSide on(Side side) {
        return sides.get(side);
    }

    /** From now on, with each step of time, a live write comes with this probability, to one of {@code chats} chats. */
    synchronized void writeLive(int chats, double rate) {
        liveChats = chats;
        liveRate = rate;
    }

    synchronized void write(EntityRecord state) {
        append(state.key(), state);
    }

    synchronized void delete(RecordKey key) {
        append(key, null);
    }

    private void append(RecordKey key, @Nullable EntityRecord state) {
        int partition = migration.partitionOf(key);
        long offset = ends.merge(partition, 1L, Long::sum) - 1;
        log.add(new Event(key, partition, offset, state));
    }

    synchronized void letBothCatchUp() {
        sides.values().forEach(side -> side.apply(Integer.MAX_VALUE));
    }

    synchronized void timePasses() {
        if (random.nextDouble() < liveRate) {
            String id = "live-" + random.nextInt(liveChats);
            if (random.nextInt(4) == 0) {
                delete(Chats.chatKey(id));
            } else {
                write(Chats.chat(id, "title " + random.nextInt()));
            }
        }
        for (FakeSide side : sides.values()) {
            if (side.follows && random.nextInt(3) > 0) {
                side.apply(random.nextInt(3));
            }
        }
    }

    @Override
    public Follower follow(Set<RecordKey> keys) {
        return new Follower() {
            @Override
            public Map<RecordKey, Logged> catchUp() {
                synchronized (World.this) {
                    Map<RecordKey, Logged> last = new HashMap<>();
                    log.stream()
                            .filter(event -> keys.contains(event.key()))
                            .forEach(event ->
                                    last.put(event.key(), new Logged(event.offset(), event.state(), null, -1)));
                    return last;
                }
            }

            @Override
            public void close() {}
        };
    }

    /** One side. What {@link #edit} has set stays, whatever the log says later. */
    final class FakeSide implements StoreReader {
        private final Map<RecordKey, EntityRecord> records = new TreeMap<>();
        private final Set<RecordKey> edited = new java.util.HashSet<>();
        private final Map<Integer, Long> positions = new HashMap<>();
        private final List<EntityRecord> again = new ArrayList<>();
        private final Map<RecordKey, String> broken = new LinkedHashMap<>();
        private int applied;
        private boolean follows = true;
        private @Nullable RuntimeException failure;

        void edit(RecordKey key, @Nullable EntityRecord state) {
            edited.add(key);
            put(key, state);
        }

        void standsStill() {
            follows = false;
        }

        void goesOn() {
            follows = true;
        }

        void holdsTwice(EntityRecord state) {
            again.add(state);
        }

        void cannotRead(RecordKey key, String fault) {
            broken.put(key, fault);
        }

        void failsWith(RuntimeException e) {
            failure = e;
        }

        private void put(RecordKey key, @Nullable EntityRecord state) {
            if (state == null) {
                records.remove(key);
            } else {
                records.put(key, state);
            }
        }

        void apply(int events) {
            for (int i = 0; i < events && applied < log.size(); i++) {
                Event event = log.get(applied++);
                if (!edited.contains(event.key())) {
                    put(event.key(), event.state());
                }
                positions.put(event.partition(), event.offset() + 1);
            }
        }

        @Override
        public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
            synchronized (World.this) {
                List<RecordKey> keys = of(entity);
                List<Chunk> chunks = new ArrayList<>();
                for (int from = 0; from < keys.size(); from += targetRecords) {
                    int to = from + targetRecords;
                    chunks.add(new Chunk(
                            from == 0 ? "" : keys.get(from).text(),
                            to >= keys.size() ? "" : keys.get(to).text(),
                            targetRecords));
                }
                return chunks.iterator();
            }
        }

        private List<RecordKey> of(Entity entity) {
            return records.keySet().stream()
                    .filter(key -> key.entity() == entity)
                    .toList();
        }

        @Override
        public RecordStream scan(Entity entity, Chunk chunk) {
            if (failure != null) {
                throw failure;
            }
            List<RecordKey> keys = new ArrayList<>();
            synchronized (World.this) {
                of(entity).stream()
                        .filter(key -> key.text().compareTo(chunk.from()) >= 0
                                && (chunk.to().isEmpty() || key.text().compareTo(chunk.to()) < 0))
                        .forEach(keys::add);
                if (chunk.to().isEmpty()) {
                    again.stream()
                            .map(EntityRecord::key)
                            .filter(key -> key.entity() == entity)
                            .forEach(keys::add);
                }
            }
            Iterator<RecordKey> left = keys.iterator();
            return new RecordStream() {
                private @Nullable Scanned next;

                @Override
                public boolean hasNext() {
                    while (next == null && left.hasNext()) {
                        next = read(left.next());
                    }
                    return next != null;
                }

                @Override
                public Scanned next() {
                    Scanned now = next;
                    next = null;
                    timePasses();
                    return now;
                }

                @Override
                public void close() {}
            };
        }

        private @Nullable Scanned read(RecordKey key) {
            synchronized (World.this) {
                if (broken.containsKey(key)) {
                    return Scanned.bad(
                            key.label(),
                            broken.get(key),
                            key.text(),
                            dev.changeover.model.entity.Bytes.copyOf(new byte[0]));
                }
                EntityRecord found = records.get(key);
                return found == null ? null : Scanned.good(found, key.label());
            }
        }

        @Override
        public Reading read(Entity entity, Collection<RecordKey> keys) {
            timePasses();
            synchronized (World.this) {
                Map<RecordKey, EntityRecord> found = new LinkedHashMap<>();
                Map<RecordKey, String> faults = new LinkedHashMap<>();
                for (RecordKey key : keys) {
                    if (broken.containsKey(key)) {
                        faults.put(key, broken.get(key));
                    } else if (records.containsKey(key)) {
                        found.put(key, records.get(key));
                    }
                }
                return new Reading(Map.copyOf(positions), found, faults);
            }
        }

        @Override
        public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long count(Entity entity) {
            return of(entity).size();
        }

        @Override
        public void close() {}
    }
}
