package dev.changeover.app.process;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A legacy side that is not there any more after the migration: whoever asks it is told so. */
final class ArchivedLegacy implements StoreReader {
    private final String reason;

    ArchivedLegacy(String reason) {
        this.reason = reason;
    }

    private StoreUnavailableException gone() {
        return new StoreUnavailableException("The migration is complete, and the legacy side is gone: " + reason);
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        throw gone();
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        throw gone();
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        throw gone();
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        throw gone();
    }

    @Override
    public long count(Entity entity) {
        throw gone();
    }

    @Override
    public void close() {}
}
