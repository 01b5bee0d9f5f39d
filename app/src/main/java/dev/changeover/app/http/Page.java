package dev.changeover.app.http;

import dev.changeover.producer.gateway.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is wanted.
 *
 * @param limit how many at most, 1 to {@value #MAX_LIMIT}
 * @param after place of the last one that the caller has; empty for the first page
 */
public record Page(int limit, String after) {
    static final int MAX_LIMIT = 1000;
    /** As much as there may be. */
    public static final Page FIRST = new Page(MAX_LIMIT, "");

    /**
     * Of a query's parameters.
     *
     * @throws Problem 400 if one of them cannot be
     */
    static Page of(@Nullable String limit, @Nullable String after) {
        if (limit != null
                && (!limit.matches("\\d{1,4}") || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > MAX_LIMIT)) {
            throw Problem.badRequest("Invalid limit \"%s\": 1 to %d".formatted(limit, MAX_LIMIT));
        }
        return new Page(limit == null ? MAX_LIMIT : Integer.parseInt(limit), after == null ? "" : place(after));
    }

    private static String place(String cursor) {
        try {
            return new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("Invalid cursor: give \"after\" the \"next\" of the page before, unchanged");
        }
    }

    /** The cursor for what comes behind {@code place}. */
    static String cursor(String place) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(place.getBytes(StandardCharsets.UTF_8));
    }
}
