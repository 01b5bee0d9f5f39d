package dev.changeover.store.file.journal;

import dev.changeover.store.Batch.LoggedChange;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store.Applied;
import java.util.List;
import java.util.Map;

/**
 * A batch as the journal has it: enough to do it again.
 *
 * @param sequence one more than the last batch's
 * @param positions those that move, as they are afterwards
 * @param changes the last one of each key, those that go in: each says what its record shall be, so that doing it twice
 *     does no more than doing it once
 * @param appends where lines are added
 * @param refused the changes that do not go in
 */
public record JournaledBatch(
        long sequence,
        Map<Integer, Applied> positions,
        List<LoggedChange> changes,
        List<Append> appends,
        List<Refusal> refused) {
    public JournaledBatch {
        positions = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(positions));
        changes = List.copyOf(changes);
        appends = List.copyOf(appends);
        refused = List.copyOf(refused);
    }

    /**
     * Lines that go to the end of a file.
     *
     * @param offset the file's size before them
     * @param lines each with its end
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Append(String path, long offset, byte[] lines) {}
}
