package dev.changeover.model.json;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;

/** RFC 7396: a patch that replaces members, removes those that it names as null, and reaches into objects. */
@SuppressWarnings("DoNotCallSuggester")
public final class MergePatch {
    private MergePatch() {}

    /**
     * @param patch an object
     * @throws InvalidRecordException if what comes out is against the definition, or would have another key
     */
    public static EntityRecord apply(EntityRecord current, JsonText patch) throws InvalidRecordException {
        throw new UnsupportedOperationException();
    }
}
