package dev.changeover.model.definition;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType.Kind;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.TableLayout;

/** Reads an entity's {@code expires}: which of its fields ends a record's life. */
final class ExpiryReader {
    private final Source source;
    private final FieldReader fields;

    ExpiryReader(Source source) {
        this.source = source;
        this.fields = new FieldReader(source);
    }

    /** After the layouts: the target is asked for what is due. */
    void read(Draft draft) {
        Scalar name = draft.section.scalar("expires");
        Field field = name == null ? null : fields.named(draft, name, "expires of " + draft.name);
        if (name == null || field == null || draft.broken.contains(field.name())) {
            return;
        }
        if (field.type().kind() != Kind.TIMESTAMPTZ) {
            source.problem(
                    name.place(),
                    "Invalid expires of %s: %s is %s, and a life ends at an instant, a timestamptz"
                            .formatted(draft.name, field.name(), field.type()));
            return;
        }
        if (draft.legacy instanceof DocumentLayout document && document.byPlace()) {
            source.problem(
                    name.place(),
                    "Invalid expires of %s: its records are known by their places, and none can go alone"
                            .formatted(draft.name));
        }
        boolean unreadable = draft.section.has("target") && draft.target == null; // told elsewhere
        if (!unreadable && !hasColumn(draft, field)) {
            source.problem(
                    name.place(),
                    "Invalid expires of %s: what is due is looked for in the target, and %s has no column there"
                            .formatted(draft.name, field.name()));
        }
        draft.expires = field;
    }

    private static boolean hasColumn(Draft draft, Field field) {
        return draft.target instanceof TableLayout table
                && table.columns().stream()
                        .anyMatch(column -> column.value() instanceof Derivation.FieldValue value
                                && value.field().equals(field.name()));
    }
}
