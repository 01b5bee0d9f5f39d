package dev.changeover.verifier.compare;

import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of one side for one key.
 *
 * <p>A look at a side is final for the key's last event if the side's position then lay behind that event. Only a final look
 * counts: whatever differs in an earlier one is lag. A look from further ahead than the log has been read here has to wait
 * until the log has been read up to there: an event of this key may lie in between.
 */
enum Judgement {
    /** The side is not there yet, or nobody has looked. */
    LAGGING,
    /** The side was seen, but the log has not been read up to there. */
    WAITING,
    EQUAL,
    WRONG;

    /**
     * @param consumed every event of the key's partition before this offset has been read
     * @param backfilled whether the backfill is complete: before that a legacy record need not be on the log
     */
    static Judgement of(Side side, KeyState state, long consumed, boolean backfilled) {
        Seen seen = state.on(side);
        Said said = state.said();
        if (seen == null || seen.position() <= state.version()) {
            return LAGGING;
        }
        if (Objects.equals(seen.digest(), said == null ? null : said.digest())) {
            return EQUAL;
        }
        if (seen.position() > consumed || (said == null && side == Side.LEGACY && !backfilled)) {
            return WAITING;
        }
        return WRONG;
    }

    /**
     * How far the log must have been read before it makes sense to judge again what waits; {@link Long#MAX_VALUE} if only the end of
     * the backfill can tell.
     */
    static long waitsFor(Seen seen, long consumed) {
        return seen.position() > consumed ? seen.position() : Long.MAX_VALUE;
    }

    /** The word for a side that is wrong. */
    static Verdict.Kind kind(@Nullable Said said, Seen seen) {
        if (!seen.ours() || said == null) {
            return Verdict.Kind.UNEXPECTED;
        }
        if (seen.digest() == null) {
            return Verdict.Kind.MISSING;
        }
        return said.digest() == null ? Verdict.Kind.EXTRA : Verdict.Kind.MISMATCH;
    }

    /**
     * Whether a live change of the key has not been seen on all of {@code sides} as the log says it should be. It does not
     * depend on how far the log has been read, so it can be counted.
     */
    static boolean unproven(KeyState state, Set<Side> sides) {
        Said said = state.said();
        return said != null && said.live() && !sides.stream().allMatch(side -> equal(state.on(side), said));
    }

    private static boolean equal(@Nullable Seen seen, Said said) {
        return seen != null && seen.position() > said.offset() && Objects.equals(seen.digest(), said.digest());
    }
}
