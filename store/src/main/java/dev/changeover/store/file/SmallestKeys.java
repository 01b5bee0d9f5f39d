package dev.changeover.store.file;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The records with the smallest keys of all that are offered, as many as a page has. */
final class SmallestKeys {
    private final @Nullable RecordKey after;
    private final int limit;
    private final TreeMap<RecordKey, EntityRecord> records = new TreeMap<>();

    SmallestKeys(@Nullable RecordKey after, int limit) {
        this.after = after;
        this.limit = limit;
    }

    void offer(EntityRecord entityRecord) {
        RecordKey key = entityRecord.key();
        if ((after != null && key.compareTo(after) <= 0) || (isFull() && key.compareTo(records.lastKey()) > 0)) {
            return;
        }
        records.put(key, entityRecord);
        if (records.size() > limit) {
            records.pollLastEntry();
        }
    }

    boolean isFull() {
        return records.size() >= limit;
    }

    List<EntityRecord> sorted() {
        return new ArrayList<>(records.values());
    }
}
