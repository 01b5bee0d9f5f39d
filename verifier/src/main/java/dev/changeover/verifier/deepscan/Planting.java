package dev.changeover.verifier.deepscan;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Verdict;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Plants differences into copies of some records: changed, lost and added ones, on either side. */
final class Planting {
    private final Entity entity;
    private final RandomGenerator random;
    private final Map<Side, Map<RecordKey, EntityRecord>> copies = new LinkedHashMap<>();
    private final Map<RecordKey, EntityRecord> originals = new LinkedHashMap<>();
    private final Set<Planted> planted = new LinkedHashSet<>();

    /** What the scan must say. */
    record Planted(RecordKey key, Side side, Verdict.Kind kind) {}

    Planting(Entity entity, List<EntityRecord> records, int differences, RandomGenerator random) {
        this.entity = entity;
        this.random = random;
        records.forEach(each -> originals.put(each.key(), each));
        for (Side side : Side.values()) {
            copies.put(side, new LinkedHashMap<>(originals));
        }
        List<EntityRecord> left = new ArrayList<>(originals.values());
        for (int i = 0; i < differences && !left.isEmpty(); i++) {
            EntityRecord victim = left.remove(random.nextInt(left.size()));
            plant(victim, random.nextBoolean() ? Side.LEGACY : Side.TARGET, i % 3);
        }
    }

    Map<RecordKey, EntityRecord> copy(Side side) {
        return copies.getOrDefault(side, Map.of());
    }

    Map<RecordKey, EntityRecord> originals() {
        return originals;
    }

    Set<Planted> planted() {
        return planted;
    }

    private void plant(EntityRecord victim, Side side, int way) {
        Map<RecordKey, EntityRecord> copy = copy(side);
        EntityRecord changed = way == 0 ? changed(victim) : null;
        EntityRecord added = way == 1 ? underAnotherKey(victim) : null;
        if (changed != null) {
            copy.put(victim.key(), changed);
            planted.add(new Planted(victim.key(), side, Verdict.Kind.MISMATCH));
        } else if (added != null && !copy.containsKey(added.key())) {
            copy.put(added.key(), added);
            planted.add(new Planted(added.key(), side, Verdict.Kind.UNEXPECTED));
        } else {
            copy.remove(victim.key());
            planted.add(new Planted(victim.key(), side, Verdict.Kind.MISSING));
        }
    }

    /** The record with the smallest change to one field that is not of its key, or null if it has no such field. */
    private @Nullable EntityRecord changed(EntityRecord original) {
        List<Field> fields = entity.fields().stream()
                .filter(each -> !entity.key().contains(each))
                .toList();
        if (fields.isEmpty()) {
            return null;
        }
        Field field = fields.get(random.nextInt(fields.size()));
        EntityRecord changed =
                original.toBuilder().set(field, another(original.value(field))).build();
        return Canonical.digest(changed).equals(Canonical.digest(original)) ? null : changed;
    }

    private @Nullable EntityRecord underAnotherKey(EntityRecord original) {
        Field field = entity.key().get(entity.key().size() - 1);
        Object value = another(original.value(field));
        return value instanceof Missing
                ? null
                : original.toBuilder().set(field, value).build();
    }

    private static Object another(Object value) {
        if (value instanceof String text) {
            return text + "*";
        }
        if (value instanceof Boolean is) {
            return !is;
        }
        if (value instanceof Integer number) {
            return number ^ 1;
        }
        if (value instanceof Long number) {
            return number ^ 1L;
        }
        if (value instanceof Float number) {
            return Math.nextUp(number);
        }
        if (value instanceof Double number) {
            return Math.nextUp(number);
        }
        if (value instanceof BigDecimal number) {
            return number.add(number.ulp());
        }
        if (value instanceof Instant time) {
            return time.plus(1, ChronoUnit.MICROS);
        }
        if (value instanceof LocalDateTime time) {
            return time.plus(1, ChronoUnit.MICROS);
        }
        if (value instanceof LocalDate date) {
            return date.plusDays(1);
        }
        if (value instanceof LocalTime time) {
            return time.plus(1, ChronoUnit.MICROS);
        }
        if (value instanceof UUID uuid) {
            return new UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits() ^ 1);
        }
        if (value instanceof Bytes bytes) {
            return Bytes.copyOf(Arrays.copyOf(bytes.toArray(), bytes.length() + 1));
        }
        if (value instanceof JsonText json) {
            return new JsonText("[" + json.text() + "]");
        }
        return value == Missing.NULL ? Missing.ABSENT : Missing.NULL;
    }
}
