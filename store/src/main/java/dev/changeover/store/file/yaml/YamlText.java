package dev.changeover.store.file.yaml;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes JSON values as YAML that versions 1.1 and 1.2 read alike, laid out as PyYAML lays it out: lists stand below their name, not indented. */
final class YamlText {
    private static final Pattern WORDS = Pattern.compile("[\\p{L}][\\p{L}\\p{N}_./() -]*");

    private final String newline;

    /** @param newline how lines end */
    YamlText(String newline) {
        this.newline = newline;
    }

    /** A whole document. */
    String document(JsonText value) throws InvalidJsonException {
        if (!isFilled(value)) {
            return scalar(value) + newline;
        }
        return (isObject(value) ? entries(value, 0) : items(value, 0)) + newline;
    }

    /** {@code name: value}, the following lines indented as its name is. */
    String entry(String name, JsonText value, int indent) throws InvalidJsonException {
        return key(name) + ":" + behindColon(value, indent);
    }

    /** What stands behind a name's colon. */
    String behindColon(JsonText value, int indent) throws InvalidJsonException {
        if (!isFilled(value)) {
            return " " + scalar(value);
        }
        return isObject(value)
                ? newline + " ".repeat(indent + 2) + entries(value, indent + 2)
                : newline + " ".repeat(indent) + items(value, indent);
    }

    /** {@code - value}, the following lines indented as its dash is. */
    String item(JsonText value, int indent) throws InvalidJsonException {
        return "-" + behindDash(value, indent);
    }

    String behindDash(JsonText value, int indent) throws InvalidJsonException {
        if (!isFilled(value)) {
            return " " + scalar(value);
        }
        return " " + (isObject(value) ? entries(value, indent + 2) : items(value, indent + 2));
    }

    private String entries(JsonText object, int indent) throws InvalidJsonException {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, JsonText> member : JsonMembers.of(object).entrySet()) {
            text.append(text.isEmpty() ? "" : newline + " ".repeat(indent))
                    .append(entry(member.getKey(), member.getValue(), indent));
        }
        return text.toString();
    }

    private String items(JsonText array, int indent) throws InvalidJsonException {
        StringBuilder text = new StringBuilder();
        for (JsonText element : JsonMembers.elements(array)) {
            text.append(text.isEmpty() ? "" : newline + " ".repeat(indent)).append(item(element, indent));
        }
        return text.toString();
    }

    /** On one line: a text, a number, an empty list or map, or a filled one between brackets. */
    String flow(JsonText value) throws InvalidJsonException {
        if (!isFilled(value)) {
            return isText(value) ? doubleQuoted(text(value)) : scalar(value);
        }
        StringBuilder text = new StringBuilder();
        if (isObject(value)) {
            for (Map.Entry<String, JsonText> member : JsonMembers.of(value).entrySet()) {
                text.append(text.isEmpty() ? "{" : ", ").append(flowEntry(member.getKey(), member.getValue()));
            }
            return text.append('}').toString();
        }
        for (JsonText element : JsonMembers.elements(value)) {
            text.append(text.isEmpty() ? "[" : ", ").append(flow(element));
        }
        return text.append(']').toString();
    }

    String flowEntry(String name, JsonText value) throws InvalidJsonException {
        return doubleQuoted(name) + ": " + flow(value);
    }

    /** A value without members. */
    String scalar(JsonText value) throws InvalidJsonException {
        if (isText(value)) {
            return written(text(value));
        }
        char first = value.text().charAt(0);
        return first == '-' || Character.isDigit(first) ? number(value.text()) : value.text();
    }

    /** YAML 1.1 takes a number with an exponent for one only if it has a dot, and the exponent a sign. */
    private static String number(String digits) {
        int exponent = Math.max(digits.indexOf('e'), digits.indexOf('E'));
        if (exponent < 0) {
            return digits;
        }
        String mantissa = digits.substring(0, exponent);
        String power = digits.substring(exponent + 1);
        boolean signed = power.startsWith("-") || power.startsWith("+");
        return mantissa + (mantissa.indexOf('.') < 0 ? ".0" : "") + "e" + (signed ? "" : "+") + power;
    }

    private String key(String name) {
        return written(name);
    }

    private static String written(String text) {
        if (WORDS.matcher(text).matches() && !text.endsWith(" ") && !Yaml11.isNoText(text)) {
            return text;
        }
        boolean printable = text.codePoints().allMatch(YamlText::isPlainCharacter);
        boolean edges = text.startsWith(" ") || text.endsWith(" ");
        return printable && !edges ? "'" + text.replace("'", "''") + "'" : doubleQuoted(text);
    }

    private static boolean isPlainCharacter(int c) {
        return c >= 0x20 && c != 0x7f && isReadable(c);
    }

    /** What both versions print, and no program takes for the end of a line. */
    private static boolean isReadable(int c) {
        return (c < 0x7f || c > 0xa0)
                && c != 0x2028
                && c != 0x2029
                && c != 0xfeff
                && (c < 0xd800 || c > 0xdfff)
                && c != 0xfffe
                && c != 0xffff
                && Character.isDefined(c);
    }

    private static String doubleQuoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8).append('"');
        text.codePoints().forEach(c -> {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (isPlainCharacter(c)) {
                        out.appendCodePoint(c);
                    } else if (c <= 0xff) {
                        out.append("\\x%02X".formatted(c));
                    } else if (c <= 0xffff) {
                        out.append("\\u%04X".formatted(c));
                    } else {
                        out.append("\\U%08X".formatted(c));
                    }
                }
            }
        });
        return out.append('"').toString();
    }

    static boolean isObject(JsonText value) {
        return value.text().startsWith("{");
    }

    static boolean isArray(JsonText value) {
        return value.text().startsWith("[");
    }

    private static boolean isFilled(JsonText value) {
        return (isObject(value) || isArray(value)) && value.text().length() > 2;
    }

    private static boolean isText(JsonText value) {
        return value.text().startsWith("\"");
    }

    private static String text(JsonText value) throws InvalidJsonException {
        @Nullable String text = JsonMembers.string(value);
        return text == null ? "" : text;
    }
}
