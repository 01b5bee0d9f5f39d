package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.util.LinkedHashMap;
import java.util.Map;

/** A log that has nothing but one event of each of some records. */
record ScratchHistory(Map<RecordKey, EntityRecord> records) implements ChangesHistory.Follower {
    @Override
    public Map<RecordKey, ChangesHistory.Logged> catchUp() {
        Map<RecordKey, ChangesHistory.Logged> logged = new LinkedHashMap<>();
        records.forEach((key, state) -> logged.put(key, new ChangesHistory.Logged(0, state, null, -1)));
        return logged;
    }

    @Override
    public void close() {
        // nothing is open
    }
}
