package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.fail;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** No verdict without a difference: as long as only sinks write, what differs is lag, or waits in its store for its parent. */
final class VerdictChecks {
    private final Place place;
    private final StoreChecks stores;
    private final long[] read = new long[Chats.PARTITIONS];
    private final Map<String, Verdict> open = new TreeMap<>();
    private boolean planted;

    VerdictChecks(Place place, StoreChecks stores) {
        this.place = place;
        this.stores = stores;
    }

    /** From now on there are differences that ought to be found. */
    void plant() {
        planted = true;
    }

    Map<String, Verdict> open() {
        return open;
    }

    List<RecordKey> keys() {
        return open.values().stream().map(Verdict::key).toList();
    }

    boolean open(RecordKey key, Side side) {
        return open.containsKey(Verdict.place(key.text(), side));
    }

    void check() {
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            for (ConsumerRecord<byte[], byte[]> each :
                    place.log.records(Place.TOPICS.verdicts(), partition, read[partition])) {
                read[partition] = each.offset() + 1;
                String key = new String(each.key(), StandardCharsets.UTF_8);
                List<Verdict> now = each.value() == null ? List.of() : Wire.verdicts(Chats.MIGRATION, each.value());
                for (Side side : Side.values()) {
                    open.remove(Verdict.place(key, side));
                }
                for (Verdict verdict : now) {
                    open.put(verdict.place(), verdict);
                    if (!planted && !stores.wasParked(verdict.side(), verdict.key())) {
                        fail("false red: %s", verdict);
                    }
                }
            }
        }
    }
}
