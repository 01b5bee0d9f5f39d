package dev.changeover.model.layout;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Where a column's value comes from. Only {@link FieldValue} can be read back; the others are checked against it. */
public sealed interface Derivation {
    /**
     * The value of {@code field} itself: the field's column.
     *
     * @param nullAsDefault whether it holds the field's default where the field is null, as it does where it is left out
     */
    record FieldValue(String field, boolean nullAsDefault) implements Derivation {
        public FieldValue(String field) {
            this(field, false);
        }
    }

    /**
     * The version 5 UUID (RFC 9562, SHA-1) of the key text of the {@code entity}'s record whose key these fields hold, in the
     * migration's namespace. Null where one of them is null or absent.
     *
     * @param entity the entity itself, or the one that {@code fields} refer to
     */
    record Uuid5(String entity, List<String> fields) implements OfKey {
        public Uuid5 {
            fields = List.copyOf(fields);
        }
    }

    /**
     * As {@link Uuid5}, a number of 62 bits, for databases whose keys are numbers: the first bits of the SHA-256 of namespace and
     * key text.
     *
     * @param rising whether the last field, a whole number, makes the last 20 bits: then it rises with that
     */
    record KeyNumber(String entity, List<String> fields, boolean rising) implements OfKey {
        public KeyNumber(String entity, List<String> fields) {
            this(entity, fields, false);
        }

        public KeyNumber {
            fields = List.copyOf(fields);
        }
    }

    /** What follows from a record's key alone, and differs from what follows from any other. */
    sealed interface OfKey extends Derivation {
        /** The entity itself, or the one that {@code fields} refer to. */
        String entity();

        List<String> fields();
    }

    /** The file in the text of {@code field}, as in {@code {field:file}} of a path; null if it says none. */
    record FileOf(String field) implements Derivation {}

    /**
     * One of several constants, by the value of {@code field}: the first of {@code cases} that is equal to it, or else
     * {@code otherwise}.
     *
     * @param cases a text of the field and what the column holds for it
     * @param otherwise a field or a constant
     */
    record Switch(String field, Map<String, String> cases, Derivation otherwise) implements Derivation {
        public Switch {
            cases = Collections.unmodifiableMap(new LinkedHashMap<>(cases));
        }
    }

    /**
     * The first of {@code choices} that is there: a field that is not absent (a null in it is null here too), a member that is
     * text, a constant. Null if none is.
     */
    record Coalesce(List<Derivation> choices) implements Derivation {
        public Coalesce {
            choices = List.copyOf(choices);
        }
    }

    /** The text at {@code path} inside the JSON field {@code field}; null where there is none or it is not text. */
    record Member(String field, List<String> path) implements Derivation {
        public Member {
            path = List.copyOf(path);
        }
    }

    /** {@code there} where {@code field} has a value that is not false, {@code missing} where it is null, absent or false; each a field, a constant, a switch or another of these. */
    record Presence(String field, Derivation there, Derivation missing) implements Derivation {}

    /** The texts of {@code parts}, one behind the other; null if one of them is. */
    record Join(List<Derivation> parts) implements Derivation {
        public Join {
            parts = List.copyOf(parts);
        }
    }

    /** The first heading of the Markdown in {@code field}: what stands behind {@code #} and a blank at a line's beginning; null if there is none. */
    record Heading(String field) implements Derivation {}

    /** The text of {@code field} with blanks for underlines. */
    record Words(String field) implements Derivation {}

    /** The JSON object that has under each name the value of a field; null for one that is not there. */
    record Assembled(Map<String, String> fields) implements Derivation {
        public Assembled {
            fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        }
    }

    /** A constant, as text in the column's own form. */
    record Constant(String text) implements Derivation {}

    /** The address in text field {@code field}, null where it is not an IPv4 or IPv6 address. */
    record InetAddress(String field) implements Derivation {}
}
