package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.fail;

import dev.changeover.log.ControlState;
import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Wire;
import dev.changeover.producer.publisher.Published;
import dev.changeover.store.MemoryStore;
import dev.changeover.store.Reading;
import dev.changeover.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What clients may rely on while the primary is switched. Judged by what {@code control} amounts to, whatever a process believes.
 */
final class SwitchChecks {
    private final Place place;
    /** What control amounts to before each of its records. */
    private final List<ControlState> states = new ArrayList<>(List.of(ControlState.START));

    SwitchChecks(Place place) {
        this.place = place;
    }

    ControlState truth() {
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.control(), 0, states.size() - 1L)) {
            states.add(states.get(states.size() - 1).apply(Wire.control(each.value())));
        }
        return states.get(states.size() - 1);
    }

    /** Every process comes to the same, however late it reads. */
    void check(List<GatewayProcess> processes) {
        truth();
        for (GatewayProcess each : processes) {
            ControlState believed = each.control().state();
            ControlState then = states.get((int) each.controlRead());
            if (believed.epoch() != then.epoch()
                    || believed.phase() != then.phase()
                    || believed.primary() != then.primary()) {
                fail(
                        "%s believes in %s of epoch %d, and it was %s of epoch %d",
                        each.name(), believed.phase(), believed.epoch(), then.phase(), then.epoch());
            }
        }
    }

    /** Whatever anybody was told or shown is on the primary, at every moment. */
    void check(ClientMemory clients) {
        Side primary = truth().primary();
        clients.all().forEach((key, offset) -> {
            Store.Applied applied = positions(primary, Chats.MIGRATION.partitionOf(key));
            if (offset >= 0 && (applied == null || applied.next() <= offset)) {
                fail(
                        "%s was told or shown as of change @%d, and the primary, %s, is at %s",
                        key, offset, primary, applied);
            }
        });
    }

    /** @return the offset in {@code changes} of what was acknowledged */
    long acknowledged(Client.Wish wish, Published told) {
        switch (told.outcome()) {
            case ACCEPTED, DUPLICATE -> {}
            default -> fail("%s was refused: %s", wish, told);
        }
        long change = changeOf(told.partition(), told.offset());
        Side primary = truth().primary();
        Store.Applied applied = positions(primary, told.partition());
        if (change < 0 || applied == null || applied.next() <= change) {
            fail(
                    "%s is acknowledged by %s, is change @%d, and the primary, %s, is at %s",
                    wish, told.applied(), change, primary, applied);
        }
        return change;
    }

    /** @return the offset in {@code changes} of what was shown */
    long shown(RecordKey key, Side from, Reading reading, long mustKnow, String by) {
        int partition = Chats.MIGRATION.partitionOf(key);
        long position = reading.positions().getOrDefault(partition, 0L);
        long last = -1;
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.changes(), partition)) {
            if (each.offset() < position && Arrays.equals(each.key(), key.bytes())) {
                last = each.offset();
            }
        }
        if (last < mustKnow) {
            fail(
                    "stale: %s shows %s from %s as of change @%d, and somebody was told of @%d before",
                    by, key, from, last, mustKnow);
        }
        return last;
    }

    private long changeOf(int partition, long writeOffset) {
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.changes(), partition)) {
            if (HeaderText.number(each.headers(), Headers.WRITE_OFFSET, -1) == writeOffset) {
                return each.offset();
            }
        }
        return -1;
    }

    private Store.Applied positions(Side side, int partition) {
        return new MemoryStore(Chats.MIGRATION, side, place.contents(side))
                .positions()
                .get(partition);
    }
}
