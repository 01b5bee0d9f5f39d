package dev.changeover.model.definition;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.FieldType.Kind;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads an entity's {@code fields} and {@code key}. */
final class FieldReader {
    static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private static final String DOUBLE_ENCODED = "double-encoded-utf8";
    private static final String AS_IT_IS = "none";

    private static final Set<Kind> WITH_RANGE = EnumSet.of(
            Kind.INT32,
            Kind.INT64,
            Kind.FLOAT32,
            Kind.FLOAT64,
            Kind.DECIMAL,
            Kind.TIMESTAMPTZ,
            Kind.TIMESTAMP,
            Kind.DATE,
            Kind.TIME);
    private static final Set<Kind> NEVER_A_KEY = EnumSet.of(Kind.JSON, Kind.FLOAT32, Kind.FLOAT64, Kind.BYTES);

    private final Source source;
    private final TypeReader types;

    FieldReader(Source source) {
        this.source = source;
        this.types = new TypeReader(source);
    }

    void readFields(Draft draft) {
        Section fields = draft.section.section("fields");
        if (fields == null) {
            return;
        }
        if (fields.entries().isEmpty()) {
            source.problem(fields.place(), "Missing fields of %s: name at least its key".formatted(draft.name));
        }
        for (Section.Entry entry : fields.entries()) {
            String name = entry.name().text();
            if (!NAME.matcher(name).matches()) {
                source.problem(
                        entry.name().place(),
                        "Invalid field name \"%s\" of %s: letters, digits and _; give its other name under legacy.members"
                                .formatted(name, draft.name));
                draft.broken.add(name);
            }
            Field field = field(draft, name, entry.value());
            if (field == null) {
                draft.broken.add(name);
                field = Field.required(draft.fields.size(), name, FieldType.TEXT);
            }
            draft.fields.put(name, field);
        }
    }

    private @Nullable Field field(Draft draft, String name, Node node) {
        Section map = null;
        Node typeNode = node;
        if (node instanceof MappingNode) {
            map = source.section(node, "field " + draft.label(name));
            if (map == null) {
                return null;
            }
            map.expecting("type", "in", "min", "max", "repair").requiring("type");
            typeNode = map.node("type");
        }
        Scalar type = typeNode == null ? null : source.scalar(typeNode, "type of field " + draft.label(name));
        TypeReader.Declared declared = type == null ? null : types.read(type, draft.label(name));
        if (declared == null) {
            return null;
        }
        Field bare = new Field(
                draft.fields.size(),
                name,
                declared.type(),
                declared.nullable(),
                declared.optional(),
                Missing.NULL,
                null,
                null,
                List.of());
        Field limited = map == null ? bare : withLimits(draft, bare, map);
        return declared.defaultText() == null ? limited : withDefault(draft, limited, declared.defaultText());
    }

    private Field withLimits(Draft draft, Field field, Section map) {
        Object min = limit(draft, field, map, "min");
        Object max = limit(draft, field, map, "max");
        if (min != null && max != null && compare(min, max) > 0) {
            source.problem(
                    map.placeOf("min"),
                    "Invalid range of field %s: min is above max".formatted(draft.label(field.name())));
        }
        List<Object> oneOf = new ArrayList<>();
        for (Scalar scalar : map.scalars("in")) {
            Object value = value(draft, field, scalar, "value");
            if (value != null) {
                oneOf.add(value);
            }
        }
        if (field.type().kind() == Kind.JSON && map.has("in")) {
            source.problem(map.placeOf("in"), "Invalid \"in\": json has no enumeration");
        }
        return new Field(
                field.ordinal(),
                field.name(),
                field.type(),
                field.nullable(),
                field.optional(),
                field.defaultValue(),
                min,
                max,
                oneOf,
                repair(draft, field, map));
    }

    private Field.Repair repair(Draft draft, Field field, Section map) {
        String repair = map.word("repair", "", DOUBLE_ENCODED, AS_IT_IS);
        if (repair.isEmpty()) {
            return Field.Repair.UNDECIDED;
        }
        if (field.type().kind() != Kind.TEXT) {
            source.problem(
                    map.placeOf("repair"),
                    "Invalid repair of field %s: only texts are repaired, and it is %s"
                            .formatted(draft.label(field.name()), field.type()));
        }
        return repair.equals(DOUBLE_ENCODED) ? Field.Repair.DOUBLE_ENCODED_UTF8 : Field.Repair.NONE;
    }

    private @Nullable Object limit(Draft draft, Field field, Section map, String name) {
        Scalar scalar = map.scalar(name);
        if (scalar == null) {
            return null;
        }
        if (!WITH_RANGE.contains(field.type().kind())) {
            source.problem(
                    scalar.place(),
                    "Invalid %s of field %s: only numbers, dates and times have a range, %s has none"
                            .formatted(name, draft.label(field.name()), field.type()));
            return null;
        }
        return value(draft, field, scalar, name);
    }

    private Field withDefault(Draft draft, Field field, Scalar text) {
        Object value = value(draft, field, text, "default");
        return new Field(
                field.ordinal(),
                field.name(),
                field.type(),
                field.nullable(),
                field.optional(),
                value == null ? Missing.NULL : value,
                field.min(),
                field.max(),
                field.oneOf(),
                field.repair());
    }

    private @Nullable Object value(Draft draft, Field field, Scalar scalar, String what) {
        String text = scalar.text();
        if (text.length() >= 2 && text.startsWith("'") && text.endsWith("'")) {
            text = text.substring(1, text.length() - 1).replace("''", "'");
        }
        try {
            return ValueJson.checked(field, ValueJson.parse(field, text));
        } catch (InvalidValueException e) {
            source.problem(
                    scalar.place(),
                    "Invalid %s \"%s\" of field %s: %s"
                            .formatted(what, text, draft.label(field.name()), e.getMessage()));
            return null;
        }
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object a, Object b) {
        return ((Comparable<Object>) a).compareTo(b); // both are of the one class that the field's type names
    }

    void readKey(Draft draft) {
        for (Scalar name : draft.section.scalars("key")) {
            Field field = named(draft, name, "key of " + draft.name);
            if (field == null) {
                continue;
            }
            String label = draft.label(field.name());
            if (draft.key.contains(field)) {
                source.problem(name.place(), "Duplicate \"%s\" in key of %s".formatted(field.name(), draft.name));
                continue;
            }
            draft.key.add(field);
            if (draft.broken.contains(field.name())) {
                continue;
            }
            if (field.nullable() || field.optional()) {
                source.problem(
                        name.place(),
                        "Invalid key field %s: it must always have a value; declare it as %s"
                                .formatted(label, field.type()));
            }
            if (field.repair() == Field.Repair.DOUBLE_ENCODED_UTF8) {
                source.problem(
                        name.place(),
                        "Invalid key field %s: a key is never repaired, it says which one".formatted(label));
            }
            if (NEVER_A_KEY.contains(field.type().kind())) {
                source.problem(name.place(), "Invalid key field %s: %s cannot be a key".formatted(label, field.type()));
            }
        }
    }

    /** The draft's field of that name; null, and a problem, if there is none. */
    @Nullable
    Field named(Draft draft, Scalar name, String where) {
        Field field = draft.fields.get(name.text());
        if (field == null) {
            source.problem(
                    name.place(),
                    "Unknown field \"%s\" in %s%s"
                            .formatted(name.text(), where, Nearest.hint(name.text(), draft.fields.keySet())));
        }
        return field;
    }
}
