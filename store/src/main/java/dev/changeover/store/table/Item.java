package dev.changeover.store.table;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Op;
import dev.changeover.store.ApplyOutcome;
import java.util.Objects;

/** One change on its way into a table; its outcome is applied until something else is found out. */
public final class Item {
    private final int partition;
    private final long offset;
    private final ChangeEvent event;
    private final boolean isNew;
    private ApplyOutcome outcome = ApplyOutcome.applied();

    public Item(int partition, long offset, ChangeEvent event) {
        this(partition, offset, event, event.op() == Op.CREATE || event.op() == Op.SNAPSHOT);
    }

    private Item(int partition, long offset, ChangeEvent event, boolean isNew) {
        this.partition = partition;
        this.offset = offset;
        this.event = event;
        this.isNew = isNew;
    }

    /** The same where it comes behind {@code before}, another change of the record, in one transaction. */
    Item behind(Item before) {
        return before.isNew && !before.isDelete() ? new Item(partition, offset, event, true) : this;
    }

    /** Whether the table has, by what the log says, no row of the record before this transaction or when its deletes are done. */
    public boolean isNew() {
        return isNew;
    }

    public int partition() {
        return partition;
    }

    public long offset() {
        return offset;
    }

    public ChangeEvent event() {
        return event;
    }

    public RecordKey key() {
        return event.key();
    }

    public boolean isDelete() {
        return event.op() == Op.DELETE;
    }

    /** Of an upsert. */
    public EntityRecord after() {
        return Objects.requireNonNull(event.after(), "an accepted event that is no delete has a state");
    }

    public ApplyOutcome outcome() {
        return outcome;
    }

    public void settle(ApplyOutcome settled) {
        this.outcome = settled;
    }

    public boolean isApplied() {
        return outcome instanceof ApplyOutcome.Applied;
    }
}
