package dev.changeover.app.simulation;

import dev.changeover.model.entity.RecordKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the clients of all gateways remember: what was acknowledged and what was shown to them, by record. */
final class ClientMemory {
    /** Offset in {@code changes} that a read which begins now must have seen, by record. */
    private final Map<RecordKey, Long> known = new HashMap<>();

    private final List<Client.Wish> unanswered = new ArrayList<>();
    private int versions;

    int nextVersion() {
        return ++versions;
    }

    long known(RecordKey key) {
        return known.getOrDefault(key, -1L);
    }

    /** A write of {@code key} was acknowledged, or a read of it was shown, that has the event at this offset of {@code changes}. */
    void learn(RecordKey key, long offset) {
        known.merge(key, offset, Math::max);
    }

    Map<RecordKey, Long> all() {
        return known;
    }

    /** Writes whose outcome nobody knows: to be sent again. */
    List<Client.Wish> unanswered() {
        return unanswered;
    }
}
