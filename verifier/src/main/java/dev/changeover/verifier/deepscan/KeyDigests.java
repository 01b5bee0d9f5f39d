package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.RecordKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;

/** One side's keys with their records' digests. One thread writes it. */
final class KeyDigests {
    private final int most;
    private final Map<RecordKey, Digest> digests = new HashMap<>();
    private final Map<RecordKey, Integer> twice = new LinkedHashMap<>();
    private boolean complete = true;

    /** @param most how many it takes at most; if there are more, it has none */
    KeyDigests(int most) {
        this.most = most;
    }

    void add(RecordKey key, Digest digest) {
        if (!complete) {
            return;
        }
        if (digests.put(key, digest) != null) {
            twice.merge(key, 2, (before, two) -> before + 1);
        }
        if (digests.size() > most) {
            complete = false;
            digests.clear();
            twice.clear();
        }
    }

    /** Whether all that were added are in it. */
    boolean isComplete() {
        return complete;
    }

    /** Keys that were added more than once, and how often. */
    Map<RecordKey, Integer> twice() {
        return twice;
    }

    /** Adds the keys that one of both has, or has with another digest. {@code target} is of no use afterwards. */
    static void compare(KeyDigests legacy, KeyDigests target, SortedSet<RecordKey> suspects) {
        legacy.digests.forEach((key, digest) -> {
            Digest other = target.digests.remove(key);
            if (!digest.equals(other)) {
                suspects.add(key);
            }
        });
        suspects.addAll(target.digests.keySet());
    }
}
