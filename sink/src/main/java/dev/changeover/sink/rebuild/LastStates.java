package dev.changeover.sink.rebuild;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the log says each key is now, as digests only: a table with open addressing, keys by their 128-bit hash. Used by one
 * thread.
 */
final class LastStates {
    private static final int FIRST_SLOTS = 1 << 12;
    private static final int LONGS = 4;

    private final int maxKeys;
    private final Map<String, EntityDigest> totals = new HashMap<>();
    private long[] slots = new long[FIRST_SLOTS * LONGS];
    private int keys;
    private boolean tooMany;

    LastStates(int maxKeys) {
        this.maxKeys = maxKeys;
    }

    /** The record of {@code key} is {@code state} from now on; null if it is gone. */
    void put(RecordKey key, @Nullable EntityRecord state) {
        if (tooMany) {
            return;
        }
        int slot = slotOf(Canonical.digest(key));
        Digest before = new Digest(slots[slot + 2], slots[slot + 3]);
        Digest after = state == null ? Digest.ZERO : Canonical.digest(state);
        slots[slot + 2] = after.high();
        slots[slot + 3] = after.low();
        EntityDigest total = totals.getOrDefault(key.entity().name(), EntityDigest.NONE);
        total = before.equals(Digest.ZERO) ? total : total.without(before);
        totals.put(key.entity().name(), state == null ? total : total.with(after));
    }

    private int slotOf(Digest key) {
        int slot = find(slots, key);
        if (slots[slot + 1] == 0) {
            if (keys == maxKeys) {
                tooMany = true;
                slots = new long[LONGS];
                return 0;
            }
            keys++;
            if (keys * 2L > slots.length / LONGS) {
                grow();
                slot = find(slots, key);
            }
            slots[slot] = key.high();
            slots[slot + 1] = key.low();
        }
        return slot;
    }

    private static int find(long[] slots, Digest key) {
        int mask = slots.length / LONGS - 1;
        int index = (int) key.low() & mask;
        while (true) {
            int slot = index * LONGS;
            boolean free = slots[slot + 1] == 0; // no key's digest has a zero there
            if (free || (slots[slot] == key.high() && slots[slot + 1] == key.low())) {
                return slot;
            }
            index = (index + 1) & mask;
        }
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        for (int slot = 0; slot < slots.length; slot += LONGS) {
            if (slots[slot + 1] != 0) {
                int place = find(larger, new Digest(slots[slot], slots[slot + 1]));
                System.arraycopy(slots, slot, larger, place, LONGS);
            }
        }
        slots = larger;
    }

    /** By entity, in the definition's order; empty if there were more keys than it may keep. */
    Optional<Map<String, EntityDigest>> totals(Migration migration) {
        if (tooMany) {
            return Optional.empty();
        }
        Map<String, EntityDigest> all = new LinkedHashMap<>();
        for (Entity entity : migration.entities()) {
            all.put(entity.name(), totals.getOrDefault(entity.name(), EntityDigest.NONE));
        }
        return Optional.of(all);
    }
}
