package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.fail;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.MemoryStore;
import dev.changeover.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What must hold of both stores after each step: positions and records go forwards, each event goes in once, no progress is ahead of its store. */
final class StoreChecks {
    private final Place place;
    private final Map<Side, Watched> sides = new EnumMap<>(Side.class);
    private long progressRead;

    /** What was seen of a side until now. */
    private static final class Watched {
        private final Set<RecordKey> parked = new HashSet<>();
        private final Map<RecordKey, Long> offsets = new HashMap<>();
        private Map<Integer, Store.Applied> positions = Map.of();
        private int written;
    }

    StoreChecks(Place place) {
        this.place = place;
        for (Side side : Side.values()) {
            sides.put(side, new Watched());
        }
    }

    void check() {
        sides.forEach(this::check);
        checkProgress();
    }

    /** Whether it has ever waited in its store for another record. */
    boolean wasParked(Side side, RecordKey key) {
        return sides.get(side).parked.contains(key);
    }

    private void check(Side side, Watched watched) {
        new MemoryStore(Chats.MIGRATION, side, place.contents(side))
                .parked()
                .forEach(each -> watched.parked.add(each.event().key()));
        List<MemoryStore.Written> news = place.contents(side).history(watched.written);
        watched.written += news.size();
        for (MemoryStore.Written each : news) {
            Long before = watched.offsets.put(each.key(), each.offset());
            if (before != null && each.offset() <= before) {
                fail(
                        "%s has %s from changes@%d again, or older: it had it from @%d",
                        side, each.key(), each.offset(), before);
            }
        }
        Map<Integer, Store.Applied> positions = positions(side);
        positions.forEach((partition, now) -> {
            Store.Applied before = watched.positions.get(partition);
            if (before != null
                    && (now.next() < before.next()
                            || now.epoch() < before.epoch()
                            || now.writesNext() < before.writesNext())) {
                fail("%s went back in partition %d from %s to %s", side, partition, before, now);
            }
        });
        watched.positions = positions;
    }

    private Map<Integer, Store.Applied> positions(Side side) {
        return new MemoryStore(Chats.MIGRATION, side, place.contents(side)).positions();
    }

    private void checkProgress() {
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.progress(), 0, progressRead)) {
            progressRead = each.offset() + 1;
            String key = new String(each.key(), StandardCharsets.UTF_8);
            if (key.startsWith(Side.LEGACY.word()) || key.startsWith(Side.TARGET.word())) {
                Progress said = Wire.progress(each.value());
                Store.Applied applied = positions(said.side()).get(said.partition());
                if (applied == null || said.next() > applied.next()) {
                    fail("%s is said to be further than it is: %s, %s", said.side(), said, applied);
                }
            }
        }
    }
}
