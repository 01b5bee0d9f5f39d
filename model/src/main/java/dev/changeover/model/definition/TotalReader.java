package dev.changeover.model.definition;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType.Kind;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Total;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads an entity's {@code totals}: what each of its records adds to its parent. */
final class TotalReader {
    private static final Pattern TOTAL =
            Pattern.compile("(count|existing|sum|last)\\(\\s*(?:(not)\\s+)?([A-Za-z_][A-Za-z0-9_]*)?\\s*\\)");
    private static final Set<Kind> WHOLE = EnumSet.of(Kind.INT32, Kind.INT64);

    private final Source source;
    private final Map<String, Draft> drafts;
    private final FieldReader fields;

    TotalReader(Source source, Map<String, Draft> drafts) {
        this.source = source;
        this.drafts = drafts;
        this.fields = new FieldReader(source);
    }

    void read(Draft draft) {
        Section totals = draft.section.section("totals");
        if (totals == null) {
            return;
        }
        Reference up =
                draft.references.stream().filter(Reference::parent).findFirst().orElse(null);
        Draft parent = up == null ? null : drafts.get(up.entity());
        if (parent == null) {
            source.problem(totals.place(), "Invalid totals of %s: it has no parent to add to".formatted(draft.name));
            return;
        }
        for (Section.Entry entry : totals.entries()) {
            Scalar text = source.scalar(entry.value(), "totals of " + draft.name);
            Field total = fields.named(parent, entry.name(), "totals of " + draft.name);
            if (text != null && total != null) {
                read(draft, parent, total, entry.name(), text);
            }
        }
    }

    private void read(Draft draft, Draft parent, Field total, Scalar name, Scalar text) {
        Matcher matcher = TOTAL.matcher(text.text());
        if (!matcher.matches()) {
            source.problem(
                    text.place(),
                    "Invalid total %s of %s: write count(), existing(), sum(field) or last(field); count and existing take a field or not field, too"
                            .formatted(name.text(), draft.name));
            return;
        }
        Total.Kind kind = Total.Kind.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
        String fieldName = matcher.group(3);
        Field field = null;
        if (fieldName != null) {
            field = fields.named(draft, text.part(fieldName, matcher.start(3)), "totals of " + draft.name);
            if (field == null) {
                return;
            }
        }
        boolean negated = matcher.group(2) != null;
        if (parent.key.contains(total) || !fits(kind, total, field) || (negated && !kind.counts())) {
            source.problem(
                    text.place(),
                    "Invalid total %s of %s: count and existing fill a whole number from a bool, sum a number from a number of its kind, last any field from one of its type, and none a key"
                            .formatted(name.text(), draft.name));
            return;
        }
        String objection = kind == Total.Kind.EXISTING ? objectionToExisting(draft, parent, total) : null;
        if (objection != null) {
            source.problem(
                    text.place(),
                    "Invalid total %s of %s: existing() follows deletes, and %s"
                            .formatted(name.text(), draft.name, objection));
            return;
        }
        draft.totals.add(new Total(total.name(), kind, fieldName == null ? "" : fieldName, negated));
    }

    /** What would make the count wrong, or one that cannot be written; null for nothing. */
    private static @Nullable String objectionToExisting(Draft draft, Draft parent, Field total) {
        for (Reference reference : draft.references) {
            if (reference.parent() && reference.onDelete() != Reference.OnDelete.CASCADE) {
                return "those of %s would outlive %s: say on_delete: cascade".formatted(draft.name, parent.name);
            }
            if (!reference.parent() && reference.onDelete() == Reference.OnDelete.CASCADE) {
                return "a delete in %s, which takes those of %s along, may come before what they are counted in"
                        .formatted(reference.entity(), draft.name);
            }
        }
        if (parent.section.has("totals")) {
            return "%s has totals itself, which would not follow".formatted(parent.name);
        }
        boolean mayBeNone = total.oneOf().isEmpty()
                && !(total.min() instanceof Number min && min.longValue() > 0)
                && !(total.max() instanceof Number max && max.longValue() < 0);
        return mayBeNone ? null : "%s.%s may not be 0".formatted(parent.name, total.name());
    }

    private static boolean fits(Total.Kind kind, Field total, @Nullable Field field) {
        Kind into = total.type().kind();
        Kind from = field == null ? null : field.type().kind();
        return switch (kind) {
            case COUNT, EXISTING -> WHOLE.contains(into) && (from == null || from == Kind.BOOL);
            case SUM ->
                (WHOLE.contains(into) && from != null && WHOLE.contains(from))
                        || (into == Kind.FLOAT64 && from == Kind.FLOAT64)
                        || (into == Kind.DECIMAL && from == Kind.DECIMAL);
            case LAST -> from == into;
        };
    }
}
