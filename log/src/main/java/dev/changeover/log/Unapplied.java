package dev.changeover.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * An event that a sink passed without its store taking it; it travels in a header of the {@code progress} that passed it, so
 * that whoever waits for this very event learns it with the progress itself.
 *
 * @param writeOffset of the event in {@code writes}; -1 if it is not known any more, then any event of the record may be meant
 * @param keyText the record key's text
 * @param reason the store's own, at most 500 characters of it
 */
public record Unapplied(long writeOffset, String keyText, Kind kind, String reason) {
    /** How many one progress carries; a batch may have had more. */
    public static final int MAX_IN_ONE_PROGRESS = 200;

    private static final String HEADER = "co-unapplied";
    private static final int MAX_REASON_CHARS = 500;
    private static final int PARTS = 4;

    /** Why the store does not have it. */
    public enum Kind {
        /** It waits there for another record. */
        PARKED,
        /** It is a dead letter. */
        REFUSED
    }

    public Unapplied {
        if (reason.length() > MAX_REASON_CHARS) {
            reason = reason.substring(0, MAX_REASON_CHARS);
        }
    }

    /** Adds the first {@value #MAX_IN_ONE_PROGRESS} of them. */
    public static void add(Headers headers, List<Unapplied> all) {
        for (Unapplied one : all.subList(0, Math.min(all.size(), MAX_IN_ONE_PROGRESS))) {
            HeaderText.add(headers, HEADER, one.kind + "\n" + one.writeOffset + "\n" + one.keyText + "\n" + one.reason);
        }
    }

    /** @throws IllegalArgumentException if such a header is not of this version */
    public static List<Unapplied> of(Headers headers) {
        List<Unapplied> all = new ArrayList<>();
        for (Header header : headers.headers(HEADER)) {
            String[] parts = new String(header.value(), StandardCharsets.UTF_8).split("\n", PARTS);
            if (parts.length != PARTS) {
                throw new IllegalArgumentException("Invalid header %s with %d lines".formatted(HEADER, parts.length));
            }
            all.add(new Unapplied(Long.parseLong(parts[1]), parts[2], Kind.valueOf(parts[0]), parts[3]));
        }
        return all;
    }
}
