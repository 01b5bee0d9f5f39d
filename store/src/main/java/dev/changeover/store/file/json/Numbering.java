package dev.changeover.store.file.json;

import dev.changeover.model.entity.Field;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Which number an element of an array has: its member's, or else its place, counted from 1. */
final class Numbering {
    private Numbering() {}

    /** The number of the element that {@code cursor} stands on; null if it has one that cannot be read. */
    static @Nullable Object number(RecordMembers members, Field field, JsonScan scan, JsonCursor cursor)
            throws InvalidJsonException {
        if (scan.peek(cursor.valueFrom()) == '{') {
            int best = Integer.MAX_VALUE;
            String text = "";
            for (JsonCursor member = new JsonCursor(scan, cursor.valueFrom()); member.next(); ) {
                int rank = members.namesOf(field).indexOf(member.name());
                if (rank >= 0 && rank < best) {
                    best = rank;
                    text = new String(
                            scan.json(),
                            member.valueFrom(),
                            member.valueTo() - member.valueFrom(),
                            StandardCharsets.UTF_8);
                }
            }
            if (best < Integer.MAX_VALUE) {
                return parsed(field, text);
            }
        }
        return parsed(field, Integer.toString(cursor.index() + 1));
    }

    private static @Nullable Object parsed(Field field, String text) {
        try {
            return ValueJson.parse(field, text);
        } catch (InvalidValueException e) {
            return null;
        }
    }
}
