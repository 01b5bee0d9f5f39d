package dev.changeover.store;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import java.util.ArrayList;
import java.util.List;

/** A batch of partition 0, one offset for each change. */
public final class BatchBuilder {
    private final long from;
    private final List<Batch.LoggedChange> changes = new ArrayList<>();

    private BatchBuilder(long from) {
        this.from = from;
    }

    public static BatchBuilder from(long offset) {
        return new BatchBuilder(offset);
    }

    public BatchBuilder put(EntityRecord entityRecord) {
        return add(ChangeEvent.put(entityRecord, "test", 0));
    }

    public BatchBuilder snapshot(EntityRecord entityRecord) {
        return add(ChangeEvent.snapshot(entityRecord, "test", 0));
    }

    /** One that was read from the store of {@code side}. */
    public BatchBuilder putReadFrom(Side side, EntityRecord entityRecord) {
        changes.add(new Batch.LoggedChange(0, from + changes.size(), ChangeEvent.put(entityRecord, "test", 0), side));
        return this;
    }

    public BatchBuilder delete(RecordKey key) {
        return add(ChangeEvent.delete(key, "test", 0));
    }

    private BatchBuilder add(ChangeEvent event) {
        changes.add(new Batch.LoggedChange(0, from + changes.size(), event));
        return this;
    }

    /** Ends where the next batch begins. */
    public long end() {
        return from + changes.size();
    }

    public Batch build() {
        return build(end());
    }

    public Batch build(long to) {
        return new Batch(List.of(new Batch.Advance(0, from, to, to)), changes);
    }
}
