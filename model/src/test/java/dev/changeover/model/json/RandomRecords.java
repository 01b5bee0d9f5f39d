package dev.changeover.model.json;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.Samples;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Records and JSON values as chance has it, with a liking for the awkward. */
public final class RandomRecords {
    private static final String[] AWKWARD = {
        "",
        " ",
        "a",
        "A",
        "é",
        "e\u0301",
        "😀",
        "\uFFFD",
        "\uFFFE",
        "\"",
        "\\",
        "/",
        "\n",
        "\u0001",
        "null",
        "\u2028",
        "ß",
        "k\u00e4se"
    };
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "0.0",
        "1",
        "1.0",
        "1.10",
        "11e-1",
        "-1.5E+3",
        "1e131071",
        "1e-16383",
        "9007199254740993",
        "123456789012345678901234567890",
        "0.1",
        "1E2",
        "100"
    };

    private final Random random;

    public RandomRecords(Random random) {
        this.random = random;
    }

    /** A record of {@link Samples#THINGS}. */
    public EntityRecord thing() {
        EntityRecord.Builder builder = EntityRecord.of(Samples.THINGS);
        for (Field field : Samples.THINGS.fields()) {
            int chance = random.nextInt(6);
            if (field.ordinal() == 0 || chance > 1) {
                builder.set(field, value(field));
            } else if (chance == 1) {
                builder.set(field, Missing.NULL);
            }
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            String name = "u" + text(3);
            builder.setUnnamed(name, new JsonText(text(json(3), false)));
        }
        return builder.build();
    }

    private Object value(Field field) {
        return switch (field.type().kind()) {
            case TEXT -> text(5);
            case BOOL -> random.nextBoolean();
            case INT32 -> random.nextInt();
            case INT64 -> random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(100);
            case FLOAT32 -> finite(Float.intBitsToFloat(random.nextInt()));
            case FLOAT64 -> finite(Double.longBitsToDouble(random.nextLong()));
            case DECIMAL -> new BigDecimal(BigInteger.valueOf(random.nextLong(-9_999_999_999L, 9_999_999_999L)), 2);
            case TIMESTAMPTZ -> instant();
            case TIMESTAMP -> LocalDateTime.ofInstant(instant(), ZoneOffset.UTC);
            case DATE -> LocalDate.ofInstant(instant(), ZoneOffset.UTC);
            case TIME -> LocalTime.ofInstant(instant(), ZoneOffset.UTC);
            case UUID -> new UUID(random.nextLong(), random.nextLong());
            case BYTES -> {
                byte[] content = new byte[random.nextInt(10)];
                random.nextBytes(content);
                yield Bytes.copyOf(content);
            }
            case JSON -> {
                Object json = json(3);
                yield json == Missing.NULL ? Missing.NULL : new JsonText(text(json, false));
            }
        };
    }

    private static Object finite(float number) {
        return Float.isFinite(number) ? number : 0.5f;
    }

    private static Object finite(double number) {
        return Double.isFinite(number) ? number : 0.5;
    }

    private Instant instant() {
        long micros = random.nextLong(-62_135_596_800_000_000L, 253_402_300_800_000_000L);
        long rounded = switch (random.nextInt(3)) {
            case 0 -> micros;
            case 1 -> Math.floorDiv(micros, 1000) * 1000;
            default -> Math.floorDiv(micros, 1_000_000) * 1_000_000;
        };
        return Instant.ofEpochSecond(Math.floorDiv(rounded, 1_000_000), Math.floorMod(rounded, 1_000_000) * 1000L);
    }

    private String text(int most) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            String next = AWKWARD[random.nextInt(AWKWARD.length)];
            if (text.codePointCount(0, text.length()) + next.codePointCount(0, next.length()) <= most) {
                text.append(next);
            }
        }
        return text.toString();
    }

    /** A JSON value as maps, lists, strings, booleans, {@link Numeral} (its text) and {@link Missing#NULL}. */
    public Object json(int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 4)) {
            case 0 -> text(6);
            case 1 -> new Numeral(NUMBERS[random.nextInt(NUMBERS.length)]);
            case 2 -> random.nextBoolean();
            case 3 -> Missing.NULL;
            case 4 -> {
                List<Object> elements = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    elements.add(json(depth - 1));
                }
                yield elements;
            }
            default -> object(depth);
        };
    }

    /** A JSON object; its names come from a few, so that two of them meet. */
    public Map<String, Object> object(int depth) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            members.put(AWKWARD[random.nextInt(8)], json(depth - 1));
        }
        return members;
    }

    /** A JSON number by its text. */
    public record Numeral(String text) {}

    /**
     * The JSON text of a value of {@link #json}.
     *
     * @param disguised with white space, in another order of the members, numbers and characters in another spelling
     */
    public String text(Object json, boolean disguised) {
        StringBuilder text = new StringBuilder();
        append(json, disguised, text);
        return text.toString();
    }

    private void append(Object json, boolean disguised, StringBuilder text) {
        blank(disguised, text);
        if (json instanceof Map<?, ?> members) {
            List<Map.Entry<?, ?>> entries = new ArrayList<>(members.entrySet());
            if (disguised) {
                java.util.Collections.shuffle(entries, random);
            }
            text.append('{');
            String comma = "";
            for (Map.Entry<?, ?> member : entries) {
                text.append(comma);
                append(member.getKey(), disguised, text);
                text.append(':');
                append(member.getValue(), disguised, text);
                comma = ",";
            }
            text.append('}');
        } else if (json instanceof List<?> elements) {
            text.append('[');
            String comma = "";
            for (Object element : elements) {
                text.append(comma);
                append(element, disguised, text);
                comma = ",";
            }
            blank(disguised, text);
            text.append(']');
        } else if (json instanceof String string) {
            appendString(string, disguised, text);
        } else if (json instanceof Numeral number) {
            text.append(disguised ? respelled(number.text()) : number.text());
        } else {
            text.append(json == Missing.NULL ? "null" : json);
        }
        blank(disguised, text);
    }

    private void appendString(String string, boolean disguised, StringBuilder text) {
        if (!disguised) {
            text.append(JsonMembers.quoted(string).text());
            return;
        }
        text.append('"');
        string.codePoints().forEach(character -> {
            if (character < 0x20 || character == '"' || character == '\\' || random.nextInt(3) == 0) {
                for (char unit : Character.toChars(character)) {
                    text.append("\\u%04X".formatted((int) unit));
                }
            } else {
                text.appendCodePoint(character);
            }
        });
        text.append('"');
    }

    /** The same number written in another way. */
    private String respelled(String number) {
        JsonNumber value = JsonNumber.of(number);
        if (value.sign() == 0) {
            return List.of("0", "-0", "0.00", "0e5", "-0.0E-3").get(random.nextInt(5));
        }
        long exponent = value.exponent();
        if (Math.abs(exponent) > 16_000) {
            return number;
        }
        String sign = value.sign() < 0 ? "-" : "";
        return switch (random.nextInt(3)) {
            case 0 -> sign + value.digits() + "e" + exponent;
            case 1 -> sign + value.digits() + "00E" + (exponent - 2);
            default -> new BigDecimal(sign + value.digits() + "e" + exponent).toPlainString();
        };
    }

    private void blank(boolean disguised, StringBuilder text) {
        if (disguised && random.nextInt(3) == 0) {
            text.append(List.of(" ", "\n", "\t", "\r\n").get(random.nextInt(4)));
        }
    }
}
