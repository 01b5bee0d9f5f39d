package dev.changeover.verifier.explain;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Missing;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** The words for why a value differs, and the guess that is made from two values alone. */
final class Cause {
    static final String FOREIGN_WRITE = "foreign write";
    static final String PRECISION = "precision";
    static final String ZONE = "zone";
    static final String ENCODING = "encoding";
    static final String NULL_OR_DEFAULT = "null or default";
    static final String ORPHAN = "orphan";
    static final String STALE = "stale";
    static final String MISSING_RECORD = "missing record";
    static final String EXTRA_RECORD = "extra record";
    static final String CUT_OFF = "cut off";
    static final String WHITE_SPACE = "white space";
    static final String UNREADABLE = "unreadable";
    static final String OTHER_VALUE = "other value";

    private static final Duration LARGEST_ZONE = Duration.ofHours(14);
    private static final Duration ZONE_STEP = Duration.ofMinutes(15);

    private Cause() {}

    static String of(Field field, Object is, Object should) {
        if (is instanceof Missing || should instanceof Missing) {
            return NULL_OR_DEFAULT;
        }
        return switch (field.type().kind()) {
            case TEXT -> ofText(is.toString(), should.toString());
            case TIMESTAMPTZ -> ofTime((Instant) is, (Instant) should);
            case TIMESTAMP ->
                ofTime(
                        ((LocalDateTime) is).toInstant(ZoneOffset.UTC),
                        ((LocalDateTime) should).toInstant(ZoneOffset.UTC));
            case FLOAT32, FLOAT64 -> ofNumber(((Number) is).doubleValue(), ((Number) should).doubleValue());
            case DECIMAL -> ofNumber(((BigDecimal) is).doubleValue(), ((BigDecimal) should).doubleValue());
            case BOOL, INT32, INT64, DATE, TIME, UUID, BYTES, JSON -> OTHER_VALUE;
        };
    }

    private static String ofText(String is, String should) {
        if (Normalizer.normalize(is, Normalizer.Form.NFC).equals(Normalizer.normalize(should, Normalizer.Form.NFC))
                || misread(is).equals(should)
                || misread(should).equals(is)) {
            return ENCODING;
        }
        if (is.strip().equals(should.strip())) {
            return WHITE_SPACE;
        }
        return !is.isEmpty() && should.startsWith(is) ? CUT_OFF : OTHER_VALUE;
    }

    /** UTF-8 bytes taken for Latin-1, the usual accident. */
    private static String misread(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String ofTime(Instant is, Instant should) {
        Duration distance = Duration.between(is, should).abs();
        if (distance.compareTo(Duration.ofSeconds(1)) < 0) {
            return PRECISION;
        }
        boolean couldBeZone = distance.compareTo(LARGEST_ZONE) <= 0 && distance.toNanos() % ZONE_STEP.toNanos() == 0;
        return couldBeZone ? ZONE : OTHER_VALUE;
    }

    private static String ofNumber(double is, double should) {
        double scale = Math.max(Math.abs(is), Math.abs(should));
        return Math.abs(is - should) <= scale * 1e-6 ? PRECISION : OTHER_VALUE;
    }
}
