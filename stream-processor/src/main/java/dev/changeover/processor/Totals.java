package dev.changeover.processor;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Total;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.ValueJson;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a record's parent becomes when the record is written: its baseline, which the backfill brought, and what each record has
 * added once. A record that is written again adds what it differs by, so a repeat adds nothing; one that is deleted has happened
 * all the same, and takes nothing back but from the counts of what exists.
 */
final class Totals {
    private final Migration migration;

    Totals(Migration migration) {
        this.migration = migration;
    }

    /** Whether records of this entity add to their parents. */
    static boolean of(Entity entity) {
        return !entity.totals().isEmpty();
    }

    /** Whether a record of this entity takes something from its parent when it is deleted. */
    static boolean followDeletes(Entity entity) {
        return entity.totals().stream().anyMatch(total -> total.kind().isTakenBack());
    }

    /** Whether what snapshot reads bring is not in the parents yet: there are none where it was read from. */
    static boolean beginAtNothing(Migration migration, Entity entity) {
        return of(entity)
                && entity.legacy().isPresent()
                && migration
                        .entity(entity.parent().orElseThrow().entity())
                        .legacy()
                        .isEmpty();
    }

    static RecordKey parentOf(Migration migration, EntityRecord child) {
        Reference parent = child.entity().parent().orElseThrow();
        List<Object> values = new ArrayList<>();
        parent.fields().forEach(field -> values.add(child.value(field)));
        return RecordKey.of(migration.entity(parent.entity()), values);
    }

    /**
     * @param parent as it is, or null if there is none
     * @param before the record before, or null if it is new
     * @param again whether it was deleted before, so that it has happened already and is counted only in what exists
     * @return the parent as it shall be
     * @throws InvalidValueException if a total is beyond its field's range, or a new parent would lack a field
     */
    EntityRecord parentAfter(
            @Nullable EntityRecord parent, @Nullable EntityRecord before, EntityRecord after, boolean again)
            throws InvalidValueException {
        RecordKey key = parentOf(migration, after);
        EntityRecord.Builder builder = parent == null ? empty(key) : parent.toBuilder();
        for (Total total : after.entity().totals()) {
            Field into = key.entity().field(total.parentField());
            if (again && !total.kind().isTakenBack()) {
                if (parent == null && total.kind() != Total.Kind.LAST) {
                    builder.set(into, plus(into, into.defaultValue(), 0, 0)); // it has happened, to another parent
                }
            } else {
                boolean counted = parent != null || !total.kind().isTakenBack();
                builder.set(into, sum(into, total, builder.value(into), counted ? before : null, after));
            }
        }
        for (Field field : key.entity().fields()) {
            if (builder.value(field) == Missing.ABSENT && !field.optional()) {
                throw new InvalidValueException(
                        "%s is not there, and it cannot be made of totals alone: it needs %s. Write it first"
                                .formatted(key, field.name()));
            }
        }
        return builder.build();
    }

    /** What is left of {@code parent} when {@code deleted} goes. */
    static EntityRecord parentWithout(EntityRecord parent, EntityRecord deleted) {
        EntityRecord.Builder builder = parent.toBuilder();
        for (Total total : deleted.entity().totals()) {
            if (total.kind().isTakenBack()) {
                Field into = parent.entity().field(total.parentField());
                builder.set(into, notNegative(into, plus(into, builder.value(into), 0, amount(total, deleted))));
            }
        }
        return builder.build();
    }

    /** The application may have counted wrongly what was there before the log, and no count is less than none. */
    private static Object notNegative(Field into, Object count) {
        return count instanceof Number number && number.longValue() < 0 ? plus(into, 0, 0, 0) : count;
    }

    private static EntityRecord.Builder empty(RecordKey key) {
        EntityRecord.Builder builder = EntityRecord.of(key.entity());
        for (int i = 0; i < key.values().size(); i++) {
            builder.set(key.entity().key().get(i), key.values().get(i));
        }
        return builder;
    }

    private static Object sum(Field into, Total total, Object soFar, @Nullable EntityRecord before, EntityRecord after)
            throws InvalidValueException {
        if (total.kind() == Total.Kind.LAST) {
            Object last = after.value(total.field());
            return before != null || last instanceof Missing ? soFar : ValueJson.checked(into, last);
        }
        Object base = soFar instanceof Missing ? into.defaultValue() : soFar;
        try {
            Object sum = plus(into, base, amount(total, after), before == null ? 0 : amount(total, before));
            return ValueJson.checked(into, total.kind().isTakenBack() ? notNegative(into, sum) : sum);
        } catch (ArithmeticException e) {
            throw new InvalidValueException(
                    "the total %s is beyond the range of %s".formatted(into.name(), into.type()));
        }
    }

    private static Object plus(Field into, Object base, Number more, Number less) {
        FieldType.Kind kind = into.type().kind();
        if (kind == FieldType.Kind.FLOAT64) {
            // as the decimals that they are written as: 0.1 ten times is 1
            BigDecimal start = BigDecimal.valueOf(base instanceof Number number ? number.doubleValue() : 0);
            BigDecimal difference =
                    BigDecimal.valueOf(more.doubleValue()).subtract(BigDecimal.valueOf(less.doubleValue()));
            return start.add(difference).doubleValue();
        }
        if (kind == FieldType.Kind.DECIMAL) {
            BigDecimal start = base instanceof BigDecimal number ? number : BigDecimal.ZERO;
            return start.add(new BigDecimal(more.toString())).subtract(new BigDecimal(less.toString()));
        }
        long start = base instanceof Number number ? number.longValue() : 0;
        long sum = Math.addExact(start, Math.subtractExact(more.longValue(), less.longValue()));
        return kind == FieldType.Kind.INT32 ? (Object) Math.toIntExact(sum) : (Object) sum;
    }

    private static Number amount(Total total, EntityRecord each) {
        if (total.field().isEmpty()) {
            return 1;
        }
        Object value = each.value(total.field());
        if (total.kind().counts()) {
            return value instanceof Boolean is && is != total.negated() ? 1 : 0;
        }
        return value instanceof Number number ? number : 0;
    }
}
