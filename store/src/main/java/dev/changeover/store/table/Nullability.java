package dev.changeover.store.table;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.layout.Derivation;

/** Whether a column may be NULL in the row of a valid record. */
public final class Nullability {
    private Nullability() {}

    public static boolean mayBeNull(Entity entity, Derivation value) {
        if (value instanceof Derivation.FieldValue field) {
            return !field.nullAsDefault() && mayBeNull(entity.field(field.field()));
        }
        if (value instanceof Derivation.OfKey uuid) {
            return uuid.fields().stream().map(entity::field).anyMatch(field -> field.nullable() || field.optional());
        }
        if (value instanceof Derivation.Coalesce coalesce) {
            boolean ends = coalesce.choices().stream()
                    .anyMatch(choice -> choice instanceof Derivation.Constant
                            || (choice instanceof Derivation.Words words && !mayBeNull(entity.field(words.field())))
                            || (choice instanceof Derivation.FieldValue field
                                    && !entity.field(field.field()).optional()));
            boolean nullInside = coalesce.choices().stream()
                    .anyMatch(choice -> choice instanceof Derivation.FieldValue field
                            && entity.field(field.field()).nullable());
            return !ends || nullInside;
        }
        if (value instanceof Derivation.Presence presence) {
            boolean itself = presence.there() instanceof Derivation.FieldValue field
                    && field.field().equals(presence.field());
            return (!itself && mayBeNull(entity, presence.there())) || mayBeNull(entity, presence.missing());
        }
        if (value instanceof Derivation.Switch choice) {
            return mayBeNull(entity, choice.otherwise());
        }
        if (value instanceof Derivation.Join join) {
            return join.parts().stream().anyMatch(part -> mayBeNull(entity, part));
        }
        return !(value instanceof Derivation.Constant || value instanceof Derivation.Assembled);
    }

    private static boolean mayBeNull(Field field) {
        return field.nullable() || (field.optional() && field.defaultValue() == Missing.NULL);
    }
}
