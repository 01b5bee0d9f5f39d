package dev.changeover.processor;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which records of this partition point to a record, by reference: entries {@code link, target's key, pointing key}, each
 * behind a zero byte, which no JSON text has.
 */
final class Pointers {
    private static final char MARK = 'p';

    private static final char SEPARATOR = '\0';
    private static final byte[] PRESENT = {1};

    private final Links links;
    private final Part pointers;

    Pointers(Links links, PartitionState state) {
        this.links = links;
        this.pointers = new Part(state, MARK);
    }

    /** Follows a record from one state to the next; null where there is none. */
    void move(RecordKey key, @Nullable EntityRecord before, @Nullable EntityRecord after) {
        for (Links.Link link : links.from(key.entity())) {
            if (link.inKeyPrefix()) {
                continue;
            }
            RecordKey old = before == null ? null : link.target(before);
            RecordKey now = after == null ? null : link.target(after);
            if (Objects.equals(old, now)) {
                continue;
            }
            if (old != null) {
                pointers.delete(entry(link, old, key));
            }
            if (now != null) {
                pointers.put(entry(link, now, key), PRESENT);
            }
        }
    }

    /** Does something with the key of each record that points to {@code target}; it may change what they point to. */
    void forEach(Links.Link link, RecordKey target, Visitor visitor) {
        byte[] prefix = (link.name() + SEPARATOR + target.text() + SEPARATOR).getBytes(StandardCharsets.UTF_8);
        try (Part.Entries found = pointers.startingWith(prefix)) {
            while (found.hasNext()) {
                byte[] entry = found.next().key;
                visitor.visit(Arrays.copyOfRange(entry, prefix.length, entry.length));
            }
        }
    }

    interface Visitor {
        void visit(byte[] pointing);
    }

    private static byte[] entry(Links.Link link, RecordKey target, RecordKey pointing) {
        return (link.name() + SEPARATOR + target.text() + SEPARATOR + pointing.text()).getBytes(StandardCharsets.UTF_8);
    }
}
