package dev.changeover.store.file.json;

import dev.changeover.model.json.InvalidJsonException;

/** Goes through the members of an object or the elements of an array, in a text that {@link JsonScan#check} has passed. */
public final class JsonCursor {
    private final JsonScan scan;
    private final boolean object;
    private int at;
    private int index = -1;
    private int nameFrom;
    private int nameTo;
    private int valueFrom;
    private int valueTo;

    /** @param container where the object or array begins */
    public JsonCursor(JsonScan scan, int container) {
        this.scan = scan;
        this.object = scan.peek(container) == '{';
        this.at = container;
    }

    /** Whether there is one more; if so, the cursor stands on it. */
    public boolean next() throws InvalidJsonException {
        int from = scan.skipSpace(at + 1);
        if (scan.peek(from) == (object ? '}' : ']')) {
            at = from;
            return false;
        }
        index++;
        if (object) {
            nameFrom = from;
            nameTo = scan.skipString(from);
            from = scan.skipSpace(scan.skipSpace(nameTo) + 1);
        }
        valueFrom = from;
        valueTo = scan.skipValue(from);
        at = scan.skipSpace(valueTo);
        // at the comma; or before the end, so that the next step finds it
        if (scan.peek(at) != ',') {
            at--;
        }
        return true;
    }

    /** From 0. */
    public int index() {
        return index;
    }

    /** The member's name, its escapes resolved. */
    public String name() throws InvalidJsonException {
        return scan.string(nameFrom, nameTo);
    }

    public int valueFrom() {
        return valueFrom;
    }

    public int valueTo() {
        return valueTo;
    }

    int nameFrom() {
        return nameFrom;
    }
}
