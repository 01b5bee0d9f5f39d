package dev.changeover.store.table;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.KeyNumber;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Uuid5;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.model.layout.TableLayout;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One entity's records as rows of a table, and back, by the rules of {@link TableLayout}. What goes in comes out.
 *
 * <p>A row's values stand in the order of {@link #columns()}; SQL's NULL is Java's null. Going in, a value is of the class of
 * its field's type, or a {@link String} or {@link java.util.UUID} where it is derived. Coming back, it is of the class of
 * the column's own type or a text of it.
 *
 * <p>An edit by hand must be seen. Where a column does not hold what the record derives, the field it derives from first
 * takes the column's value; where it derives from none of its own (a constant, a second column of the same field), the
 * record gets an unnamed member of the column's name, which the column then follows on the way back. Only what would turn
 * a record whose identity is beyond doubt into another one is a fault.
 *
 * <p>Safe for use by several threads.
 */
public final class RowMapping {
    private static final int UUID_LENGTH = 36;
    /** Of most rows there is nothing in the JSON column. */
    private static final String NOTHING = "{}";

    private static final Field NAME = Field.required(0, "name", FieldType.TEXT);

    private final Migration migration;
    private final Entity entity;
    private final Map<String, String> where;
    private final @Nullable String extraColumn;
    private final List<TableLayout.Column> columns;
    private final List<String> names;
    /** By field: the column that holds its value, or -1 for the JSON column. */
    private final int[] columnOfField;

    /** By field: whether that column shows its default for null, too. */
    private final boolean[] nullAsDefault;

    private final Field[] unbounded;
    /** The columns that are checked against the record, in order. */
    private final List<Checked> checked = new ArrayList<>();
    /** The column that is made of the record's own key, as a uuid5 is, or -1. */
    private int ownUuid = -1;

    private final boolean[] keyField;
    /** Whether some part of the key is a text that has no column. */
    private final boolean namedByText;

    private final List<String> keyFieldColumns;

    /** A column that holds nothing of its own. */
    private record Checked(int index, String name, Derivation value) {}

    private RowMapping(Migration migration, Entity entity, TableLayout layout) {
        this.migration = migration;
        this.entity = entity;
        this.columns = layout.columns();
        this.where = layout.where();
        this.extraColumn = layout.extra();
        List<String> all = new ArrayList<>();
        columns.forEach(column -> all.add(column.name()));
        if (extraColumn != null) {
            all.add(extraColumn);
        }
        this.names = List.copyOf(all);
        int fields = entity.fields().size();
        this.columnOfField = new int[fields];
        Arrays.fill(columnOfField, -1);
        this.keyField = new boolean[fields];
        this.nullAsDefault = new boolean[fields];
        this.unbounded = entity.fields().stream().map(ColumnValues::unbounded).toArray(Field[]::new);
        entity.key().forEach(field -> keyField[entity.field(field.name()).ordinal()] = true);
        for (int i = 0; i < columns.size(); i++) {
            place(i, columns.get(i));
        }
        this.namedByText = entity.key().stream()
                .anyMatch(field ->
                        columnOfField[field.ordinal()] < 0 && field.type().kind() == FieldType.Kind.TEXT);
        boolean columnForEach =
                hasUuid() && entity.key().stream().allMatch(field -> columnOfField[field.ordinal()] >= 0);
        this.keyFieldColumns = columnForEach
                ? entity.key().stream()
                        .map(field -> names.get(columnOfField[field.ordinal()]))
                        .toList()
                : List.of();
    }

    private void place(int index, TableLayout.Column column) {
        if (column.value() instanceof Derivation.FieldValue value) {
            int field = entity.field(value.field()).ordinal();
            if (columnOfField[field] < 0) {
                columnOfField[field] = index;
                nullAsDefault[field] = value.nullAsDefault();
                return;
            }
        }
        if (isOwnUuid(column.value()) && ownUuid < 0) {
            ownUuid = index;
        } else {
            checked.add(new Checked(index, column.name(), column.value()));
        }
    }

    private boolean isOwnUuid(Derivation value) {
        return value instanceof Derivation.OfKey uuid
                && uuid.entity().equals(entity.name())
                && uuid.fields().equals(entity.key().stream().map(Field::name).toList());
    }

    public static RowMapping of(Migration migration, Entity entity, TableLayout layout) {
        return new RowMapping(migration, entity, layout);
    }

    public Entity entity() {
        return entity;
    }

    /** The columns' names: those of the layout in its order, then the JSON column if there is one. */
    public List<String> columns() {
        return names;
    }

    /** The row of a record. */
    public @Nullable Object[] row(EntityRecord entityRecord) {
        @Nullable Object[] row = new @Nullable Object[names.size()];
        for (int i = 0; i < columns.size(); i++) {
            row[i] = column(columns.get(i), i, entityRecord);
        }
        if (extraColumn != null) {
            row[columns.size()] = extra(entityRecord);
        }
        return row;
    }

    private @Nullable Object column(TableLayout.Column column, int index, EntityRecord from) {
        if (column.value() instanceof Derivation.FieldValue value) {
            Field field = entity.field(value.field());
            if (columnOfField[field.ordinal()] == index) {
                return stored(value, field, from);
            }
        }
        return derive(column.name(), column.value(), from);
    }

    private static @Nullable Object stored(Derivation.FieldValue column, Field field, EntityRecord from) {
        Object value = from.value(field);
        if (value == Missing.ABSENT || (column.nullAsDefault() && value == Missing.NULL)) {
            value = field.defaultValue();
        }
        return value instanceof Missing ? null : value;
    }

    /** The columns that hold a record's key, and nothing else: what they hold for {@code key}. */
    public @Nullable Object keyColumn(String columnName, RecordKey key) {
        TableLayout.Column column = columns.get(names.indexOf(columnName));
        if (column.value() instanceof Derivation.FieldValue value) {
            return key.values().get(entity.key().indexOf(entity.field(value.field())));
        }
        if (isOwnUuid(column.value())) {
            return ofKey(column.value(), key);
        }
        if (where.containsKey(columnName)) {
            return where.get(columnName);
        }
        throw new IllegalArgumentException("Invalid key column %s of %s".formatted(columnName, entity));
    }

    /**
     * Whether a row may be named by a uuid of its own instead of by the uuid5 of this key: another program wrote it, and made its id up.
     * See {@link #namingColumns}.
     */
    public boolean mayHaveOwnId(RecordKey key) {
        if (!hasUuid()) {
            return false;
        }
        if (!namedByText) {
            return true;
        }
        for (Object value : key.values()) { // asked for each row that is written
            if (isUuid(value)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the column that is made of the record's own key is a uuid; a number is not what another program would name a row by. */
    private boolean hasUuid() {
        return ownUuid >= 0 && columns.get(ownUuid).value() instanceof Derivation.Uuid5;
    }

    /** As PostgreSQL writes it: a text of another spelling is never the name of such a row. */
    private static boolean isUuid(Object value) {
        if (!(value instanceof String text) || text.length() != UUID_LENGTH || text.charAt(8) != '-') {
            return false;
        }
        try {
            return UUID.fromString(text).toString().equals(text);
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * The columns that hold the parts of the key, where each has one and a row has a uuid beside them; empty otherwise. Such a row is
     * named by them, whatever its uuid is.
     */
    public List<String> keyFieldColumns() {
        return keyFieldColumns;
    }

    /** The columns by one of which a row is named that another program made up an id for; empty if rows here are never named so. */
    public List<String> namingColumns() {
        if (!hasUuid() || !namedByText) {
            return List.of();
        }
        List<String> naming = new ArrayList<>();
        naming.add(names.get(ownUuid));
        for (Checked column : checked) {
            if (column.value() instanceof Derivation.Uuid5 uuid
                    && keyField[entity.field(uuid.fields().get(0)).ordinal()]) {
                naming.add(column.name());
            }
        }
        return naming;
    }

    /** The uuids by which {@code key} may name such a row. */
    public List<UUID> ownIds(RecordKey key) {
        return key.values().stream()
                .filter(RowMapping::isUuid)
                .map(value -> UUID.fromString(value.toString()))
                .toList();
    }

    /** The column of the uuid5 of the record's own key; -1 if there is none. */
    public int ownUuidColumn() {
        return ownUuid;
    }

    /** The keys, of this record and of those it points to, whose uuid5 stands in its row. */
    public List<RecordKey> uuidKeys(EntityRecord of) {
        List<RecordKey> keys = new ArrayList<>();
        if (hasUuid()) {
            keys.add(of.key());
        }
        for (Checked column : checked) {
            if (column.value() instanceof Derivation.Uuid5 uuid) {
                List<Object> values = valuesOrNull(uuid.fields(), of);
                if (values != null) {
                    keys.add(RecordKey.of(migration.entity(uuid.entity()), values));
                }
            }
        }
        return keys;
    }

    /** Null if one of them has none. */
    private static @Nullable List<Object> valuesOrNull(List<String> fields, EntityRecord of) {
        List<Object> values = new ArrayList<>(fields.size());
        for (String field : fields) {
            Object value = of.value(field);
            if (value instanceof Missing) {
                return null;
            }
            values.add(value);
        }
        return values;
    }

    /** Whether what the column holds follows from the record's key alone. */
    public boolean isKeyColumn(String columnName) {
        int index = names.indexOf(columnName);
        return index >= 0
                && index < columns.size()
                && (isOwnUuid(columns.get(index).value()) || keyFieldOf(index) >= 0 || where.containsKey(columnName));
    }

    /** Whether these columns follow from the record's key alone, and no two keys share what they hold. */
    public boolean identifies(List<String> columnNames) {
        if (columnNames.isEmpty() || !columnNames.stream().allMatch(this::isKeyColumn)) {
            return false;
        }
        return columnNames.stream()
                        .anyMatch(name ->
                                isOwnUuid(columns.get(names.indexOf(name)).value()))
                || entity.key().stream()
                        .allMatch(field -> columnNames.contains(
                                columnOfField[field.ordinal()] < 0 ? "" : names.get(columnOfField[field.ordinal()])));
    }

    private int keyFieldOf(int index) {
        if (columns.get(index).value() instanceof Derivation.FieldValue value) {
            int field = entity.field(value.field()).ordinal();
            return keyField[field] && columnOfField[field] == index ? field : -1;
        }
        return -1;
    }

    /** The column that holds the field's value, if it has one of its own. */
    public Optional<String> columnOf(Field field) {
        int index = columnOfField[field.ordinal()];
        return index < 0 ? Optional.empty() : Optional.of(names.get(index));
    }

    /** Where the column's value comes from; empty for the JSON column. */
    public Optional<Derivation> derivation(String columnName) {
        int index = names.indexOf(columnName);
        return index < 0 || index >= columns.size()
                ? Optional.empty()
                : Optional.of(columns.get(index).value());
    }

    /** What the column derives to, null for NULL. */
    private @Nullable Object derive(String name, Derivation derivation, EntityRecord from) {
        if (derivation instanceof Derivation.OfKey uuid) {
            return ofKey(uuid, from);
        }
        if (derivation instanceof Derivation.FileOf file) {
            return from.value(file.field()) instanceof String text ? PathPattern.file(text) : null;
        }
        if (derivation instanceof Derivation.Coalesce coalesce) {
            return firstOf(coalesce, from);
        }
        if (derivation instanceof Derivation.Member member) {
            return JsonMember.text(from.value(member.field()), member.path());
        }
        if (derivation instanceof Derivation.InetAddress address) {
            return from.value(address.field()) instanceof String text && IpAddress.bytes(text) != null ? text : null;
        }
        if (derivation instanceof Derivation.Heading || derivation instanceof Derivation.Words) {
            return ofText(derivation, from);
        }
        if (derivation instanceof Derivation.Join join) {
            return joined(join, from);
        }
        if (derivation instanceof Derivation.Assembled assembled) {
            return assembled(assembled, from);
        }
        JsonText override = from.unnamed().get(name);
        if (derivation instanceof Derivation.FieldValue value) {
            Field field = entity.field(value.field());
            return override == null
                    ? stored(value, field, from)
                    : overridden(field, override, stored(value, field, from));
        }
        if (derivation instanceof Derivation.Presence presence) {
            Object value = from.value(presence.field());
            boolean there = !(value instanceof Missing) && !value.equals(false);
            return derive(name, there ? presence.there() : presence.missing(), from);
        }
        if (derivation instanceof Derivation.Switch choice) {
            Object value = from.value(choice.field());
            String fixed = value instanceof Missing ? null : choice.cases().get(ValueJson.text(value));
            return fixed == null ? derive(name, choice.otherwise(), from) : fixed;
        }
        String constant = ((Derivation.Constant) derivation).text();
        if (where.containsKey(name)) {
            return constant;
        }
        return override == null ? constant : constantOr(override, constant);
    }

    private Object ofKey(Derivation derivation, RecordKey key) {
        if (derivation instanceof Derivation.KeyNumber number) {
            return number.rising()
                    ? KeyNumber.rising(migration.namespace(), key)
                    : KeyNumber.of(migration.namespace(), key);
        }
        return Uuid5.of(migration.namespace(), key);
    }

    private @Nullable Object ofKey(Derivation.OfKey uuid, EntityRecord from) {
        List<Object> values = new ArrayList<>(uuid.fields().size());
        for (String field : uuid.fields()) {
            Object value = from.value(field);
            if (value instanceof Missing) {
                return null;
            }
            values.add(value);
        }
        return ofKey(uuid, RecordKey.of(migration.entity(uuid.entity()), values));
    }

    private static @Nullable String ofText(Derivation derivation, EntityRecord from) {
        if (derivation instanceof Derivation.Words words) {
            return from.value(words.field()) instanceof String text ? text.replace('_', ' ') : null;
        }
        Object text = from.value(((Derivation.Heading) derivation).field());
        return text instanceof String markdown
                ? markdown.lines()
                        .filter(line ->
                                line.startsWith("# ") && !line.substring(2).isBlank())
                        .map(line -> line.substring(2).strip())
                        .findFirst()
                        .orElse(null)
                : null;
    }

    private @Nullable String joined(Derivation.Join join, EntityRecord from) {
        StringBuilder text = new StringBuilder();
        for (Derivation part : join.parts()) {
            Object value = derive("", part, from);
            if (value == null) {
                return null;
            }
            text.append(ValueJson.text(value));
        }
        return text.toString();
    }

    private static JsonText assembled(Derivation.Assembled assembled, EntityRecord from) {
        Map<String, JsonText> members = new LinkedHashMap<>();
        assembled.fields().forEach((name, field) -> {
            Object value = from.value(field);
            members.put(name, value instanceof Missing ? JsonText.NULL : JsonMember.of(value));
        });
        return JsonMembers.object(members);
    }

    private static @Nullable Object firstOf(Derivation.Coalesce coalesce, EntityRecord from) {
        for (Derivation choice : coalesce.choices()) {
            if (choice instanceof Derivation.FieldValue value) {
                Object there = from.value(value.field());
                if (there != Missing.ABSENT) {
                    return there == Missing.NULL ? null : there;
                }
            } else if (choice instanceof Derivation.Member member) {
                String text = JsonMember.text(from.value(member.field()), member.path());
                if (text != null) {
                    return text;
                }
            } else if (choice instanceof Derivation.Constant constant) {
                return constant.text();
            } else {
                String text = ofText(choice, from);
                if (text != null) {
                    return text;
                }
            }
        }
        return null;
    }

    private static @Nullable Object overridden(Field field, JsonText override, @Nullable Object otherwise) {
        try {
            Object value = ColumnValues.ofJson(ColumnValues.unbounded(field), override);
            return value instanceof Missing ? null : value;
        } catch (InvalidValueException e) {
            return otherwise;
        }
    }

    /** A scalar of the constant's own kind, so that a legacy member which by chance has the column's name does no harm. */
    private static @Nullable Object constantOr(JsonText override, String constant) {
        char first = override.text().charAt(0);
        boolean bool = constant.equals("true") || constant.equals("false");
        boolean number = constant.matches("-?\\d+(\\.\\d+)?");
        if (override.equals(JsonText.NULL)) {
            return null;
        }
        boolean fits = switch (first) {
            case 't', 'f' -> bool;
            case '"' -> !bool && !number;
            case '{', '[' -> false;
            default -> number;
        };
        if (!fits) {
            return constant;
        }
        try {
            String text = JsonMembers.string(override);
            return text == null ? override.text() : text;
        } catch (InvalidJsonException e) {
            return constant;
        }
    }

    private JsonText extra(EntityRecord from) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = StrictJson.factory().createGenerator(text)) {
            generator.writeStartObject();
            for (Field field : entity.fields()) {
                Object value = from.value(field);
                if (belongsInExtra(field, value)) {
                    generator.writeFieldName(field.name());
                    ValueJson.write(generator, value);
                }
            }
            for (Map.Entry<String, JsonText> member : from.unnamed().entrySet()) {
                generator.writeFieldName(member.getKey());
                generator.writeRawValue(member.getValue().text());
            }
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.getBuffer().length() == 2 ? JsonText.EMPTY_OBJECT : new JsonText(text.toString());
    }

    private boolean belongsInExtra(Field field, Object value) {
        if (value == Missing.ABSENT) {
            return false;
        }
        if (columnOfField[field.ordinal()] < 0) {
            return true;
        }
        if (value == Missing.NULL) {
            return field.nullable() && field.optional();
        }
        return field.optional()
                && !(field.defaultValue() instanceof Missing)
                && Canonical.same(field, value, field.defaultValue());
    }

    /** The record that a row holds. */
    public RowRead read(@Nullable Object[] row) {
        return new Reader(row).read();
    }

    /** Reads one row. */
    private final class Reader {
        private final @Nullable Object[] row;
        private final EntityRecord.Builder builder = EntityRecord.of(entity);
        /** What {@link #builder} has, until it gets something else. */
        private @Nullable EntityRecord built;

        private String fault = "";

        Reader(@Nullable Object[] row) {
            this.row = row;
        }

        RowRead read() {
            readFields();
            boolean identified = identify();
            RecordKey key = key();
            if (!fault.isEmpty()) {
                return new RowRead(key, null, fault);
            }
            for (Checked column : checked) {
                check(column, identified); // no part of the key changes by that
            }
            return new RowRead(key, built(), fault);
        }

        private EntityRecord built() {
            EntityRecord now = built;
            if (now == null) {
                now = builder.build();
                built = now;
            }
            return now;
        }

        private void readFields() {
            Map<String, JsonText> extra = extraMembers();
            List<Field> fields = entity.fields();
            for (int i = 0; i < fields.size(); i++) {
                Field field = fields.get(i);
                int column = columnOfField[i];
                if (column < 0) {
                    if (builder.value(field) == Missing.ABSENT && !field.optional() && !keyField[i]) {
                        builder.set(field, Missing.NULL);
                    }
                    continue;
                }
                try {
                    builder.set(field, ofColumn(field, row[column], extra.remove(field.name())));
                } catch (InvalidValueException e) {
                    fault(names.get(column), e.getMessage());
                }
            }
            extra.forEach(builder::setUnnamed);
        }

        /** Sets the fields that have no column of their own; returns the other members of the JSON column. */
        private Map<String, JsonText> extraMembers() {
            Map<String, JsonText> members = new LinkedHashMap<>();
            Object raw = extraColumn == null ? null : row[columns.size()];
            if (raw == null || raw.equals(NOTHING)) {
                return members;
            }
            try (JsonParser parser = StrictJson.factory().createParser(raw.toString())) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new InvalidJsonException("an object is expected", 1, 1);
                }
                for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                    parser.nextToken();
                    Field field = entity.fieldOrNull(name);
                    if (field != null && columnOfField[field.ordinal()] < 0) {
                        setOfExtra(field, parser);
                    } else {
                        members.put(name, StrictJson.copy(parser));
                        ValueJson.checked(NAME, name); // as any text is: a database need not be able to keep it
                    }
                }
                StrictJson.end(parser);
            } catch (IOException e) {
                fault(String.valueOf(extraColumn), InvalidJsonException.of(e).getMessage());
            } catch (InvalidValueException e) {
                fault(String.valueOf(extraColumn), "a member's name: " + e.getMessage());
            }
            return members;
        }

        private void setOfExtra(Field field, JsonParser parser) throws IOException {
            try {
                builder.set(field, ValueJson.read(parser, unbounded[field.ordinal()]));
            } catch (InvalidValueException e) {
                fault(extraColumn + "." + field.name(), e.getMessage());
            }
        }

        private Object ofColumn(Field field, @Nullable Object raw, @Nullable JsonText member)
                throws InvalidValueException {
            if (raw == null) {
                boolean showsAbsent = field.optional() && field.defaultValue() instanceof Missing;
                return showsAbsent && !JsonText.NULL.equals(member) ? Missing.ABSENT : Missing.NULL;
            }
            Object value = ColumnValues.of(unbounded[field.ordinal()], raw);
            boolean showsDefault = field.optional()
                    && !(field.defaultValue() instanceof Missing)
                    && Canonical.same(field, value, field.defaultValue());
            if (showsDefault && nullAsDefault[field.ordinal()] && JsonText.NULL.equals(member)) {
                return Missing.NULL;
            }
            return showsDefault && member == null ? Missing.ABSENT : value;
        }

        /** Whether it is beyond doubt which record it is; where it is not, names it by what is there. */
        private boolean identify() {
            boolean complete = true;
            for (Field field : entity.key()) {
                complete &= !(builder.value(field) instanceof Missing);
            }
            if (ownUuid < 0) {
                return complete;
            }
            Object raw = row[ownUuid];
            if (complete
                    && raw != null
                    && ColumnValues.same(ofKey(columns.get(ownUuid).value(), built().key()), raw)) {
                return true;
            }
            if (!fault.isEmpty()) {
                return false;
            }
            boolean byColumns =
                    complete && entity.key().stream().allMatch(field -> columnOfField[field.ordinal()] >= 0);
            if (byColumns && !hasUuid()) {
                fault(names.get(ownUuid), "it is not made of the key; a program of its own wrote this row");
                return false;
            }
            if (!byColumns) {
                nameByRawText(complete);
            }
            return false;
        }

        /** A row without our JSON column's content: its own uuids stand for the texts that we do not know. */
        private void nameByRawText(boolean complete) {
            built = null;
            for (Field field : entity.key()) {
                if (complete ? field.equals(entity.key().get(0)) : builder.value(field) instanceof Missing) {
                    Object raw = rawKey(field);
                    if (raw != null && field.type().kind() == FieldType.Kind.TEXT) {
                        builder.set(field, raw.toString());
                    }
                }
            }
        }

        private @Nullable Object rawKey(Field field) {
            boolean ownNeeded = builder.value(field) != Missing.ABSENT;
            for (Checked column : checked) {
                if (!ownNeeded
                        && column.value() instanceof Derivation.OfKey uuid
                        && uuid.fields().get(0).equals(field.name())) {
                    return row[column.index()];
                }
            }
            return row[ownUuid];
        }

        private void check(Checked column, boolean identified) {
            Object expected = derive(column.name(), column.value(), built());
            Object raw = row[column.index()];
            if (expected == null ? raw == null : raw != null && matches(column.value(), expected, raw)) {
                return;
            }
            built = null;
            edited(column, column.value(), raw, identified);
        }

        private static boolean matches(Derivation value, Object expected, Object raw) {
            return value instanceof Derivation.InetAddress
                    ? IpAddress.same(expected.toString(), raw.toString())
                    : ColumnValues.same(expected, raw);
        }

        private void edited(Checked column, Derivation value, @Nullable Object raw, boolean identified) {
            if (value instanceof Derivation.OfKey uuid) {
                setField(column, entity.field(uuid.fields().get(0)), raw, identified);
            } else if (value instanceof Derivation.FileOf file) {
                setField(column, entity.field(file.field()), raw, identified);
            } else if (value instanceof Derivation.InetAddress address) {
                setField(column, entity.field(address.field()), raw, identified);
            } else if (value instanceof Derivation.Member member) {
                setMember(member, raw);
            } else if (value instanceof Derivation.Coalesce coalesce) {
                Derivation first = coalesce.choices().get(0);
                if (first instanceof Derivation.FieldValue field) {
                    setField(column, entity.field(field.field()), raw, identified);
                } else {
                    edited(column, first, raw, identified);
                }
            } else if (extraColumn != null && entity.fieldOrNull(column.name()) == null) {
                builder.setUnnamed(column.name(), JsonMember.of(raw));
            } else if (value instanceof Derivation.FieldValue field) {
                setField(column, entity.field(field.field()), raw, identified);
            } else {
                fault(column.name(), "it is not the constant that the definition says");
            }
        }

        private void setField(Checked column, Field field, @Nullable Object raw, boolean identified) {
            if (keyField[field.ordinal()]) {
                if (identified) {
                    fault(column.name(), "it belongs to another key than the row's");
                }
                return;
            }
            try {
                builder.set(field, raw == null ? Missing.NULL : ColumnValues.of(unbounded[field.ordinal()], raw));
            } catch (InvalidValueException e) {
                fault(column.name(), e.getMessage());
            }
        }

        private void setMember(Derivation.Member member, @Nullable Object raw) {
            Field field = entity.field(member.field());
            builder.set(field, JsonMember.with(builder.value(field), member.path(), raw));
        }

        private @Nullable RecordKey key() {
            for (Field field : entity.key()) {
                if (builder.value(field) instanceof Missing) {
                    fault(
                            columnOfField[field.ordinal()] < 0
                                    ? extraColumn + "." + field.name()
                                    : names.get(columnOfField[field.ordinal()]),
                            "it is missing, and it is a part of the key");
                    return null;
                }
            }
            return built().key();
        }

        /** The first one tells most. */
        private void fault(String where, String what) {
            if (fault.isEmpty()) {
                fault = "column " + where + ": " + what;
            }
        }
    }
}
