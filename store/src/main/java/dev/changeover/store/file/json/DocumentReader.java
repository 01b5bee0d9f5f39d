package dev.changeover.store.file.json;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.store.Scanned;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the records out of one entity's documents. Each record is judged for itself; where the document is no JSON, none is read. */
public final class DocumentReader {
    private static final int MAX_CONTENT_BYTES = 1 << 20;
    /** The place inside the document is worked out for so many bad records of one document; it costs a pass over it. */
    private static final int MAX_PLACES = 20;

    private final Entity entity;
    private final DocumentLayout layout;
    private final RecordMembers members;

    public DocumentReader(Entity entity, DocumentLayout layout) {
        this.entity = entity;
        this.layout = layout;
        this.members = new RecordMembers(
                entity, layout::membersOf, List.of(), layout.sharing().guests());
    }

    public RecordMembers members() {
        return members;
    }

    /**
     * All that is in a document.
     *
     * @param relative its path from the root
     * @param pathTexts the fields that its path names
     */
    public List<Scanned> read(String relative, Map<String, String> pathTexts, byte[] content) {
        return new Walk(relative, content, null).walk(pathTexts);
    }

    /** Those records of a document whose keys are in {@code wanted}; a bad one whose key can be told comes as such. */
    public List<Scanned> read(String relative, Map<String, String> pathTexts, byte[] content, Set<RecordKey> wanted) {
        return new Walk(relative, content, wanted).walk(pathTexts);
    }

    /** How many records a document has, good or bad; one if it is no JSON. */
    public long count(byte[] content) {
        JsonScan scan = new JsonScan(content);
        try {
            scan.check();
            return layout.many() ? count(scan, scan.root(), 0) : 1;
        } catch (InvalidJsonException e) {
            return 1;
        }
    }

    private long count(JsonScan scan, int at, int step) throws InvalidJsonException {
        if (step < layout.at().size() && isNothing(at, step, scan)) {
            return 0;
        }
        if (step == layout.at().size() || (scan.peek(at) != '{' && scan.peek(at) != '[')) {
            return 1;
        }
        boolean member = layout.at().get(step) instanceof DocumentLayout.MemberStep;
        if (member && scan.peek(at) != '{') {
            return 1;
        }
        long count = 0;
        for (JsonCursor cursor = new JsonCursor(scan, at); cursor.next(); ) {
            if (!member || isStep(step, cursor)) {
                count += count(scan, cursor.valueFrom(), step + 1);
            }
        }
        return count;
    }

    private boolean isStep(int step, JsonCursor cursor) throws InvalidJsonException {
        return layout.at().get(step) instanceof DocumentLayout.MemberStep member
                && member.name().equals(cursor.name());
    }

    /** A member that is null has no records in it. */
    private boolean isNothing(int at, int step, JsonScan scan) {
        return step > 0 && layout.at().get(step - 1) instanceof DocumentLayout.MemberStep && scan.peek(at) == 'n';
    }

    /** One pass over one document. */
    private final class Walk {
        private final String relative;
        private final byte[] content;
        private final @Nullable Set<RecordKey> wanted;
        /** The values that the wanted keys have for a field, by its place in the entity. */
        private final Map<Integer, Set<Object>> wantedValues = new HashMap<>();

        private final JsonScan scan;
        private final List<Scanned> records = new ArrayList<>();
        /** Where each of {@code records} begins and ends. */
        private final List<int[]> spans = new ArrayList<>();

        private final Map<RecordKey, Integer> indexByKey = new HashMap<>();
        private int placesSaid;

        Walk(String relative, byte[] content, @Nullable Set<RecordKey> wanted) {
            this.relative = relative;
            this.content = content;
            this.wanted = wanted;
            this.scan = new JsonScan(content);
            if (wanted != null) {
                for (int i = 0; i < entity.key().size(); i++) {
                    Set<Object> values = new HashSet<>();
                    for (RecordKey key : wanted) {
                        values.add(key.values().get(i));
                    }
                    wantedValues.put(entity.key().get(i).ordinal(), values);
                }
            }
        }

        /** Whether no wanted key has this value: most of a large document is passed over so, without a look at it. */
        private boolean isUnwanted(Field field, @Nullable Object value) {
            Set<Object> values = wantedValues.get(field.ordinal());
            // of these types equal values have one form, and so one key
            boolean exact = value instanceof String || value instanceof Integer || value instanceof Long;
            return values != null && exact && !values.contains(value);
        }

        List<Scanned> walk(Map<String, String> pathTexts) {
            @Nullable Object[] known = new Object[entity.fields().size()];
            for (Field field : entity.key()) {
                known[field.ordinal()] = field.isConstant() ? field.oneOf().get(0) : null;
            }
            for (Map.Entry<String, String> text : pathTexts.entrySet()) {
                Field field = entity.field(text.getKey());
                try {
                    known[field.ordinal()] = ValueJson.parse(field, text.getValue());
                } catch (InvalidValueException e) {
                    records.add(Scanned.bad(
                            relative,
                            "%s, in the file's name: %s".formatted(field.name(), e.getMessage()),
                            "",
                            bytes(0, 0)));
                    return records;
                }
            }
            try {
                scan.check();
                step(0, scan.root(), scan.skipValue(scan.root()), "", known, null);
            } catch (InvalidJsonException e) {
                records.clear();
                String origin = e.line() > 0 ? "%s:%d:%d".formatted(relative, e.line(), e.column()) : relative;
                RecordKey key = layout.many() ? null : keyOf(known);
                records.add(
                        Scanned.bad(origin, e.getMessage(), key == null ? "" : key.text(), bytes(0, content.length)));
            }
            return records;
        }

        private void step(
                int index, int from, int to, String pointer, @Nullable Object[] known, @Nullable Field counted)
                throws InvalidJsonException {
            if (index == layout.at().size()) {
                leaf(from, to, pointer, known, counted);
            } else if (isNothing(from, index, scan)) {
                return;
            } else if (layout.at().get(index) instanceof DocumentLayout.MemberStep member) {
                member(member, index, from, to, pointer, known);
            } else if (layout.at().get(index) instanceof DocumentLayout.MapStep map) {
                map(map, index, from, to, pointer, known);
            } else if (layout.at().get(index) instanceof DocumentLayout.KeyedStep keyed) {
                keyed(keyed, index, from, to, pointer, known);
            } else {
                list((DocumentLayout.ListStep) layout.at().get(index), index, from, to, pointer, known);
            }
        }

        private void map(
                DocumentLayout.MapStep step, int index, int from, int to, String pointer, @Nullable Object[] known)
                throws InvalidJsonException {
            if (scan.peek(from) != '{' && scan.peek(from) != '[') {
                bad(from, to, pointer, "an object of objects is expected here, by %s".formatted(step.field()), "");
                return;
            }
            boolean list = scan.peek(from) == '[';
            Field field = entity.field(step.field());
            Set<String> names = new HashSet<>();
            for (JsonCursor cursor = new JsonCursor(scan, from); cursor.next(); ) {
                String name = list ? Integer.toString(cursor.index()) : cursor.name();
                if (!names.add(name)) {
                    throw scan.at(cursor.nameFrom(), "the name \"%s\" is there twice".formatted(name));
                }
                String inner = pointer + "/" + escaped(name);
                Object value;
                try {
                    value = ValueJson.parse(field, name);
                } catch (InvalidValueException e) {
                    bad(cursor.valueFrom(), cursor.valueTo(), inner, field.name() + ": " + e.getMessage(), "");
                    continue;
                }
                if (isUnwanted(field, value)) {
                    continue;
                }
                @Nullable Object[] more = known.clone();
                more[field.ordinal()] = value;
                step(index + 1, cursor.valueFrom(), cursor.valueTo(), inner, more, null);
            }
        }

        private static String escaped(String name) {
            return name.indexOf('~') < 0 && name.indexOf('/') < 0
                    ? name
                    : name.replace("~", "~0").replace("/", "~1");
        }

        private void member(
                DocumentLayout.MemberStep step, int index, int from, int to, String pointer, @Nullable Object[] known)
                throws InvalidJsonException {
            if (scan.peek(from) != '{') {
                bad(from, to, pointer, "an object with the member %s is expected here".formatted(step.name()), "");
                return;
            }
            boolean met = false;
            for (JsonCursor cursor = new JsonCursor(scan, from); cursor.next(); ) {
                if (!cursor.name().equals(step.name())) {
                    continue;
                }
                if (met) {
                    throw scan.at(cursor.nameFrom(), "the name \"%s\" is there twice".formatted(step.name()));
                }
                met = true;
                step(index + 1, cursor.valueFrom(), cursor.valueTo(), pointer + "/" + step.name(), known, null);
            }
        }

        private void keyed(
                DocumentLayout.KeyedStep step, int index, int from, int to, String pointer, @Nullable Object[] known)
                throws InvalidJsonException {
            if (scan.peek(from) != '[') {
                bad(from, to, pointer, "an array is expected here", "");
                return;
            }
            for (JsonCursor cursor = new JsonCursor(scan, from); cursor.next(); ) {
                @Nullable Object[] more = known.clone();
                boolean unwanted = false;
                for (String name : step.fields()) {
                    Field field = entity.field(name);
                    Object value = Numbering.member(members, field, scan, cursor.valueFrom());
                    unwanted |= isUnwanted(field, value);
                    more[field.ordinal()] = value;
                }
                if (unwanted) {
                    continue;
                }
                step(index + 1, cursor.valueFrom(), cursor.valueTo(), pointer + "/" + cursor.index(), more, null);
            }
        }

        private void list(
                DocumentLayout.ListStep step, int index, int from, int to, String pointer, @Nullable Object[] known)
                throws InvalidJsonException {
            boolean emptyMap = scan.peek(from) == '{' && scan.peek(scan.skipSpace(from + 1)) == '}';
            if (scan.peek(from) != '[' && !emptyMap) {
                bad(from, to, pointer, "an array is expected here", "");
                return;
            }
            Field field = entity.field(step.field());
            Field counted = layout.byPlace() ? null : field;
            for (JsonCursor cursor = new JsonCursor(scan, from); cursor.next(); ) {
                Object number = Numbering.number(members, field, scan, cursor);
                if (isUnwanted(field, number)) {
                    continue;
                }
                @Nullable Object[] more = known.clone();
                more[field.ordinal()] = number;
                step(index + 1, cursor.valueFrom(), cursor.valueTo(), pointer + "/" + cursor.index(), more, counted);
            }
        }

        private void leaf(int from, int to, String pointer, @Nullable Object[] known, @Nullable Field counted) {
            RecordKey key = keyOf(known);
            if (key != null && wanted != null && !wanted.contains(key)) {
                return;
            }
            try {
                EntityRecord entityRecord = members.read(slice(from, to), new RecordMembers.Known(known, counted));
                good(key == null ? entityRecord.key() : key, entityRecord, from, to, pointer);
            } catch (InvalidRecordException e) {
                boolean places = layout.form() == DocumentLayout.Form.JSON && placesSaid++ < MAX_PLACES;
                String fault = places ? withPlaces(from, to, known, counted, e) : e.getMessage();
                bad(from, to, pointer, String.valueOf(fault), key == null ? "" : key.text());
            }
        }

        private byte[] slice(int from, int to) {
            return from == 0 && to == content.length ? content : Arrays.copyOfRange(content, from, to);
        }

        /** The same errors, their lines and columns counted from the document's beginning and not from the record's. */
        private @Nullable String withPlaces(
                int from, int to, @Nullable Object[] known, @Nullable Field counted, InvalidRecordException error) {
            byte[] padded = Arrays.copyOf(content, to);
            for (int i = 0; i < from; i++) {
                padded[i] = padded[i] == '\n' ? (byte) '\n' : (byte) ' ';
            }
            try {
                members.read(padded, new RecordMembers.Known(known, counted));
                return error.getMessage();
            } catch (InvalidRecordException e) {
                return e.getMessage();
            }
        }

        private void good(RecordKey key, EntityRecord entityRecord, int from, int to, String pointer) {
            if (wanted != null && !wanted.contains(key)) {
                return;
            }
            Integer earlier = layout.many() ? indexByKey.putIfAbsent(key, records.size()) : null;
            spans.add(new int[] {from, to});
            if (earlier == null) {
                records.add(Scanned.good(entityRecord, origin(pointer)));
                return;
            }
            String fault = "%s is there twice: remove one, or give it another number".formatted(key);
            Scanned first = records.get(earlier);
            if (first.fault().isEmpty()) {
                records.set(earlier, Scanned.bad(first.origin(), fault, key.text(), bytes(spans.get(earlier))));
            }
            records.add(Scanned.bad(origin(pointer), fault, key.text(), bytes(from, to)));
        }

        private void bad(int from, int to, String pointer, String fault, String keyText) {
            spans.add(new int[] {from, to});
            records.add(Scanned.bad(origin(pointer), fault, keyText, bytes(from, to)));
        }

        private String origin(String pointer) {
            return pointer.isEmpty() ? relative : relative + "#" + pointer;
        }

        private Bytes bytes(int[] span) {
            return bytes(span[0], span[1]);
        }

        private Bytes bytes(int from, int to) {
            return Bytes.copyOf(Arrays.copyOfRange(content, from, Math.min(to, from + MAX_CONTENT_BYTES)));
        }
    }

    /** The key, if the place where a record stands says all of it. */
    private @Nullable RecordKey keyOf(@Nullable Object[] known) {
        List<Object> values = new ArrayList<>(entity.key().size());
        for (Field field : entity.key()) {
            Object value = known[field.ordinal()];
            if (value == null) {
                return null;
            }
            values.add(value);
        }
        return RecordKey.of(entity, values);
    }
}
