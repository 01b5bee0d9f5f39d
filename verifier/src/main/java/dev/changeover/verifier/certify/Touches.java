package dev.changeover.verifier.certify;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;

/** What others were seen to write to since the last time that somebody asked. Safe for use by several threads. */
public final class Touches {
    private static final int MAX_KEYS = 100_000;

    private Set<RecordKey> keys = new LinkedHashSet<>();
    private Set<String> unclear = new LinkedHashSet<>();

    /**
     * @param keys records that were written to
     * @param unclear where it is not known which records were: they must be read whole
     */
    public record Taken(Set<RecordKey> keys, Set<String> unclear) {}

    public synchronized void add(Collection<RecordKey> more) {
        if (keys.size() + more.size() > MAX_KEYS) {
            unclear.add("more than %d records".formatted(MAX_KEYS));
        } else {
            keys.addAll(more);
        }
    }

    public synchronized void add(Side side, Entity entity) {
        unclear.add("%s on the %s side".formatted(entity.name(), side));
    }

    /** All of it; it is forgotten here. */
    public synchronized Taken take() {
        Taken taken = new Taken(keys, unclear);
        keys = new LinkedHashSet<>();
        unclear = new LinkedHashSet<>();
        return taken;
    }
}
