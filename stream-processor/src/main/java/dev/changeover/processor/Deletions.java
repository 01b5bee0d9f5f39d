package dev.changeover.processor;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Op;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Deletes with their consequences, as events of their own: a database would let them cascade in silence, and files would not.
 *
 * <p>Records of the same aggregate are in this partition, so their deletes go ahead of the parent's. Records that point to the
 * deleted one from elsewhere may be in any partition: each is told through {@code writes}, deals with its own, and remembers
 * the deleted key for snapshot reads that come later.
 */
final class Deletions {
    private final Links links;
    private final EventCodec codec;
    private final Records records;
    private final Pointers pointers;
    private final GoneElsewhere gone;
    private final Parents parents;
    private final Tally tally;
    private final Outputs outputs;

    Deletions(
            Links links,
            EventCodec codec,
            Records records,
            Pointers pointers,
            GoneElsewhere gone,
            Parents parents,
            Tally tally,
            Outputs outputs) {
        this.links = links;
        this.codec = codec;
        this.records = records;
        this.pointers = pointers;
        this.gone = gone;
        this.parents = parents;
        this.tally = tally;
        this.outputs = outputs;
    }

    /** The delete that was asked for; {@code current} is null if the record is not known or already gone. */
    void delete(Write write, ChangeEvent asked, @Nullable EntityRecord current) {
        if (current != null) {
            parents.takeBack(write, current);
        }
        deleteDependents(write, asked.key());
        ChangeEvent event =
                new ChangeEvent(Op.DELETE, asked.key(), current, null, null, asked.origin(), asked.timestampMillis());
        tally.change();
        emit(write, event, current, write.changeHeaders());
    }

    /** Another partition deleted {@code deleted}: what points to it here follows, now and later. */
    void deletedElsewhere(Write write, RecordKey deleted) {
        gone.remember(deleted);
        for (Links.Link link : links.to(deleted.entity())) {
            if (!link.reference().parent()) {
                pointers.forEach(link, deleted, pointing -> follow(write, link, deleted, records.keyOf(pointing)));
            }
        }
    }

    private void follow(Write write, Links.Link link, RecordKey deleted, RecordKey pointing) {
        RecordState state = records.find(pointing).filter(RecordState::exists).orElse(null);
        if (state == null) {
            return;
        }
        EntityRecord current = records.recordOf(pointing, state);
        if (!Objects.equals(deleted, link.target(current))) {
            return;
        }
        if (link.cascades()) {
            deleteDerived(write, pointing, current, deleted);
        } else {
            cut(write, link, current, write.headersAhead());
        }
    }

    /**
     * Sends {@code current} on without what it points to by {@code link}.
     *
     * @return what is left of it
     */
    EntityRecord cut(Write write, Links.Link link, EntityRecord current, Headers headers) {
        EntityRecord after = link.cut(current);
        RecordKey key = current.key();
        RecordKey deleted = link.target(current);
        String origin = "cascade of " + (deleted == null ? link.name() : deleted.label());
        byte[] withoutBefore =
                codec.write(new ChangeEvent(Op.UPDATE, key, null, after, null, origin, write.timestampMillis()));
        byte[] change =
                codec.write(new ChangeEvent(Op.UPDATE, key, current, after, null, origin, write.timestampMillis()));
        byte[] keyBytes = key.bytes();
        tally.derived();
        // Nobody is there to be told that it is too large: the state before it is what can be done without.
        outputs.change(write, keyBytes, Sizes.tooLarge(keyBytes, change) ? withoutBefore : change, headers);
        boolean everDeleted = records.find(key).map(RecordState::everDeleted).orElse(false);
        records.put(keyBytes, RecordState.live(everDeleted, write.offset(), withoutBefore));
        pointers.move(key, current, after);
        return after;
    }

    private void deleteDependents(Write write, RecordKey key) {
        boolean elsewhere = false;
        for (Links.Link link : links.to(key.entity())) {
            if (!link.reference().parent()) {
                elsewhere = true;
            } else if (link.inKeyPrefix()) {
                lastFirst(link.keyPrefix(key))
                        .forEach((child, state) -> deleteDerived(write, child, records.recordOf(child, state), key));
            } else {
                pointers.forEach(link, key, pointing -> follow(write, link, key, records.keyOf(pointing)));
            }
        }
        if (elsewhere) {
            outputs.deletionToEveryPartition(write, key);
        }
    }

    /** In an array that nothing can be taken out of, whatever part of the deletes a sink has applied, the rest still stands where it stood. */
    private NavigableMap<RecordKey, RecordState> lastFirst(String keyPrefix) {
        NavigableMap<RecordKey, RecordState> children = new TreeMap<>(Comparator.reverseOrder());
        records.forEach(keyPrefix, children::put);
        return children;
    }

    private void deleteDerived(Write write, RecordKey key, EntityRecord current, RecordKey cause) {
        deleteDependents(write, key);
        ChangeEvent event = new ChangeEvent(
                Op.DELETE, key, current, null, null, "cascade of " + cause.label(), write.timestampMillis());
        tally.derived();
        emit(write, event, current, write.headersAhead());
    }

    private void emit(Write write, ChangeEvent event, @Nullable EntityRecord current, Headers headers) {
        RecordKey key = event.key();
        byte[] keyBytes = key.bytes();
        outputs.change(write, keyBytes, codec.write(event), headers);
        records.put(keyBytes, RecordState.deleted(write.offset()));
        pointers.move(key, current, null);
        tally.deleted(key.entity());
    }

    /**
     * Whether a record above {@code key} in its aggregate was ever deleted live: what a snapshot read still saw below it went
     * with it then, even if the record above was written anew since.
     */
    boolean wentWithAnAncestor(RecordKey key) {
        RecordKey below = key;
        Links.Link up = links.cascadingParent(below.entity());
        while (up != null) {
            RecordKey parent = up.parentOf(below);
            if (tally.hasDeletes(parent.entity())
                    && records.find(parent).map(RecordState::everDeleted).orElse(false)) {
                return true;
            }
            below = parent;
            up = links.cascadingParent(below.entity());
        }
        return false;
    }

    /** The parent of {@code key}, if it is known to be deleted. */
    @Nullable
    RecordKey deletedParent(RecordKey key) {
        Links.Link up = links.cascadingParent(key.entity());
        if (up == null) {
            return null;
        }
        RecordKey parent = up.parentOf(key);
        boolean deleted = tally.hasDeletes(parent.entity())
                && records.find(parent).map(state -> !state.exists()).orElse(false);
        return deleted ? parent : null;
    }

    /** The first of the links of {@code found} that leads to a record deleted in another partition; null if none does. */
    Links.@Nullable Link linkToNowhere(EntityRecord found) {
        if (!gone.any()) {
            return null;
        }
        for (Links.Link link : links.from(found.entity())) {
            RecordKey target = link.reference().parent() ? null : link.target(found);
            if (target != null && gone.contains(target)) {
                return link;
            }
        }
        return null;
    }
}
