package dev.changeover.producer.backfill;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A legacy store in memory that is scanned in the order in which it was filled, and can be away for some scans. */
final class MemoryReader implements StoreReader {
    private final Map<String, List<Scanned>> byEntity = new HashMap<>();
    final AtomicInteger away = new AtomicInteger();
    final AtomicInteger scans = new AtomicInteger();
    /** Where the chunk begins that cannot be read; -1 for none. */
    final AtomicInteger unreadable = new AtomicInteger(-1);

    MemoryReader add(EntityRecord record) {
        List<Scanned> all = of(record.entity());
        all.add(Scanned.good(record, record.entity().name() + ".jsonl:" + (all.size() + 1)));
        return this;
    }

    MemoryReader addBad(Entity entity, String text) {
        List<Scanned> all = of(entity);
        all.add(Scanned.bad(
                entity.name() + ".jsonl:" + (all.size() + 1),
                "no JSON",
                "",
                Bytes.copyOf(text.getBytes(StandardCharsets.UTF_8))));
        return this;
    }

    private List<Scanned> of(Entity entity) {
        return byEntity.computeIfAbsent(entity.name(), ignored -> new ArrayList<>());
    }

    @Override
    public Iterator<Chunk> chunks(Entity entity, int targetRecords) {
        mayBeAway();
        int size = of(entity).size();
        return IntStream.iterate(0, from -> from < size, from -> from + targetRecords)
                .mapToObj(from -> new Chunk(
                        Integer.toString(from),
                        Integer.toString(Math.min(size, from + targetRecords)),
                        Math.min(size - from, targetRecords)))
                .iterator();
    }

    @Override
    public RecordStream scan(Entity entity, Chunk chunk) {
        scans.incrementAndGet();
        Iterator<Scanned> records = of(entity)
                .subList(Integer.parseInt(chunk.from()), Integer.parseInt(chunk.to()))
                .iterator();
        return new RecordStream() {
            @Override
            public boolean hasNext() {
                return records.hasNext();
            }

            @Override
            public Scanned next() {
                mayBeAway();
                if (chunk.from().equals(unreadable.toString())) {
                    throw new StoreUnavailableException("No permission");
                }
                return records.next();
            }

            @Override
            public void close() {}
        };
    }

    private void mayBeAway() {
        if (away.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new StoreUnavailableException("The folder is not mounted");
        }
    }

    @Override
    public Reading read(Entity entity, Collection<RecordKey> keys) {
        throw new UnsupportedOperationException("A backfill scans");
    }

    @Override
    public List<EntityRecord> page(Entity entity, @Nullable RecordKey after, Map<String, Object> equal, int limit) {
        throw new UnsupportedOperationException("A backfill scans");
    }

    @Override
    public long count(Entity entity) {
        return of(entity).size();
    }

    @Override
    public void close() {}
}
