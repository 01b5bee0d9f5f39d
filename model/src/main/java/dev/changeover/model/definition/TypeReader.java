package dev.changeover.model.definition;

import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.FieldType.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what stands behind a field's name: {@code text(255)}, {@code int32?}, {@code json|null}, {@code text(50) = active}. */
final class TypeReader {
    private static final Pattern TYPE = Pattern.compile(
            "\\s*([A-Za-z_][A-Za-z0-9_]*)\\s*(\\(([^)]*)\\))?\\s*(\\?|\\|\\s*null)?\\s*(=\\s*(.*?))?\\s*",
            Pattern.DOTALL);
    private static final Pattern ARGUMENTS = Pattern.compile("\\s*(\\d{1,9})\\s*(,\\s*(\\d{1,9})\\s*)?");

    /** What other programs call them. */
    private static final Map<String, String> USUAL_NAMES = usualNames();

    /**
     * @param defaultText what stands behind {@code =}, or null
     */
    record Declared(
            FieldType type,
            boolean nullable,
            boolean optional,
            @Nullable Scalar defaultText) {}

    private final Source source;

    TypeReader(Source source) {
        this.source = source;
    }

    /** @return null, after a problem, if it is no type */
    @Nullable
    Declared read(Scalar scalar, String field) {
        Matcher parts = TYPE.matcher(scalar.text());
        if (!parts.matches()) {
            source.problem(
                    scalar.place(),
                    "Invalid type \"%s\" of field %s: write it like text(255), int32?, json|null or bool = false"
                            .formatted(scalar.text(), field));
            return null;
        }
        FieldType type = type(parts, scalar, field);
        if (type == null) {
            return null;
        }
        String mark = parts.group(4) == null ? "" : parts.group(4);
        boolean hasDefault = parts.group(5) != null;
        if (mark.startsWith("|") && hasDefault) {
            source.problem(
                    scalar.placeOf(parts.start(5)),
                    "Invalid default of field %s: a field that must be there needs none; write %s? = … if it may be left out"
                            .formatted(field, type));
        }
        return new Declared(
                type,
                !mark.isEmpty(),
                mark.equals("?") || hasDefault,
                hasDefault ? scalar.part(parts.group(6), parts.start(6)) : null);
    }

    private @Nullable FieldType type(Matcher parts, Scalar scalar, String field) {
        String word = parts.group(1);
        Kind kind = kind(word);
        if (kind == null) {
            String usual = USUAL_NAMES.get(word.toLowerCase(java.util.Locale.ROOT));
            String hint = usual == null ? Nearest.hint(word, words()) : ". Did you mean \"" + usual + "\"?";
            source.problem(
                    scalar.placeOf(parts.start(1)), "Invalid type \"%s\" of field %s%s".formatted(word, field, hint));
            return null;
        }
        String inBrackets = parts.group(3);
        Place place = inBrackets == null ? scalar.placeOf(parts.end(1)) : scalar.placeOf(parts.start(3));
        return switch (kind) {
            case TEXT -> text(inBrackets, place, field);
            case DECIMAL -> decimal(inBrackets, place, field);
            case BOOL, INT32, INT64, FLOAT32, FLOAT64, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES, JSON -> {
                if (inBrackets != null) {
                    source.problem(
                            place, "Invalid type of field %s: %s takes nothing in brackets".formatted(field, word));
                }
                yield FieldType.of(kind);
            }
        };
    }

    private FieldType text(@Nullable String inBrackets, Place place, String field) {
        if (inBrackets == null) {
            return FieldType.TEXT;
        }
        Matcher arguments = ARGUMENTS.matcher(inBrackets);
        if (!arguments.matches() || arguments.group(2) != null || Integer.parseInt(arguments.group(1)) < 1) {
            source.problem(
                    place,
                    "Invalid length \"%s\" of field %s: text takes the most characters it may have, as in text(255)"
                            .formatted(inBrackets, field));
            return FieldType.TEXT;
        }
        return FieldType.text(Integer.parseInt(arguments.group(1)));
    }

    private @Nullable FieldType decimal(@Nullable String inBrackets, Place place, String field) {
        Matcher arguments = ARGUMENTS.matcher(inBrackets == null ? "" : inBrackets);
        if (arguments.matches()) {
            int precision = Integer.parseInt(arguments.group(1));
            int scale = arguments.group(3) == null ? 0 : Integer.parseInt(arguments.group(3));
            if (precision >= 1 && precision <= 1000 && scale <= precision) {
                return FieldType.decimal(precision, scale);
            }
        }
        source.problem(
                place,
                "Invalid decimal of field %s: it takes its digits, 1 to 1000, and how many of them stand after the point, as in decimal(12,2)"
                        .formatted(field));
        return null;
    }

    private static @Nullable Kind kind(String word) {
        for (Kind kind : Kind.values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        return null;
    }

    static List<String> words() {
        List<String> words = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            words.add(kind.word());
        }
        return words;
    }

    private static Map<String, String> usualNames() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("string", "text");
        names.put("varchar", "text");
        names.put("char", "text");
        names.put("str", "text");
        names.put("boolean", "bool");
        names.put("int", "int32");
        names.put("integer", "int32");
        names.put("smallint", "int32");
        names.put("long", "int64");
        names.put("bigint", "int64");
        names.put("float", "float64");
        names.put("double", "float64");
        names.put("real", "float32");
        names.put("numeric", "decimal");
        names.put("number", "decimal");
        names.put("datetime", "timestamptz");
        names.put("instant", "timestamptz");
        names.put("object", "json");
        names.put("jsonb", "json");
        names.put("map", "json");
        names.put("array", "json");
        names.put("list", "json");
        names.put("blob", "bytes");
        names.put("bytea", "bytes");
        names.put("binary", "bytes");
        return names;
    }
}
