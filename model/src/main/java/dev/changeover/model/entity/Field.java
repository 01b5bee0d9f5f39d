package dev.changeover.model.entity;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One field of an entity.
 *
 * @param ordinal its place among the entity's fields, from 0
 * @param nullable whether {@link Missing#NULL} is a value of it
 * @param optional whether {@link Missing#ABSENT} is: the member may be left out
 * @param defaultValue what an absent field means to a store that cannot leave it out; {@link Missing#NULL} if none is named
 * @param min least value, or null for none
 * @param max largest value, or null for none
 * @param oneOf the only values it may have; empty for any
 * @param repair what is done to each value that comes from outside
 */
public record Field(
        int ordinal,
        String name,
        FieldType type,
        boolean nullable,
        boolean optional,
        Object defaultValue,
        @Nullable Object min,
        @Nullable Object max,
        List<Object> oneOf,
        Repair repair) {
    /** What is undone of what was done to a text long ago. */
    public enum Repair {
        /** Nothing, for nobody has decided: a text that looks as if something was done to it is a finding. */
        UNDECIDED,
        /** Nothing, by decision: {@code none}. */
        NONE,
        /** It was encoded twice: {@code double-encoded-utf8}. */
        DOUBLE_ENCODED_UTF8
    }

    /** One that is not repaired. */
    public Field(
            int ordinal,
            String name,
            FieldType type,
            boolean nullable,
            boolean optional,
            Object defaultValue,
            @Nullable Object min,
            @Nullable Object max,
            List<Object> oneOf) {
        this(ordinal, name, type, nullable, optional, defaultValue, min, max, oneOf, Repair.UNDECIDED);
    }

    public Field {
        oneOf = List.copyOf(oneOf);
        if (name.isEmpty() || ordinal < 0) {
            throw new IllegalArgumentException("Invalid field \"%s\" at %d".formatted(name, ordinal));
        }
    }

    /** A field that must be there and must not be null. */
    public static Field required(int ordinal, String name, FieldType type) {
        return new Field(ordinal, name, type, false, false, Missing.NULL, null, null, List.of());
    }

    /** A field that may be null and may be left out. */
    public static Field optional(int ordinal, String name, FieldType type) {
        return new Field(ordinal, name, type, true, true, Missing.NULL, null, null, List.of());
    }

    /** Whether it always has the same value, which then need not stand anywhere. */
    public boolean isConstant() {
        return oneOf.size() == 1 && !nullable && !optional;
    }
}
