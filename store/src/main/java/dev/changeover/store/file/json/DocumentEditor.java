package dev.changeover.store.file.json;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.DocumentLayout.KeyedStep;
import dev.changeover.model.layout.DocumentLayout.ListStep;
import dev.changeover.model.layout.DocumentLayout.MemberStep;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.store.file.json.Sheet.Part;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts records into one entity's documents and takes them out; all that is not theirs stays as it is, to the byte. */
public final class DocumentEditor {
    private final Entity entity;
    private final DocumentLayout layout;
    private final RecordMembers members;
    private final RecordEdit edit;

    public DocumentEditor(Entity entity, DocumentLayout layout) {
        this.entity = entity;
        this.layout = layout;
        this.members = new RecordMembers(
                entity, layout::membersOf, List.of(), layout.sharing().guests());
        this.edit = new RecordEdit(members);
    }

    /**
     * A document after its edit.
     *
     * @param content null if there shall be no such file
     * @param refused why records could not be put in or taken out; the others were
     * @param damage why the document cannot be edited at all, and must stay as it is; empty if it can
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Edited(byte @Nullable [] content, Map<RecordKey, String> refused, String damage) {
        Edited(byte @Nullable [] content, Map<RecordKey, String> refused) {
            this(content, refused, "");
        }
    }

    /**
     * @param content the document as it is; null if there is none
     * @param pathTexts the fields that its path names
     * @param changes for each key what it shall be; empty for nothing
     * @param endsWhenEmpty whether a document without records shall not stay
     */
    public Edited edit(
            byte @Nullable [] content,
            Map<String, String> pathTexts,
            Map<RecordKey, Optional<EntityRecord>> changes,
            boolean endsWhenEmpty) {
        return layout.many()
                ? editMany(content, changes, endsWhenEmpty)
                : editOne(content, pathTexts, changes.values().iterator().next().orElse(null));
    }

    private Edited editOne(
            byte @Nullable [] content, Map<String, String> pathTexts, @Nullable EntityRecord entityRecord) {
        if (entityRecord == null) {
            return new Edited(null, Map.of());
        }
        try {
            if (content != null) {
                JsonScan scan = new JsonScan(content);
                scan.check();
                if (scan.peek(scan.root()) == '{') {
                    Sheet sheet = Sheet.of(scan, scan.root(), "", JsonPrinter.document(layout.style()));
                    edit.apply(entityRecord, known(pathTexts), sheet);
                    return new Edited(around(content, scan, sheet), Map.of());
                }
            }
        } catch (InvalidJsonException | InvalidValueException e) {
            // damaged: the whole record is known, and takes its place
        }
        Sheet sheet = edit.write(entityRecord, "", JsonPrinter.document(layout.style()));
        for (String guest : members.guests()) {
            sheet.addMember(guest, "[]");
        }
        return new Edited(newDocument(sheet), Map.of());
    }

    private RecordMembers.Known known(Map<String, String> pathTexts) throws InvalidValueException {
        @Nullable Object[] values = new Object[entity.fields().size()];
        for (Map.Entry<String, String> text : pathTexts.entrySet()) {
            Field field = entity.field(text.getKey());
            values[field.ordinal()] = ValueJson.parse(field, text.getValue());
        }
        return new RecordMembers.Known(values, null);
    }

    private byte[] newDocument(Sheet sheet) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        sheet.writeTo(out);
        if (layout.style() == JsonStyle.PLAIN) {
            out.write('\n');
        }
        return out.toByteArray();
    }

    /** What stood before and after the document's value, and the value as it is now. */
    private static byte[] around(byte[] content, JsonScan scan, Sheet sheet) throws InvalidJsonException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + 256);
        int end = scan.skipValue(scan.root());
        out.write(content, 0, scan.root());
        sheet.writeTo(out);
        out.write(content, end, content.length - end);
        return out.toByteArray();
    }

    private Edited editMany(
            byte @Nullable [] content, Map<RecordKey, Optional<EntityRecord>> changes, boolean endsWhenEmpty) {
        boolean nothingToPut = changes.values().stream().noneMatch(Optional::isPresent);
        if (content == null && nothingToPut) {
            return new Edited(null, Map.of());
        }
        if (content == null && layout.sharing().hasHost()) {
            Map<RecordKey, String> refused = new LinkedHashMap<>();
            changes.forEach((key, state) -> state.ifPresent(wanted ->
                    refused.put(key, "the record that it is part of is not there. Write that one first, then retry")));
            return new Edited(null, refused);
        }
        try {
            JsonPrinter printer = JsonPrinter.document(layout.style());
            JsonScan scan = new JsonScan(content == null ? new byte[] {'[', ']'} : content);
            scan.check();
            if (scan.peek(scan.root()) != '{' && scan.peek(scan.root()) != '[') {
                return refuseAll(changes, "it is neither an object nor an array");
            }
            Sheet root = Sheet.of(scan, scan.root(), "", printer);
            Map<RecordKey, String> refused = new LinkedHashMap<>();
            inOrder(changes).forEach((key, entityRecord) -> {
                try {
                    change(root, 0, key, entityRecord.orElse(null));
                } catch (UnfitDocumentException e) {
                    refused.put(key, String.valueOf(e.getMessage()));
                } catch (InvalidJsonException e) {
                    throw new IllegalStateException(e); // it has been checked
                }
            });
            if (endsWhenEmpty && isEmpty(root, 0)) {
                return new Edited(null, refused);
            }
            return new Edited(content == null ? newDocument(root) : around(content, scan, root), refused);
        } catch (InvalidJsonException e) {
            return refuseAll(changes, String.valueOf(e.getMessage()));
        }
    }

    /** Where the place is the number, what is added comes in order, and then what goes, the last one first. */
    private Map<RecordKey, Optional<EntityRecord>> inOrder(Map<RecordKey, Optional<EntityRecord>> changes) {
        if (!layout.byPlace()) {
            return changes;
        }
        Map<RecordKey, Optional<EntityRecord>> sorted = new LinkedHashMap<>();
        changes.keySet().stream()
                .filter(key -> isThere(changes, key))
                .sorted()
                .forEach(key -> sorted.put(key, changes.get(key)));
        changes.keySet().stream()
                .filter(key -> !isThere(changes, key))
                .sorted(Comparator.reverseOrder())
                .forEach(key -> sorted.put(key, Optional.empty()));
        return sorted;
    }

    private static boolean isThere(Map<RecordKey, Optional<EntityRecord>> changes, RecordKey key) {
        return Objects.requireNonNull(changes.get(key)).isPresent();
    }

    /** The document stays as it is. */
    public static Edited refuseAll(Map<RecordKey, Optional<EntityRecord>> changes, String reason) {
        Map<RecordKey, String> refused = new LinkedHashMap<>();
        changes.keySet().forEach(key -> refused.put(key, reason + ". Mend the file, then retry"));
        return new Edited(null, refused, reason);
    }

    /** A document whose form leaves no place for a record. */
    private static final class UnfitDocumentException extends Exception {
        private static final long serialVersionUID = 1L;

        UnfitDocumentException(String message) {
            super(message);
        }
    }

    private boolean isEmpty(Sheet sheet, int step) throws InvalidJsonException {
        boolean member = layout.at().get(step) instanceof DocumentLayout.MemberStep;
        for (Part part : sheet.parts()) {
            if (member
                    && !part.name()
                            .equals(((DocumentLayout.MemberStep) layout.at().get(step)).name())) {
                return false; // something of somebody else's
            }
            Sheet inner = step + 1 < layout.at().size() ? sheet.open(part) : null;
            if (inner == null || !isEmpty(inner, step + 1)) {
                return false;
            }
        }
        return true;
    }

    private void change(Sheet sheet, int index, RecordKey key, @Nullable EntityRecord entityRecord)
            throws InvalidJsonException, UnfitDocumentException {
        DocumentLayout.Step step = layout.at().get(index);
        if (step instanceof ListStep list) {
            new NumberedList(sheet, entity.field(list.field())).change(key, entityRecord);
            return;
        }
        if (step instanceof KeyedStep keyed) {
            new KeyedList(sheet, keyed.fields().stream().map(entity::field).toList()).change(key, entityRecord);
            return;
        }
        if (step instanceof MemberStep member) {
            changeInMember(sheet, member.name(), index, key, entityRecord);
            return;
        }
        boolean last = index + 1 == layout.at().size();
        String name = ValueJson.text(keyValue(key, step.fields().get(0)));
        Part part = findNamed(sheet, name);
        if (last) {
            changeNamed(sheet, part, name, key, entityRecord);
        } else if (part != null) {
            Sheet inner = sheet.open(part);
            if (inner == null) {
                throw new UnfitDocumentException(
                        "%s \"%s\" is no object in it".formatted(step.fields().get(0), name));
            }
            change(inner, index + 1, key, entityRecord);
        } else if (entityRecord != null) {
            prepareForName(sheet, name);
            Sheet inner = sheet.isObject() ? sheet.addMemberSheet(name) : sheet.addElementSheet();
            change(inner, index + 1, key, entityRecord);
        }
    }

    private void changeInMember(Sheet sheet, String name, int index, RecordKey key, @Nullable EntityRecord entityRecord)
            throws InvalidJsonException, UnfitDocumentException {
        if (!sheet.isObject() && !sheet.parts().isEmpty()) {
            throw new UnfitDocumentException(
                    "it is an array where an object with the member %s is expected".formatted(name));
        }
        Part part = sheet.find(name);
        Sheet inner = part == null ? null : sheet.open(part);
        if (inner != null) {
            change(inner, index + 1, key, entityRecord);
        } else if (part != null && !part.value().toString().equals("null")) {
            throw new UnfitDocumentException("its member %s is neither an object nor an array".formatted(name));
        } else if (entityRecord != null) {
            if (part != null) {
                part.replace("[]");
                inner = Objects.requireNonNull(sheet.open(part));
            } else {
                inner = sheet.addMemberSheet(name);
            }
            change(inner, index + 1, key, entityRecord);
        }
    }

    private Object keyValue(RecordKey key, String field) {
        return key.values().get(entity.key().indexOf(entity.field(field)));
    }

    private static @Nullable Part findNamed(Sheet sheet, String name) {
        if (sheet.isObject()) {
            return sheet.find(name);
        }
        for (int i = 0; i < sheet.parts().size(); i++) {
            if (name.equals(Integer.toString(i))) {
                return sheet.parts().get(i);
            }
        }
        return null;
    }

    /** A list takes the next number as a name; for any other it has to become an object. */
    private static void prepareForName(Sheet sheet, String name) {
        if (sheet.isObject()) {
            return;
        }
        if (sheet.parts().isEmpty()) {
            sheet.becomeObject();
        } else if (!name.equals(Integer.toString(sheet.parts().size()))) {
            sheet.nameElements();
        }
    }

    private void changeNamed(
            Sheet sheet, @Nullable Part part, String name, RecordKey key, @Nullable EntityRecord entityRecord)
            throws InvalidJsonException {
        if (part == null) {
            if (entityRecord != null) {
                prepareForName(sheet, name);
                String value = written(entityRecord, sheet);
                if (sheet.isObject()) {
                    sheet.addMember(name, value);
                } else {
                    sheet.addElement(sheet.parts().size(), value);
                }
            }
        } else if (entityRecord != null) {
            put(sheet, part, entityRecord, known(key));
        } else {
            boolean inTheMiddle = sheet.parts().indexOf(part) < sheet.parts().size() - 1;
            if (!sheet.isObject() && inTheMiddle) {
                sheet.nameElements();
            }
            sheet.remove(part);
        }
    }

    private String written(EntityRecord entityRecord, Sheet sheet) {
        return new String(
                edit.write(entityRecord, sheet.innerIndent(), sheet.printer()).bytes(),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    private void put(Sheet sheet, Part part, EntityRecord entityRecord, RecordMembers.Known known)
            throws InvalidJsonException {
        Sheet inner = sheet.open(part);
        if (inner == null || !inner.isObject()) {
            part.replace(written(entityRecord, sheet));
        } else {
            edit.apply(entityRecord, known, inner);
        }
    }

    /** All of the key's values, as far as the place says them. */
    private RecordMembers.Known known(RecordKey key) {
        @Nullable Object[] values = new Object[entity.fields().size()];
        List<Field> fields = entity.key();
        for (int i = 0; i < fields.size(); i++) {
            values[fields.get(i).ordinal()] = key.values().get(i);
        }
        return new RecordMembers.Known(values, null);
    }

    /** An array whose elements are told apart by members. */
    private final class KeyedList {
        private final Sheet sheet;
        private final List<Field> fields;

        KeyedList(Sheet sheet, List<Field> fields) throws InvalidJsonException, UnfitDocumentException {
            if (sheet.isObject() && !sheet.parts().isEmpty()) {
                throw new UnfitDocumentException("it is an object where an array is expected");
            }
            sheet.becomeArray();
            this.sheet = sheet;
            this.fields = fields;
        }

        void change(RecordKey key, @Nullable EntityRecord entityRecord) throws InvalidJsonException {
            List<Object> wanted =
                    fields.stream().map(field -> keyValue(key, field.name())).toList();
            List<Part> there = new ArrayList<>();
            for (Part part : sheet.parts()) {
                if (wanted.equals(keyOf(part))) {
                    there.add(part);
                }
            }
            int keep = entityRecord == null ? 0 : 1;
            there.stream().skip(keep).forEach(sheet::remove);
            if (entityRecord != null && there.isEmpty()) {
                sheet.addElement(sheet.parts().size(), written(entityRecord, sheet)).number = wanted;
            } else if (entityRecord != null) {
                put(sheet, there.get(0), entityRecord, known(key));
            }
        }

        /** Worked out once for each element, as long as the sheet is there. */
        private @Nullable Object keyOf(Part part) throws InvalidJsonException {
            if (part.number == null && !part.numberUnreadable) {
                List<@Nullable Object> values = new ArrayList<>();
                JsonScan scan = new JsonScan(part.value().bytes());
                for (Field field : fields) {
                    values.add(
                            Numbering.member(members, field, scan, part.value().from()));
                }
                part.numberUnreadable = values.contains(null);
                part.number = part.numberUnreadable ? null : values;
            }
            return part.number;
        }
    }

    /** An array whose elements have numbers. An element without one is given it when its place changes. */
    private final class NumberedList {
        private final Sheet sheet;
        private final Field field;

        NumberedList(Sheet sheet, Field field) throws InvalidJsonException, UnfitDocumentException {
            if (sheet.isObject() && !sheet.parts().isEmpty()) {
                throw new UnfitDocumentException("it is an object where an array is expected");
            }
            sheet.becomeArray();
            this.sheet = sheet;
            this.field = field;
            for (int i = 0; i < sheet.parts().size(); i++) {
                number(sheet.parts().get(i), i);
            }
        }

        private void number(Part part, int index) throws InvalidJsonException {
            if (part.number != null || part.numberUnreadable) {
                return;
            }
            String text = Integer.toString(index + 1);
            part.counted = true;
            if (part.value().bytes()[part.value().from()] == '{') {
                JsonScan scan = new JsonScan(part.value().bytes());
                int best = Integer.MAX_VALUE;
                for (JsonCursor member = new JsonCursor(scan, part.value().from()); member.next(); ) {
                    int rank = members.namesOf(field).indexOf(member.name());
                    if (rank >= 0 && rank < best) {
                        best = rank;
                        part.counted = false;
                        text = MemberTexts.text(scan, member.valueFrom(), member.valueTo());
                    }
                }
            }
            try {
                part.number = ValueJson.parse(field, text);
            } catch (InvalidValueException e) {
                part.numberUnreadable = true;
            }
        }

        void change(RecordKey key, @Nullable EntityRecord entityRecord)
                throws InvalidJsonException, UnfitDocumentException {
            Object number = keyValue(key, field.name());
            if (layout.byPlace()) {
                changeByPlace(((Number) number).longValue(), key, entityRecord);
                return;
            }
            List<Part> there = sheet.parts().stream()
                    .filter(part -> number.equals(part.number))
                    .toList();
            int keep = entityRecord == null ? 0 : 1;
            there.stream().skip(keep).forEach(sheet::remove);
            if (entityRecord != null) {
                if (there.isEmpty()) {
                    Part added = sheet.addElement(placeFor(number), written(entityRecord, sheet));
                    added.number = number;
                } else {
                    RecordMembers.Known known = known(key);
                    if (!there.get(0).counted) {
                        known.values()[field.ordinal()] = null;
                    }
                    put(sheet, there.get(0), entityRecord, known);
                }
            }
            numberWhatHasMoved();
        }

        /** What others behind it are called must not change. */
        private void changeByPlace(long place, RecordKey key, @Nullable EntityRecord entityRecord)
                throws InvalidJsonException, UnfitDocumentException {
            int size = sheet.parts().size();
            if (entityRecord != null && place >= 1 && place <= size) {
                put(sheet, sheet.parts().get((int) place - 1), entityRecord, known(key));
            } else if (entityRecord != null && place == size + 1L) {
                sheet.addElement(size, written(entityRecord, sheet));
            } else if (entityRecord != null) {
                throw new UnfitDocumentException(
                        "it has %d elements, so the next one is number %d".formatted(size, size + 1));
            } else if (place == size) {
                sheet.remove(sheet.parts().get(size - 1));
            } else if (place >= 1 && place < size) {
                throw new UnfitDocumentException(
                        "it has %d elements, and only the last one can go: others would change their numbers"
                                .formatted(size));
            }
        }

        /** Behind the last one with a smaller number. */
        @SuppressWarnings({"unchecked", "rawtypes"})
        private int placeFor(Object number) {
            for (int i = sheet.parts().size(); i > 0; i--) {
                Object earlier = sheet.parts().get(i - 1).number;
                if (earlier != null && ((Comparable) earlier).compareTo(number) < 0) {
                    return i;
                }
            }
            return 0;
        }

        private void numberWhatHasMoved() throws InvalidJsonException {
            for (int i = 0; i < sheet.parts().size(); i++) {
                Part part = sheet.parts().get(i);
                Object number = part.number;
                if (part.counted && number != null && !number.toString().equals(Integer.toString(i + 1))) {
                    Sheet inner = sheet.open(part);
                    if (inner != null && inner.isObject()) {
                        inner.addMember(members.namesOf(field).get(0), number.toString());
                        part.counted = false;
                    }
                }
            }
        }
    }
}
