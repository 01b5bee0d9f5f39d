package dev.changeover.store.postgresql;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Op;
import dev.changeover.store.ApplyOutcome;
import java.util.Objects;

/** One change on its way into a table; its outcome is applied until something else is found out. */
final class Item {
    private final int partition;
    private final long offset;
    private final ChangeEvent event;
    private final EntityTable table;
    private ApplyOutcome outcome = ApplyOutcome.applied();

    Item(int partition, long offset, ChangeEvent event, EntityTable table) {
        this.partition = partition;
        this.offset = offset;
        this.event = event;
        this.table = table;
    }

    int partition() {
        return partition;
    }

    long offset() {
        return offset;
    }

    ChangeEvent event() {
        return event;
    }

    RecordKey key() {
        return event.key();
    }

    EntityTable table() {
        return table;
    }

    boolean isDelete() {
        return event.op() == Op.DELETE;
    }

    /** Of an upsert. */
    EntityRecord after() {
        return Objects.requireNonNull(event.after(), "an accepted event that is no delete has a state");
    }

    ApplyOutcome outcome() {
        return outcome;
    }

    void settle(ApplyOutcome settled) {
        this.outcome = settled;
    }

    boolean isApplied() {
        return outcome instanceof ApplyOutcome.Applied;
    }
}
