package dev.changeover.app.demo;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.PathPattern;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The records of a small legacy store, and copies of them under other keys whose references point among themselves, for a larger
 * store and for live writes that look like the application's own.
 */
final class SampleRecords {
    /** Records longer than this are not copied: they are there for their awkwardness, once is enough. */
    private static final int MAX_COPIED_CHARS = 2000;

    /** What lives for less is not written to. */
    private static final Duration LIFE = Duration.ofDays(1);

    private static final long NUMBER_STRIDE = 1_000_000L;

    private final Migration migration;
    private final Map<String, List<EntityRecord>> templates = new LinkedHashMap<>();
    private final Map<RecordKey, EntityRecord> all = new LinkedHashMap<>();
    private final Set<Field> distinct = new HashSet<>();

    private SampleRecords(Migration migration) {
        this.migration = migration;
    }

    /** Reads all good records of {@code store}, which is small. */
    static SampleRecords read(Migration migration, StoreReader store) {
        SampleRecords sample = new SampleRecords(migration);
        Set<RecordKey> copied = new HashSet<>();
        for (Entity entity : migration.entities()) {
            if (entity.legacy().isEmpty()) {
                continue;
            }
            List<EntityRecord> records = scan(store, entity);
            sample.findDistinct(entity, records);
            List<EntityRecord> fit = new ArrayList<>();
            for (EntityRecord record : records) {
                if (isMortal(record)) {
                    continue;
                }
                sample.all.put(record.key(), record);
                if (sample.canBeCopied(record, copied)) {
                    copied.add(record.key());
                    fit.add(record);
                }
            }
            sample.templates.put(entity.name(), fit);
        }
        return sample;
    }

    private static List<EntityRecord> scan(StoreReader store, Entity entity) {
        List<EntityRecord> records = new ArrayList<>();
        Iterator<Chunk> chunks = store.chunks(entity, 10_000);
        while (chunks.hasNext()) {
            try (RecordStream stream = store.scan(entity, chunks.next())) {
                while (stream.hasNext()) {
                    Scanned scanned = stream.next();
                    @Nullable EntityRecord record = scanned.record();
                    if (record != null) {
                        records.add(record);
                    }
                }
            }
        }
        return records;
    }

    /** Texts and required numbers whose values are all different may be unique on the target: copies get values of their own. */
    private void findDistinct(Entity entity, List<EntityRecord> records) {
        for (Field field : entity.fields()) {
            boolean text =
                    field.type().kind() == FieldType.Kind.TEXT && field.oneOf().isEmpty();
            boolean number = field.type().kind() == FieldType.Kind.INT32
                    && !field.optional()
                    && !field.nullable()
                    && !entity.key().contains(field);
            if (!text && !number) {
                continue;
            }
            Set<Object> values = new HashSet<>();
            boolean different = true;
            for (EntityRecord record : records) {
                Object value = record.value(field);
                if (!(value instanceof Missing)) {
                    different &= values.add(value);
                }
            }
            if (different && values.size() > 1) {
                distinct.add(field);
            }
        }
    }

    /** Its end comes while somebody looks, or has come: it is there to be deleted. */
    private static boolean isMortal(EntityRecord record) {
        return record.entity()
                .expires()
                .map(record::value)
                .filter(end -> end instanceof Instant instant
                        && instant.isBefore(Instant.now().plus(LIFE)))
                .isPresent();
    }

    private boolean canBeCopied(EntityRecord record, Set<RecordKey> copied) {
        if (RecordJson.text(record).text().length() > MAX_COPIED_CHARS) {
            return false;
        }
        if (record.entity().key().stream().allMatch(Field::isConstant)) {
            return false;
        }
        for (Object value : record.key().values()) {
            if (value instanceof String text && (text.isEmpty() || text.length() > 60)) {
                return false;
            }
        }
        for (Reference reference : record.entity().references()) {
            Optional<RecordKey> pointed = pointed(record, reference);
            boolean mayDangle = reference.onDelete() == Reference.OnDelete.KEEP
                    || reference.fields().stream()
                            .allMatch(name -> record.entity().field(name).isConstant());
            if (!mayDangle && pointed.isPresent() && !copied.contains(pointed.get())) {
                return false;
            }
        }
        return previous(record.key()).map(copied::contains).orElse(true);
    }

    /** The key of the element before this one, where the place in an array is a part of the key: there can be no gap. */
    static Optional<RecordKey> previous(RecordKey key) {
        if (!isByPlace(key.entity())) {
            return Optional.empty();
        }
        List<Object> values = new ArrayList<>(key.values());
        int last = values.size() - 1;
        long place = ((Number) values.get(last)).longValue();
        if (place <= 1) {
            return Optional.empty();
        }
        values.set(last, values.get(last) instanceof Integer ? (Object) (int) (place - 1) : (Object) (place - 1));
        return Optional.of(RecordKey.of(key.entity(), values));
    }

    static boolean isByPlace(Entity entity) {
        return entity.legacy().orElse(null) instanceof DocumentLayout document && document.byPlace();
    }

    /** The key that {@code reference} of {@code record} names; empty if it is null or absent. */
    Optional<RecordKey> pointed(EntityRecord record, Reference reference) {
        List<Object> key = new ArrayList<>();
        for (String field : reference.fields()) {
            Object value = record.value(field);
            if (value instanceof Missing) {
                return Optional.empty();
            }
            key.add(value);
        }
        return Optional.of(RecordKey.of(migration.entity(reference.entity()), key));
    }

    /** Every record of the sample by key, parents before children. */
    Map<RecordKey, EntityRecord> all() {
        return all;
    }

    /** How many records one round of copies has. */
    int copiesInARound() {
        return templates.values().stream().mapToInt(List::size).sum();
    }

    /** Copies of one round, parents before children; {@code label} is part of each of their keys. */
    List<EntityRecord> round(String label, long number) {
        List<EntityRecord> copies = new ArrayList<>();
        for (List<EntityRecord> records : templates.values()) {
            for (EntityRecord record : records) {
                copies.add(copy(record, label, number));
            }
        }
        return copies;
    }

    private EntityRecord copy(EntityRecord record, String label, long number) {
        Entity entity = record.entity();
        Set<String> pointing = new HashSet<>();
        entity.references().forEach(reference -> pointing.addAll(reference.fields()));
        Set<String> parentFields = new HashSet<>();
        entity.parent().ifPresent(parent -> parentFields.addAll(parent.fields()));
        EntityRecord.Builder builder = record.toBuilder();
        Map<String, Object> renamed = new HashMap<>();
        for (Field field : entity.fields()) {
            Object value = record.value(field);
            if (value instanceof Missing) {
                continue;
            }
            boolean ownKey = entity.key().contains(field);
            boolean root = entity.parent().isEmpty()
                    || parentFields.stream().allMatch(name -> entity.field(name).isConstant());
            if (field.isConstant()) {
                continue;
            }
            if (pointing.contains(field.name()) || (ownKey && root) || distinct.contains(field)) {
                renamed.put(field.name(), rename(field, value, label, number));
            }
        }
        renamed.forEach(builder::set);
        return builder.build();
    }

    private static Object rename(Field field, Object value, String label, long number) {
        if (value instanceof String text) {
            String file = PathPattern.file(text);
            String copy = file == null
                    ? text + "-" + label
                    : PathPattern.fileAndLine(file + "-" + label, PathPattern.line(text));
            if (copy.codePointCount(0, copy.length()) <= field.type().length()) {
                return copy;
            }
            return field.optional() ? Missing.ABSENT : field.nullable() ? Missing.NULL : value;
        }
        if (value instanceof Integer i) {
            return (int) ((i + (number + 1) * NUMBER_STRIDE) % Integer.MAX_VALUE);
        }
        if (value instanceof Long l) {
            return l + (number + 1) * NUMBER_STRIDE;
        }
        return value;
    }
}
