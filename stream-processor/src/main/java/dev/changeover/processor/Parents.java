package dev.changeover.processor;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Op;
import dev.changeover.model.json.InvalidValueException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sends parents on with the totals that their records make, ahead of these. */
final class Parents {
    private final Migration migration;
    private final List<RecordCheck> checks;
    private final EventCodec codec;
    private final Totals totals;
    private final Records records;
    private final Pointers pointers;
    private final Tally tally;
    private final Outputs outputs;

    Parents(
            Migration migration,
            List<RecordCheck> checks,
            EventCodec codec,
            Records records,
            Pointers pointers,
            Tally tally,
            Outputs outputs) {
        this.migration = migration;
        this.checks = checks;
        this.codec = codec;
        this.totals = new Totals(migration);
        this.records = records;
        this.pointers = pointers;
        this.tally = tally;
        this.outputs = outputs;
    }

    /**
     * @param current the record before, or null if it is new
     * @param again whether it was deleted before
     * @throws InvalidValueException if the parent cannot become what the totals say
     */
    void add(Write write, @Nullable EntityRecord current, EntityRecord after, boolean again)
            throws InvalidValueException {
        RecordKey key = Totals.parentOf(migration, after);
        EntityRecord parent = current(key);
        EntityRecord parentAfter = totals.parentAfter(parent, current, after, again);
        if (parent != null && parentAfter.equals(parent)) {
            return;
        }
        for (RecordCheck check : checks) {
            Optional<String> objection = check.objection(parentAfter);
            if (objection.isPresent()) {
                throw new InvalidValueException(objection.get());
            }
        }
        send(write, after, parent, parentAfter);
    }

    /** Takes what {@code deleted} has added from its parent, if that is there. */
    void takeBack(Write write, EntityRecord deleted) {
        if (!Totals.followDeletes(deleted.entity())) {
            return;
        }
        EntityRecord parent = current(Totals.parentOf(migration, deleted));
        if (parent == null) {
            return;
        }
        EntityRecord left = Totals.parentWithout(parent, deleted);
        if (!left.equals(parent)) {
            send(write, deleted, parent, left);
        }
    }

    private @Nullable EntityRecord current(RecordKey key) {
        return records.find(key)
                .filter(RecordState::exists)
                .map(state -> records.recordOf(key, state))
                .orElse(null);
    }

    private void send(Write write, EntityRecord child, @Nullable EntityRecord parent, EntityRecord after) {
        RecordKey key = after.key();
        String origin = "total of " + child.entity().name();
        Op op = parent == null ? Op.CREATE : Op.UPDATE;
        byte[] withoutBefore =
                codec.write(new ChangeEvent(op, key, null, after, null, origin, write.timestampMillis()));
        byte[] change = codec.write(new ChangeEvent(op, key, parent, after, null, origin, write.timestampMillis()));
        byte[] keyBytes = key.bytes();
        tally.derived();
        outputs.change(
                write, keyBytes, Sizes.tooLarge(keyBytes, change) ? withoutBefore : change, write.headersAhead());
        boolean everDeleted = records.find(key).map(RecordState::everDeleted).orElse(false);
        records.put(keyBytes, RecordState.live(everDeleted, write.offset(), withoutBefore));
        pointers.move(key, parent, after);
    }
}
