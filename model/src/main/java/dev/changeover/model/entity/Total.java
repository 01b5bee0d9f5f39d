package dev.changeover.model.entity;

/**
 * What each record adds to a field of its parent.
 *
 * @param parentField the parent's field
 * @param kind what is added
 * @param field of the record; empty for {@code COUNT} and {@code EXISTING} to count every record
 * @param negated whether {@code COUNT} and {@code EXISTING} count those where {@code field} is false
 */
public record Total(String parentField, Kind kind, String field, boolean negated) {
    /** What is added. */
    public enum Kind {
        /** 1 where the field is true, for good: it has happened. */
        COUNT,
        /** 1 where the field is true, as long as the record is there. */
        EXISTING,
        /** Its number. */
        SUM,
        /** Nothing: its value takes the place of the former one. */
        LAST;

        /** Whether a record takes with it what it added when it is deleted. */
        public boolean isTakenBack() {
            return this == EXISTING;
        }

        /** Whether records are counted, not their values. */
        public boolean counts() {
            return this == COUNT || this == EXISTING;
        }
    }
}
