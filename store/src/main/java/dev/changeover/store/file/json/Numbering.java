package dev.changeover.store.file.json;

import com.fasterxml.jackson.core.JsonParser;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Which element of an array it is: by its member, or else by its place, counted from 1. */
final class Numbering {
    private Numbering() {}

    /** The number of the element that {@code cursor} stands on; null if it has one that cannot be read. */
    static @Nullable Object number(RecordMembers members, Field field, JsonScan scan, JsonCursor cursor)
            throws InvalidJsonException {
        if (scan.peek(cursor.valueFrom()) == '{') {
            int best = Integer.MAX_VALUE;
            String text = "";
            for (JsonCursor member = new JsonCursor(scan, cursor.valueFrom()); best > 0 && member.next(); ) {
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

    /** The value of the element that begins at {@code from} for {@code field}; null if it has none that can be read. */
    static @Nullable Object member(RecordMembers members, Field field, JsonScan scan, int from)
            throws InvalidJsonException {
        if (scan.peek(from) != '{') {
            return null;
        }
        int best = Integer.MAX_VALUE;
        @Nullable Object value = null;
        for (JsonCursor member = new JsonCursor(scan, from); best > 0 && member.next(); ) {
            int rank = members.namesOf(field).indexOf(member.name());
            if (rank >= 0 && rank < best) {
                best = rank;
                value = value(field, scan, member.valueFrom(), member.valueTo());
            }
        }
        return value;
    }

    private static @Nullable Object value(Field field, JsonScan scan, int from, int to) {
        try (JsonParser parser = StrictJson.parser(Arrays.copyOfRange(scan.json(), from, to))) {
            parser.nextToken();
            Object value = ValueJson.read(parser, field);
            return value instanceof Missing ? null : value;
        } catch (IOException | InvalidValueException e) {
            return null; // said when the record is read
        }
    }

    private static @Nullable Object parsed(Field field, String text) {
        try {
            return ValueJson.parse(field, text);
        } catch (InvalidValueException e) {
            return null;
        }
    }
}
