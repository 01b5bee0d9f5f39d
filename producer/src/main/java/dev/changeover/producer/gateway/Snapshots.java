package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Op;
import dev.changeover.store.Reading;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * While a backfill may still run, the processor does not know every record of the legacy store. A write that depends on what is
 * there would be taken for one of a record that is not there. So what is there goes onto the log first, as a snapshot read, which
 * loses to whatever the processor knows.
 */
final class Snapshots {
    private static final int PAGE = 500;

    private final Migration migration;
    private final GatewayState state;
    private final StoreReads reads;
    private final Writes writes;
    private final InstantSource clock;

    Snapshots(Migration migration, GatewayState state, StoreReads reads, Writes writes, InstantSource clock) {
        this.migration = migration;
        this.state = state;
        this.reads = reads;
        this.writes = writes;
        this.clock = clock;
    }

    /** Whether {@code request} needs {@link #publishBefore} now. */
    boolean needed(Writes.Request request) {
        Op op = request.event().op();
        Entity entity = request.event().key().entity();
        if (!state.backfillMayRun()) {
            return false;
        }
        boolean depends = op == Op.UPDATE || op == Op.DELETE || request.createOnly();
        return (depends && entity.legacy().isPresent()) || changedBy(op, entity).isPresent();
    }

    /**
     * Publishes what the legacy store holds for the record, for the parent whose totals it changes, and for a delete also for the
     * children that it takes along. Reads the store: not for a thread of the server.
     *
     * @throws Problem 422 if there is a record that cannot be read: a failed read is no absence; 429 if too much is under way
     */
    void publishBefore(Writes.Request request) {
        ChangeEvent event = request.event();
        RecordKey key = event.key();
        changedBy(event.op(), key.entity()).ifPresent(up -> publishParent(key, up));
        if (key.entity().legacy().isEmpty()) {
            return;
        }
        Reading reading = reads.on(Side.LEGACY).read(key.entity(), List.of(key));
        @Nullable String fault = reading.faults().get(key);
        if (fault != null && event.op() != Op.DELETE) {
            throw Problem.refused(
                    "Cannot write %s: the legacy side has it, but it cannot be read: %s".formatted(key.label(), fault));
        }
        @Nullable EntityRecord found = reading.found().get(key);
        if (found != null) {
            publish(List.of(found), "gateway, before a write");
        }
        if (event.op() == Op.DELETE) {
            publishChildren(key);
        }
    }

    /** The link to the parent whose totals such a write changes, if that is on the legacy side: its baseline. */
    private Optional<Reference> changedBy(Op op, Entity entity) {
        boolean changes = op == Op.DELETE
                ? entity.totals().stream().anyMatch(total -> total.kind().isTakenBack())
                : !entity.totals().isEmpty();
        return changes
                ? entity.parent()
                        .filter(up -> migration.entity(up.entity()).legacy().isPresent())
                : Optional.empty();
    }

    private void publishParent(RecordKey child, Reference up) {
        List<Object> values = new ArrayList<>();
        for (String field : up.fields()) {
            values.add(child.values()
                    .get(child.entity().key().indexOf(child.entity().field(field))));
        }
        RecordKey key = RecordKey.of(migration.entity(up.entity()), values);
        Reading reading = reads.on(Side.LEGACY).read(key.entity(), List.of(key));
        @Nullable String fault = reading.faults().get(key);
        if (fault != null) {
            throw Problem.refused("Cannot write %s: the legacy side has %s, which it adds to, but it cannot be read: %s"
                    .formatted(child.label(), key.label(), fault));
        }
        @Nullable EntityRecord found = reading.found().get(key);
        if (found != null) {
            publish(List.of(found), "gateway, before a write");
        }
    }

    private void publishChildren(RecordKey key) {
        for (Entity child : migration.entities()) {
            @Nullable Reference parent = child.parent().orElse(null);
            if (parent == null
                    || !parent.entity().equals(key.entity().name())
                    || parent.onDelete() != Reference.OnDelete.CASCADE
                    || child.legacy().isEmpty()) {
                continue;
            }
            Map<String, Object> equal = new LinkedHashMap<>();
            for (int i = 0; i < parent.fields().size(); i++) {
                equal.put(parent.fields().get(i), key.values().get(i));
            }
            publishAll(child, equal);
        }
    }

    private void publishAll(Entity child, Map<String, Object> equal) {
        @Nullable RecordKey after = null;
        List<EntityRecord> page;
        do {
            page = reads.on(Side.LEGACY).page(child, after, equal, PAGE);
            publish(page, "gateway, before a delete");
            for (EntityRecord found : page) {
                publishChildren(found.key());
                after = found.key();
            }
        } while (page.size() == PAGE);
    }

    private void publish(List<EntityRecord> found, String origin) {
        List<ChangeEvent> snapshots = found.stream()
                .map(each -> ChangeEvent.snapshot(each, origin, clock.millis()))
                .toList();
        if (!snapshots.isEmpty() && !writes.publishFirst(snapshots)) {
            throw Problem.overloaded("Too many writes are under way; nothing was written, try again");
        }
    }
}
