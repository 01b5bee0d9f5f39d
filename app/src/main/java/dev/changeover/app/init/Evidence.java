package dev.changeover.app.init;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.json.DoubleEncoding;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What was seen of one member over all records of an entity: enough to say of what type it is, and why. */
final class Evidence {
    private static final Field TIMESTAMP = Field.required(0, "value", FieldType.TIMESTAMPTZ);
    private static final Pattern SECRET_NAME = Pattern.compile(
            ".*(passw|secret|token|api_?key|apikey|credential|private_?key|auth_?key).*", Pattern.CASE_INSENSITIVE);
    private static final Pattern SECRET_VALUE =
            Pattern.compile("(sk|pk|ghp|gho|xox[bap])[-_][A-Za-z0-9_-]{16,}|eyJ[A-Za-z0-9_-]{20,}\\..*|-----BEGIN .*");
    /** Beyond so many different values a member is not held to be one of a few, nor looked up as a reference. */
    private static final int MOST_VALUES = 200_000;

    private final String name;
    private long records;
    private long nulls;
    private long texts;
    private long timestamps;
    private long integers;
    private long longs;
    private long tooLarge;
    private long decimals;
    private long bools;
    private long containers;
    private boolean secretValue;
    private boolean distinct = true;
    private boolean relaxed;
    private boolean nullable;
    private long doubleEncoded;
    private String doubleEncodedExample = "";
    private final Set<String> values = new HashSet<>();
    private final List<String> notTimestamps = new ArrayList<>();

    Evidence(String name) {
        this.name = name;
    }

    void add(JsonNode value) {
        records++;
        if (value.isNull()) {
            nulls++;
            return;
        }
        if (value.isContainerNode()) {
            containers++;
            return;
        }
        if (value.isTextual()) {
            addText(value.asText());
        } else if (value.isBoolean()) {
            bools++;
        } else if (value.isIntegralNumber()) {
            integers++;
            longs += value.canConvertToInt() ? 0 : 1;
            tooLarge += value.canConvertToLong() ? 0 : 1;
        } else {
            decimals++;
        }
        if (values.size() < MOST_VALUES) {
            distinct &= values.add(value.asText());
        }
    }

    private void addText(String text) {
        texts++;
        secretValue |= SECRET_VALUE.matcher(text).matches();
        if (DoubleEncoding.isDouble(text) && doubleEncoded++ == 0) {
            doubleEncodedExample = DoubleEncoding.example(text);
        }
        try {
            ValueJson.parse(TIMESTAMP, text);
            timestamps++;
        } catch (InvalidValueException e) {
            if (notTimestamps.size() < 2) {
                notTimestamps.add(text.length() > 30 ? text.substring(0, 30) + "…" : text);
            }
        }
    }

    String name() {
        return name;
    }

    long present() {
        return records;
    }

    /** Texts of its values, of whatever type; not all of them where there are very many. */
    Set<String> values() {
        return values;
    }

    boolean isComplete() {
        return values.size() < MOST_VALUES;
    }

    /** Whether it could be a key of {@code all} records: always there, a text or a whole number, no two alike. */
    boolean identifies(long all) {
        return records == all && nulls == 0 && distinct && isScalarKey();
    }

    boolean isScalarKey() {
        return !relaxed
                && containers == 0
                && decimals == 0
                && bools == 0
                && tooLarge == 0
                && (texts == 0 || integers == 0)
                && (texts > 0 || integers > 0);
    }

    /** A column without NOT NULL. */
    void mayBeNull() {
        nullable = true;
    }

    /** A value did not fit the type after all. */
    void relax() {
        relaxed = true;
    }

    boolean isRelaxed() {
        return relaxed;
    }

    /** The word of its type; in a key a text stays one, so that its spelling does. */
    String type(boolean key) {
        long scalars = texts + integers + decimals + bools;
        if (relaxed || scalars == 0 || containers > 0 || tooLarge > 0) {
            return "json";
        }
        if (texts == scalars) {
            return timestamps == texts && !key ? "timestamptz" : "text";
        }
        if (bools == scalars) {
            return "bool";
        }
        if (integers == scalars) {
            return longs == 0 && looksSmall() ? "int32" : "int64";
        }
        return integers + decimals == scalars ? "float64" : "json";
    }

    /** Counters and sizes grow: only what numbers or ranks things in small steps is taken to stay small. */
    private boolean looksSmall() {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith("number")
                || lower.endsWith("index")
                || lower.endsWith("position")
                || lower.endsWith("rank");
    }

    /** As it stands in the definition. */
    String written(long all, boolean key) {
        String whole = type(key) + mark(all, key);
        return isLeftDoubleEncoded(key) ? "{ type: \"%s\", repair: none }".formatted(whole) : whole;
    }

    /** Whether there is always a value. */
    boolean always(long all, boolean key) {
        return mark(all, key).isEmpty();
    }

    private String mark(long all, boolean key) {
        if (key) {
            return "";
        }
        if (records < all || relaxed) {
            return "?";
        }
        return nullable || (nulls > 0 && !type(key).equals("json")) ? "|null" : "";
    }

    private boolean isLeftDoubleEncoded(boolean key) {
        return doubleEncoded > 0 && !key && type(key).equals("text");
    }

    boolean looksSecret() {
        return secretValue || SECRET_NAME.matcher(name).matches();
    }

    /** Why the type is what it is, in few words. */
    String why(long all, boolean key) {
        List<String> why = new ArrayList<>();
        why.add(records == all ? "%,d values".formatted(all) : "in %,d of %,d".formatted(records, all));
        if (nulls > 0) {
            why.add("%,d null".formatted(nulls));
        }
        if (relaxed) {
            why.add("some did not fit another type");
        } else if (type(key).equals("text") && timestamps * 2 > texts && !key) {
            why.add("%,d are times, not %s".formatted(timestamps, String.join(", ", notTimestamps)));
        } else if (type(key).equals("json") && texts + integers + decimals + bools > 0) {
            why.add("%,d texts, %,d numbers, %,d booleans, %,d objects or arrays"
                    .formatted(texts, integers + decimals, bools, containers));
        }
        if (isLeftDoubleEncoded(key)) {
            why.add("%,d encoded twice%s: moved as they are by repair: none"
                    .formatted(doubleEncoded, looksSecret() ? "" : ", such as " + doubleEncodedExample));
        }
        if (looksSecret()) {
            why.add("LOOKS LIKE A SECRET: keep it out of the new database, or encrypt it");
        }
        return String.join("; ", why).replace('\n', ' ').replace('\r', ' ');
    }
}
