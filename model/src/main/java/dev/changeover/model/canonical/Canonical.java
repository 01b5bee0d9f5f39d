package dev.changeover.model.canonical;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.RecordKey;

/** What two sides must have in common to be equal: the bytes of a record's canonical form, and their digest. */
@SuppressWarnings("DoNotCallSuggester")
public final class Canonical {
    private Canonical() {}

    /** The digest of entity, key and canonical form. */
    public static Digest digest(EntityRecord entityRecord) {
        throw new UnsupportedOperationException();
    }

    /** The canonical form; {@code docs/canonical-form.md} describes it. */
    public static byte[] form(EntityRecord entityRecord) {
        throw new UnsupportedOperationException();
    }

    /** In which of {@code buckets} a key falls. */
    public static int bucket(RecordKey key, int buckets) {
        throw new UnsupportedOperationException();
    }

    /** Whether two values of {@code field} have the same canonical form. */
    public static boolean same(Field field, Object a, Object b) {
        throw new UnsupportedOperationException();
    }
}
