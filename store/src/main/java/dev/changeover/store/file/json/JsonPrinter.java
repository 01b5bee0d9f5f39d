package dev.changeover.store.file.json;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.JsonStyle;
import java.math.BigDecimal;
import java.time.Instant;

/**
 * Writes values as the application would have written them.
 *
 * @param pretty whether members stand in lines of their own
 * @param unit one level of indent
 * @param newline how lines end
 * @param ascii whether everything beyond ASCII is escaped
 */
record JsonPrinter(JsonStyle style, boolean pretty, String unit, String newline, boolean ascii) {
    static JsonPrinter document(JsonStyle style) {
        return new JsonPrinter(style, true, style == JsonStyle.PHP ? "    " : "  ", "\n", style == JsonStyle.PYTHON);
    }

    static JsonPrinter line(JsonStyle style) {
        return new JsonPrinter(style, false, "", "\n", style != JsonStyle.PLAIN);
    }

    JsonPrinter with(boolean newPretty, String newUnit, String newNewline) {
        return new JsonPrinter(style, newPretty, newUnit, newNewline, ascii);
    }

    String colon() {
        return pretty || style == JsonStyle.PYTHON ? ": " : ":";
    }

    /** What stands between a bracket or comma and a value that is indented by {@code indent}. */
    String lead(String indent) {
        return pretty ? newline + indent : "";
    }

    /** PHP has no empty object: it writes a list. */
    String emptyObject() {
        return style == JsonStyle.PHP ? "[]" : "{}";
    }

    /**
     * A field's value.
     *
     * @param indent of the line that it begins in
     * @param asNumber whether a decimal stands there as a number, and not as a string
     */
    String value(Object value, String indent, boolean asNumber) {
        if (value instanceof JsonText json) {
            return json(json, indent);
        }
        if (value instanceof Float || value instanceof Double) {
            return style == JsonStyle.PYTHON ? python(value.toString()) : value.toString();
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Boolean) {
            return value.toString();
        }
        if (value == Missing.NULL) {
            return "null";
        }
        if (value instanceof BigDecimal decimal && asNumber) {
            return decimal.toPlainString();
        }
        if (value instanceof Instant instant && style == JsonStyle.PHP) {
            String utc = ValueJson.text(instant);
            return quoted(utc.substring(0, utc.length() - 1) + "+00:00");
        }
        return quoted(ValueJson.text(value));
    }

    /** The same number as Python's {@code repr} writes it: with an exponent only below 1e-4 and from 1e16 on. */
    private static String python(String number) {
        BigDecimal decimal = new BigDecimal(number).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (decimal.signum() == 0) {
            return number.startsWith("-") ? "-0.0" : "0.0";
        }
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = decimal.unscaledValue().abs().toString();
        return (decimal.signum() < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + (exponent < 0 ? "e-" : "e+")
                + (Math.abs(exponent) < 10 ? "0" : "")
                + Math.abs(exponent);
    }

    String quoted(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> character(c, out);
            }
        }
        return out.append('"').toString();
    }

    private void character(char c, StringBuilder out) {
        boolean php = style == JsonStyle.PHP;
        if (c == '/' && php) {
            out.append("\\/");
        } else if (c < 0x20
                || (ascii && c > 0x7e && (c != 0x7f || style == JsonStyle.PYTHON))
                || (php && (c == '\u2028' || c == '\u2029'))) {
            out.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
                out.append(Character.forDigit(c >> shift & 15, 16));
            }
        } else {
            out.append(c);
        }
    }

    /** A JSON value, its numbers as they are. */
    String json(JsonText json, String indent) {
        String text = json.text();
        StringBuilder out = new StringBuilder(text.length() * 2);
        String here = indent;
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            switch (c) {
                case '{', '[' -> {
                    out.append(c);
                    if (text.charAt(at) == '}' || text.charAt(at) == ']') {
                        out.append(text.charAt(at++));
                    } else {
                        here = here + unit;
                        out.append(lead(here));
                    }
                }
                case '}', ']' -> {
                    here = here.substring(0, here.length() - unit.length());
                    out.append(lead(here)).append(c);
                }
                case ',' -> out.append(',').append(lead(here));
                case ':' -> out.append(colon());
                case '"' -> at = string(text, at, out);
                default -> out.append(c);
            }
        }
        return out.toString();
    }

    /** Copies a string whose opening quote has been read; what is escaped stays so. */
    private int string(String text, int from, StringBuilder out) {
        out.append('"');
        int at = from;
        while (text.charAt(at) != '"') {
            char c = text.charAt(at++);
            if (c == '\\') {
                out.append(c).append(text.charAt(at++));
            } else {
                character(c, out);
            }
        }
        out.append('"');
        return at + 1;
    }
}
