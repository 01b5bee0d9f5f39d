package dev.changeover.store;

import dev.changeover.model.entity.RecordKey;
import java.util.function.Function;

/** What became of one change at one store. */
public sealed interface ApplyOutcome {
    /** In the store, or nothing to do there, committed together with the position. */
    record Applied() implements ApplyOutcome {
        static final Applied INSTANCE = new Applied();
    }

    /** Waits in the store for {@code parent}; changes of other records do not wait for it. */
    record Parked(RecordKey parent) implements ApplyOutcome {}

    /** Will not go in as it is; {@code reason} is the store's own, with what to do: {@code title: longer than 255 …}. */
    record Refused(String reason) implements ApplyOutcome {}

    static ApplyOutcome applied() {
        return Applied.INSTANCE;
    }

    /** An answer for every case: a new case adds a parameter, so that no caller overlooks it. */
    default <R> R match(Function<Applied, R> applied, Function<Parked, R> parked, Function<Refused, R> refused) {
        if (this instanceof Applied in) {
            return applied.apply(in);
        }
        if (this instanceof Parked waits) {
            return parked.apply(waits);
        }
        return refused.apply((Refused) this);
    }
}
