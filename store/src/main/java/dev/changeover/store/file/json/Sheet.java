package dev.changeover.store.file.json;

import dev.changeover.model.json.InvalidJsonException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An object or array that is being edited. Its members are the bytes they were until one is replaced, with the white space
 * around them; what is added looks like its neighbours.
 */
final class Sheet {
    /** Bytes of a text that are not copied before they are written. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Text(byte[] bytes, int from, int to) {
        static final Text EMPTY = of("");

        static Text of(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return new Text(utf8, 0, utf8.length);
        }

        void writeTo(ByteArrayOutputStream out) {
            out.write(bytes, from, to - from);
        }

        @Override
        public String toString() {
            return new String(bytes, from, to - from, StandardCharsets.UTF_8);
        }
    }

    /** A member or an element. */
    static final class Part {
        /** White space before it. */
        private Text lead;
        /** Its name's characters; empty for an element. */
        private String name;
        /** Its name with quotes, colon and the white space around that; empty for an element. */
        private Text label;

        private Text value;
        private @Nullable Sheet sheet;
        /** White space after it. */
        private final Text trail;
        /** The number of an element, where elements are numbered. */
        @Nullable
        Object number;

        boolean numberUnreadable;
        /** Whether its number is that of its place. */
        boolean counted;

        private Part(Text lead, String name, Text label, Text value, Text trail) {
            this.lead = lead;
            this.name = name;
            this.label = label;
            this.value = value;
            this.trail = trail;
        }

        String name() {
            return name;
        }

        Text value() {
            return value;
        }

        void replace(String newValue) {
            value = Text.of(newValue);
            sheet = null;
        }

        /** The indent of the line that it begins in. */
        private String indent() {
            String white = lead.toString();
            return white.substring(white.lastIndexOf('\n') + 1);
        }

        private void writeTo(ByteArrayOutputStream out) {
            lead.writeTo(out);
            label.writeTo(out);
            if (sheet == null) {
                value.writeTo(out);
            } else {
                sheet.writeTo(out);
            }
            trail.writeTo(out);
        }
    }

    private boolean object;
    private final List<Part> parts = new ArrayList<>();
    /** White space before the closing bracket. */
    private Text tail;
    /** As it was, if it was empty and still is. */
    private @Nullable Text original;
    /** Of the line that it begins in. */
    private final String indent;

    private final JsonPrinter printer;

    private Sheet(boolean object, Text tail, @Nullable Text original, String indent, JsonPrinter printer) {
        this.object = object;
        this.tail = tail;
        this.original = original;
        this.indent = indent;
        this.printer = printer;
    }

    /** A new one, without members. */
    static Sheet empty(boolean object, String indent, JsonPrinter printer) {
        return new Sheet(object, Text.EMPTY, null, indent, printer);
    }

    /** The object or array at {@code at} of a text that has been checked. */
    static Sheet of(JsonScan scan, int at, String indent, JsonPrinter inherited) throws InvalidJsonException {
        byte[] json = scan.json();
        boolean object = scan.peek(at) == '{';
        List<Part> parts = new ArrayList<>();
        int from = at + 1;
        int end = scan.skipSpace(from);
        for (JsonCursor cursor = new JsonCursor(scan, at); cursor.next(); ) {
            int valueEnd = cursor.valueTo();
            end = scan.skipSpace(valueEnd);
            boolean last = scan.peek(end) != ',';
            int begin = object ? cursor.nameFrom() : cursor.valueFrom();
            parts.add(new Part(
                    new Text(json, from, begin),
                    object ? cursor.name() : "",
                    new Text(json, begin, cursor.valueFrom()),
                    new Text(json, cursor.valueFrom(), valueEnd),
                    last ? Text.EMPTY : new Text(json, valueEnd, end)));
            from = last ? valueEnd : end + 1;
        }
        JsonPrinter printer = parts.isEmpty() ? inherited : like(parts.get(0), indent, inherited);
        Text original = parts.isEmpty() ? new Text(json, at, end + 1) : null;
        Sheet sheet = new Sheet(object, new Text(json, from, end), original, indent, printer);
        sheet.parts.addAll(parts);
        return sheet;
    }

    /** How the neighbours of a first member are written. */
    private static JsonPrinter like(Part first, String indent, JsonPrinter inherited) {
        String lead = first.lead.toString();
        if (lead.indexOf('\n') < 0) {
            return inherited.with(false, inherited.unit(), inherited.newline());
        }
        String inner = first.indent();
        String unit = inner.startsWith(indent) && inner.length() > indent.length()
                ? inner.substring(indent.length())
                : inherited.unit();
        return inherited.with(true, unit, lead.contains("\r\n") ? "\r\n" : "\n");
    }

    boolean isObject() {
        return object;
    }

    JsonPrinter printer() {
        return printer;
    }

    List<Part> parts() {
        return parts;
    }

    /** The indent of its members. */
    String innerIndent() {
        return parts.isEmpty() || !printer.pretty()
                ? indent + printer.unit()
                : parts.get(0).indent();
    }

    /** The last member of this name, as whoever reads it carelessly would take it; null if there is none. */
    @Nullable
    Part find(String name) {
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (parts.get(i).name.equals(name)) {
                return parts.get(i);
            }
        }
        return null;
    }

    /** The object or array that {@code part} is, to be edited; null if it is neither. */
    @Nullable
    Sheet open(Part part) throws InvalidJsonException {
        if (part.sheet == null) {
            byte first = part.value.bytes()[part.value.from()];
            if (first != '{' && first != '[') {
                return null;
            }
            part.sheet = of(new JsonScan(part.value.bytes()), part.value.from(), part.indent(), printer);
        }
        return part.sheet;
    }

    void remove(Part part) {
        parts.remove(part);
        original = null;
    }

    Part addMember(String name, String value) {
        Part part = add(parts.size(), value);
        part.name = name;
        part.label = label(name);
        object = true;
        return part;
    }

    Sheet addMemberSheet(String name) {
        Part part = addMember(name, "");
        Sheet inner = empty(true, innerIndent(), printer);
        part.sheet = inner;
        return inner;
    }

    Sheet addElementSheet() {
        Part part = add(parts.size(), "");
        Sheet inner = empty(true, innerIndent(), printer);
        part.sheet = inner;
        return inner;
    }

    Part addElement(int index, String value) {
        return add(index, value);
    }

    private Part add(int index, String value) {
        Text lead = parts.isEmpty() ? Text.of(printer.lead(innerIndent())) : likeOthers();
        if (parts.isEmpty()) {
            tail = Text.of(printer.lead(indent));
            original = null;
        }
        Part part = new Part(lead, "", Text.EMPTY, Text.of(value), Text.EMPTY);
        parts.add(index, part);
        return part;
    }

    /** The white space after a comma; that before the first member may differ from it. */
    private Text likeOthers() {
        return parts.size() == 1 && !printer.pretty() ? Text.EMPTY : parts.get(parts.size() - 1).lead;
    }

    private Text label(String name) {
        return Text.of(printer.quoted(name) + printer.colon());
    }

    /** A list becomes an object with the names 0, 1, 2 … */
    void nameElements() {
        for (int i = 0; i < parts.size(); i++) {
            parts.get(i).name = Integer.toString(i);
            parts.get(i).label = label(parts.get(i).name);
        }
        object = true;
    }

    /** What is empty becomes an array, whatever it was. */
    void becomeArray() {
        object = false;
    }

    /** A list that stands for an empty object becomes one; its members are added as such. */
    void becomeObject() {
        object = true;
    }

    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writeTo(out);
        return out.toByteArray();
    }

    void writeTo(ByteArrayOutputStream out) {
        if (parts.isEmpty()) {
            (original == null ? Text.of(object ? printer.emptyObject() : "[]") : original).writeTo(out);
            return;
        }
        out.write(object ? '{' : '[');
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            parts.get(i).writeTo(out);
        }
        tail.writeTo(out);
        out.write(object ? '}' : ']');
    }
}
