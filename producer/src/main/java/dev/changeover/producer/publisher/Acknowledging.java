package dev.changeover.producer.publisher;

import dev.changeover.model.entity.Side;
import java.util.EnumSet;
import java.util.Set;

/** What a publisher must know of the migration at each moment; asked for every write, so it must be cheap. */
public interface Acknowledging {
    /**
     * The sides that must have a write before it is answered as applied by the primary: the primary, and both while a cutover
     * is under way.
     */
    Set<Side> sides();

    /** The sides that must have a write before it is answered as applied by both: both, until the legacy side is no longer written. */
    default Set<Side> all() {
        return EnumSet.allOf(Side.class);
    }

    /** The epoch that writes carry. */
    long epoch();

    /** A migration whose primary does not change. */
    static Acknowledging by(Side side) {
        Set<Side> sides = Set.of(side);
        return new Acknowledging() {
            @Override
            public Set<Side> sides() {
                return sides;
            }

            @Override
            public long epoch() {
                return 0;
            }
        };
    }
}
