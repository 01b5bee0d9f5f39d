package dev.changeover.processor;

import dev.changeover.model.entity.RecordKey;

/**
 * Keys of other partitions that were deleted live and that records here may point to. A snapshot read may come long after the
 * delete and still hold the old pointer.
 */
final class GoneElsewhere {
    private static final char MARK = 'g';

    private static final byte[] GONE = {1};

    private final Part gone;
    private boolean any;

    GoneElsewhere(PartitionState state) {
        this.gone = new Part(state, MARK);
        try (Part.Entries all = gone.startingWith(new byte[0])) {
            this.any = all.hasNext();
        }
    }

    void remember(RecordKey deleted) {
        gone.put(deleted.bytes(), GONE);
        any = true;
    }

    boolean contains(RecordKey key) {
        return any && gone.get(key.bytes()) != null;
    }

    /** Whether there is any at all: most of the time there is none, and nothing needs to be looked up. */
    boolean any() {
        return any;
    }
}
