package dev.changeover.model.canonical;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What two sides must have in common to be equal: the bytes of a record's canonical form, and their XXH3 digest of 128
 * bits. {@code docs/canonical-form.md} describes the bytes; {@code canonical-vectors.json} among the tests holds examples.
 *
 * <p>Safe for use by several threads; the buffers are the thread's own.
 */
public final class Canonical {
    /** First byte of every form. Digests of different versions do not compare. */
    static final byte VERSION = 1;

    private static final ThreadLocal<FormBuffer> BUFFER = ThreadLocal.withInitial(FormBuffer::new);

    private Canonical() {}

    /** The digest of entity, key and canonical form. */
    public static Digest digest(EntityRecord entityRecord) {
        FormBuffer buffer = BUFFER.get().clear();
        buffer.putText(entityRecord.entity().name());
        for (Field field : entityRecord.entity().key()) {
            buffer.putValue(entityRecord.value(field));
        }
        put(entityRecord, buffer);
        HashValue128 hash = Hashing.xxh3_128().hashBytesTo128Bits(buffer.bytes(), 0, buffer.length());
        return new Digest(hash.getMostSignificantBits(), hash.getLeastSignificantBits());
    }

    /** The digest of a key alone; its lower half is never zero, so that this may stand for no key. */
    public static Digest digest(RecordKey key) {
        FormBuffer buffer = BUFFER.get().clear();
        buffer.putUtf8(key.text());
        HashValue128 hash = Hashing.xxh3_128().hashBytesTo128Bits(buffer.bytes(), 0, buffer.length());
        long low = hash.getLeastSignificantBits();
        return new Digest(hash.getMostSignificantBits(), low == 0 ? 1 : low);
    }

    /** The canonical form, without entity and key. */
    public static byte[] form(EntityRecord entityRecord) {
        FormBuffer buffer = BUFFER.get().clear();
        put(entityRecord, buffer);
        return buffer.toArray();
    }

    /** In which of {@code buckets} a key falls, from 0. */
    public static int bucket(RecordKey key, int buckets) {
        FormBuffer buffer = BUFFER.get().clear();
        buffer.putUtf8(key.text());
        long hash = Hashing.xxh3_64().hashBytesToLong(buffer.bytes(), 0, buffer.length());
        return (int) Long.remainderUnsigned(hash, buckets);
    }

    /** Whether two values of {@code field}, {@code Missing} ones too, have the same canonical form. */
    public static boolean same(Field field, Object a, Object b) {
        if (a.equals(b)) {
            return true;
        }
        if (!a.getClass().equals(b.getClass()) || differSurely(a, b)) {
            return false;
        }
        FormBuffer buffer = BUFFER.get().clear();
        buffer.putValue(a);
        int middle = buffer.length();
        buffer.putValue(b);
        return java.util.Arrays.equals(buffer.bytes(), 0, middle, buffer.bytes(), middle, buffer.length());
    }

    /** Of two that are not equal: whether one need not even look at their forms. */
    private static boolean differSurely(Object a, Object b) {
        return a instanceof String
                || a instanceof Integer
                || a instanceof Long
                || a instanceof Boolean
                || a instanceof UUID
                || a.equals(JsonText.EMPTY_OBJECT)
                || b.equals(JsonText.EMPTY_OBJECT);
    }

    private static void put(EntityRecord entityRecord, FormBuffer buffer) {
        Entity entity = entityRecord.entity();
        buffer.put(VERSION);
        List<Field> fields = entity.fields();
        for (int i = 0; i < fields.size(); i++) {
            buffer.putValue(entityRecord.value(fields.get(i)));
        }
        Map<String, JsonText> unnamed = entityRecord.unnamed();
        buffer.putInt(unnamed.size());
        if (!unnamed.isEmpty()) {
            List<FormBuffer.Member> members = new ArrayList<>(unnamed.size());
            for (Map.Entry<String, JsonText> member : unnamed.entrySet()) {
                int start = buffer.length();
                buffer.putText(member.getKey());
                JsonForm.put(member.getValue().text(), buffer);
                members.add(new FormBuffer.Member(start, buffer.length()));
            }
            buffer.sort(members);
        }
    }
}
