package dev.changeover.store.file;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.file.disk.LegacyFolder.Stamp;
import dev.changeover.store.file.journal.JournaledBatch.Append;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What becomes of one file. */
sealed interface FileChange {
    String path();

    /** The file as it was when the change was worked out; null if there was none. */
    @Nullable
    Stamp before();

    /**
     * A document gets a new content, or goes.
     *
     * @param content null if the file goes
     * @param edit what was done to it, to be done again should somebody else have changed it meanwhile
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Document(String path, @Nullable Stamp before, byte @Nullable [] content, Edit edit) implements FileChange {}

    /** Lines go to a file's end. */
    record Lines(@Nullable Stamp before, Append append) implements FileChange {
        @Override
        public String path() {
            return append.path();
        }
    }

    /**
     * Lines in the middle of a file change or go, and perhaps others go to its end.
     *
     * @param lines by their offsets
     */
    record Rewrite(String path, @Nullable Stamp before, NavigableMap<Long, LineChange> lines, List<byte[]> appended)
            implements FileChange {}

    /**
     * @param length of the line as it was, without its end
     * @param content as it shall be; null if it goes, its end with it
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record LineChange(int length, byte @Nullable [] content) {}

    /**
     * What is done to a document.
     *
     * @param parts one for each entity that has records in it, the one whose record the document is first
     */
    record Edit(List<Part> parts) {}

    /**
     * What is done to one entity's records in a document.
     *
     * @param changes for each key what its record shall be; empty for nothing
     * @param endsWhenEmpty whether a document without records shall not stay
     */
    record Part(
            EntityDocuments documents,
            Map<String, String> pathTexts,
            Map<RecordKey, Optional<EntityRecord>> changes,
            boolean endsWhenEmpty) {}
}
