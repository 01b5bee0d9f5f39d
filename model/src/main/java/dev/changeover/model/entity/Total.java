package dev.changeover.model.entity;

/**
 * What each new record adds to a field of its parent.
 *
 * @param parentField the parent's field
 * @param kind what is added
 * @param field of the record; empty for {@code COUNT} to count every record
 * @param negated whether {@code COUNT} counts those where {@code field} is false
 */
public record Total(String parentField, Kind kind, String field, boolean negated) {
    /** What is added. */
    public enum Kind {
        /** 1 where the field is true. */
        COUNT,
        /** Its number. */
        SUM,
        /** Nothing: its value takes the place of the former one. */
        LAST
    }
}
