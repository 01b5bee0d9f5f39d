package dev.changeover.verifier.explain;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Side;
import org.jspecify.annotations.Nullable;

/**
 * What the three hold of one key; null where there is no record.
 *
 * @param log what the log says it should be
 * @param before what the log said before its last change, where that is known
 * @param legacyFault what is wrong with the legacy side's record if it cannot be read; otherwise empty
 * @param targetFault the same of the target
 */
public record Three(
        @Nullable EntityRecord legacy,
        @Nullable EntityRecord log,
        @Nullable EntityRecord before,
        @Nullable EntityRecord target,
        String legacyFault,
        String targetFault) {
    public @Nullable EntityRecord on(Side side) {
        return side == Side.LEGACY ? legacy : target;
    }

    public String fault(Side side) {
        return side == Side.LEGACY ? legacyFault : targetFault;
    }
}
