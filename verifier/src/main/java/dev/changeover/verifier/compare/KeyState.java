package dev.changeover.verifier.compare;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one key: what the log says, what each side was seen to hold, and what was found. Null for what is not
 * known yet. Either side may be wrong by itself: a finding on one says nothing of the other.
 *
 * <p>As bytes: a version, a byte of parts that are there, then each part's fields in the order of this record, integers in
 * network byte order. 27 bytes for a key that was only backfilled, 113 with everything.
 */
record KeyState(
        @Nullable Said said,
        @Nullable Seen legacy,
        @Nullable Seen target,
        @Nullable Open openOnLegacy,
        @Nullable Open openOnTarget) {
    static final KeyState NONE = new KeyState(null, null, null, null, null);

    // What stands at which place is part of the format.
    private static final List<Verdict.Kind> KINDS = List.of(
            Verdict.Kind.MISMATCH,
            Verdict.Kind.MISSING,
            Verdict.Kind.EXTRA,
            Verdict.Kind.UNEXPECTED,
            Verdict.Kind.PARKED);
    private static final List<Open.Source> SOURCES = List.of(Open.Source.STREAM, Open.Source.DEEP_SCAN);

    private static final byte FORMAT = 2;
    private static final byte ONE_FINDING = 1;
    private static final int SAID = 1;
    private static final int LEGACY = 2;
    private static final int TARGET = 4;
    private static final int OPEN_ON_LEGACY = 8;
    private static final int OPEN_ON_TARGET = 16;
    private static final byte PRESENT = 1;
    private static final byte LIVE_OR_OURS = 2;
    private static final int MOST_BYTES = 2 + 3 * (1 + 8 + 16) + 2 * (2 + 8 + 8);

    @Nullable
    Seen on(Side side) {
        return side == Side.LEGACY ? legacy : target;
    }

    KeyState with(Said now) {
        return new KeyState(now, legacy, target, openOnLegacy, openOnTarget);
    }

    KeyState with(Side side, Seen now) {
        Seen before = on(side);
        Seen known = before == null ? now : before.then(now);
        return side == Side.LEGACY
                ? new KeyState(said, known, target, openOnLegacy, openOnTarget)
                : new KeyState(said, legacy, known, openOnLegacy, openOnTarget);
    }

    @Nullable
    Open openOn(Side side) {
        return side == Side.LEGACY ? openOnLegacy : openOnTarget;
    }

    KeyState with(Side side, @Nullable Open now) {
        return side == Side.LEGACY
                ? new KeyState(said, legacy, target, now, openOnTarget)
                : new KeyState(said, legacy, target, openOnLegacy, now);
    }

    /** Whether the same is found wrong as in the other state. */
    boolean isAsOpenAs(KeyState other) {
        return Objects.equals(openOnLegacy, other.openOnLegacy) && Objects.equals(openOnTarget, other.openOnTarget);
    }

    /** Offset of the key's last event, or -1 if there is none. */
    long version() {
        return said == null ? -1 : said.offset();
    }

    byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
        bytes.put(FORMAT);
        bytes.put((byte) ((said == null ? 0 : SAID)
                | (legacy == null ? 0 : LEGACY)
                | (target == null ? 0 : TARGET)
                | (openOnLegacy == null ? 0 : OPEN_ON_LEGACY)
                | (openOnTarget == null ? 0 : OPEN_ON_TARGET)));
        if (said != null) {
            put(bytes, said.offset(), said.digest(), said.live());
        }
        if (legacy != null) {
            put(bytes, legacy.position(), legacy.digest(), legacy.ours());
        }
        if (target != null) {
            put(bytes, target.position(), target.digest(), target.ours());
        }
        if (openOnLegacy != null) {
            put(bytes, openOnLegacy);
        }
        if (openOnTarget != null) {
            put(bytes, openOnTarget);
        }
        byte[] exact = new byte[bytes.position()];
        bytes.flip().get(exact);
        return exact;
    }

    /** @throws IllegalStateException if these are not the bytes of a state */
    static KeyState of(byte @Nullable [] stored) {
        if (stored == null) {
            return NONE;
        }
        ByteBuffer bytes = ByteBuffer.wrap(stored);
        byte format = bytes.get();
        if (format != FORMAT && format != ONE_FINDING) {
            throw new IllegalStateException(
                    "Cannot compare: the verifier's state was written by another build of Changeover, in format %d and not %d. Go on with that one."
                            .formatted(format, FORMAT));
        }
        int parts = bytes.get();
        Said said = null;
        if ((parts & SAID) != 0) {
            Part part = Part.of(bytes);
            said = new Said(part.number, part.digest, part.flag);
        }
        Seen legacy = (parts & LEGACY) == 0 ? null : Part.of(bytes).seen();
        Seen target = (parts & TARGET) == 0 ? null : Part.of(bytes).seen();
        if (format == ONE_FINDING) {
            return ofOneFinding(new KeyState(said, legacy, target, null, null), parts, bytes);
        }
        Open openOnLegacy = (parts & OPEN_ON_LEGACY) == 0 ? null : open(bytes);
        Open openOnTarget = (parts & OPEN_ON_TARGET) == 0 ? null : open(bytes);
        return new KeyState(said, legacy, target, openOnLegacy, openOnTarget);
    }

    /** As it was when only one side of a key could be found wrong: with the side behind the kind. */
    private static KeyState ofOneFinding(KeyState known, int parts, ByteBuffer bytes) {
        if ((parts & OPEN_ON_LEGACY) == 0) {
            return known;
        }
        Verdict.Kind kind = KINDS.get(bytes.get());
        Side side = bytes.get() == 0 ? Side.LEGACY : Side.TARGET;
        Open.Source source = SOURCES.get(bytes.get());
        return known.with(side, new Open(kind, bytes.getLong(), bytes.getLong(), source));
    }

    private static void put(ByteBuffer bytes, Open open) {
        bytes.put((byte) KINDS.indexOf(open.kind()));
        bytes.put((byte) SOURCES.indexOf(open.source()));
        bytes.putLong(open.version());
        bytes.putLong(open.sinceMillis());
    }

    private static Open open(ByteBuffer bytes) {
        Verdict.Kind kind = KINDS.get(bytes.get());
        Open.Source source = SOURCES.get(bytes.get());
        return new Open(kind, bytes.getLong(), bytes.getLong(), source);
    }

    private static void put(ByteBuffer bytes, long number, @Nullable Digest digest, boolean flag) {
        bytes.put((byte) ((digest == null ? 0 : PRESENT) | (flag ? LIVE_OR_OURS : 0)));
        bytes.putLong(number);
        if (digest != null) {
            bytes.putLong(digest.high());
            bytes.putLong(digest.low());
        }
    }

    private record Part(long number, @Nullable Digest digest, boolean flag) {
        static Part of(ByteBuffer bytes) {
            byte flags = bytes.get();
            long number = bytes.getLong();
            Digest digest = (flags & PRESENT) == 0 ? null : new Digest(bytes.getLong(), bytes.getLong());
            return new Part(number, digest, (flags & LIVE_OR_OURS) != 0);
        }

        Seen seen() {
            return new Seen(number, digest, flag);
        }
    }
}
