package dev.changeover.store.file;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One entity's files, as they are now. Safe for use by several threads. */
interface EntityFiles {
    Iterator<Chunk> chunks(int targetRecords);

    RecordStream scan(Chunk chunk);

    /** For chunks one after the other, in one thread; see {@link dev.changeover.store.Scans}. */
    default Function<Chunk, RecordStream> scans() {
        return this::scan;
    }

    /** Looks for {@code keys}; those that are not there are not mentioned. */
    void read(Collection<RecordKey> keys, Found found);

    /** @param pathTexts texts of fields, of which those that the files' paths name narrow down where to look */
    List<EntityRecord> page(
            @Nullable RecordKey after, Predicate<EntityRecord> wanted, Map<String, String> pathTexts, int limit);

    long count();

    /** Why a record would not come back from these files as it is, wherever it stood; empty if it would. */
    Optional<String> unfit(EntityRecord entityRecord);

    /** What was found of some keys. */
    record Found(Map<RecordKey, EntityRecord> records, Map<RecordKey, String> faults) {
        Found() {
            this(new HashMap<>(), new HashMap<>());
        }

        void record(RecordKey key, EntityRecord entityRecord) {
            records.put(key, entityRecord);
        }

        void fault(RecordKey key, String fault) {
            faults.put(key, fault);
        }

        void forget(RecordKey key) {
            records.remove(key);
            faults.remove(key);
        }
    }
}
