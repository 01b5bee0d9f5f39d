package dev.changeover.store;

import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Op;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes to be applied together.
 *
 * @param advances from where to where each partition moves; at most one for each
 * @param changes in the order of the log in each partition; may be empty where only markers lie between the offsets
 */
public record Batch(List<Advance> advances, List<LoggedChange> changes) {
    public Batch {
        advances = List.copyOf(advances);
        changes = List.copyOf(changes);
    }

    /**
     * @param from the consumer's position before the batch, which must be the store's
     * @param to the consumer's position after it: offsets have holes, so it is not the last change's offset plus one
     * @param writesNext one past the offset in {@code writes} of the last change; unchanged ones repeat what the store had
     */
    public record Advance(int partition, long from, long to, long writesNext) {}

    /**
     * @param offset in {@code changes}
     * @param event an accepted one: never a patch; a snapshot read that {@linkplain #cameFrom came from} the store of this batch may be
     *     without its state
     * @param readFrom the side whose store it was read from, which has it already, or something newer; null for any other
     */
    public record LoggedChange(
            int partition,
            long offset,
            ChangeEvent event,
            @Nullable Side readFrom) {
        public LoggedChange(int partition, long offset, ChangeEvent event) {
            this(partition, offset, event, null);
        }

        /** Whether the store of {@code side} has nothing to do for it. */
        public boolean cameFrom(Side side) {
            return readFrom == side || (side == Side.LEGACY && event.op() == Op.SNAPSHOT);
        }
    }
}
