package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads one side of one entity in a thread of its own, a little ahead of whoever takes it: a store is waited for meanwhile. */
final class ReadAhead implements AutoCloseable {
    /** One batch: so many records, or so much of them and one record more. Three are alive at most: taken, ready and being read. */
    private static final int MOST_RECORDS = 512;

    private static final int MOST_CHARS = 256 * 1024;
    private static final long LOOK_AGAIN_MILLIS = 50;
    private static final List<Scanned> END = List.of();

    private final BlockingQueue<List<Scanned>> ready = new ArrayBlockingQueue<>(1);
    private final CompletableFuture<@Nullable Void> reading;
    private volatile boolean stopped;

    private ReadAhead(StoreReader reader, Entity entity, int chunkRecords, Executor executor) {
        this.reading = CompletableFuture.runAsync(() -> read(reader, entity, chunkRecords), executor);
    }

    static ReadAhead start(StoreReader reader, Entity entity, int chunkRecords, Executor executor) {
        return new ReadAhead(reader, entity, chunkRecords, executor);
    }

    /**
     * What comes next; nothing at the end.
     *
     * @throws dev.changeover.store.StoreUnavailableException if it could not be read
     * @throws InterruptedException if the reading or the calling thread was interrupted
     */
    List<Scanned> next() throws InterruptedException {
        List<Scanned> some = null;
        while (some == null) {
            // Before the look: what it has put there until then is seen. Who was interrupted may not have put the end
            // there.
            boolean ended = reading.isDone();
            some = ready.poll(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            if (some == null && ended) {
                some = END;
            }
        }
        if (some.isEmpty()) {
            throwFailure();
        }
        return some;
    }

    private void throwFailure() throws InterruptedException {
        try {
            reading.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof InterruptedException) {
                throw new InterruptedException("the reading of a side was interrupted");
            }
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    private void read(StoreReader reader, Entity entity, int chunkRecords) {
        try {
            readAll(reader, entity, chunkRecords);
            put(END);
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private void readAll(StoreReader reader, Entity entity, int chunkRecords) throws InterruptedException {
        Iterator<Chunk> chunks = reader.chunks(entity, chunkRecords);
        Scans scans = reader.scans();
        List<Scanned> some = new ArrayList<>();
        long chars = 0;
        while (!stopped && chunks.hasNext()) {
            try (RecordStream stream = scans.scan(entity, chunks.next())) {
                while (!stopped && stream.hasNext()) {
                    Scanned scanned = stream.next();
                    some.add(scanned);
                    chars += chars(scanned);
                    if (some.size() >= MOST_RECORDS || chars >= MOST_CHARS) {
                        put(some);
                        some = new ArrayList<>();
                        chars = 0;
                    }
                }
            }
        }
        if (!some.isEmpty()) {
            put(some);
        }
    }

    private void put(List<Scanned> some) throws InterruptedException {
        boolean taken = false;
        while (!stopped && !taken) { // whoever takes it is slower, or has gone
            taken = ready.offer(some, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** About how much memory it takes. */
    private static long chars(Scanned scanned) {
        EntityRecord entityRecord = scanned.record();
        if (entityRecord == null) {
            Bytes content = scanned.content();
            return content == null ? 0 : content.length();
        }
        long chars = 0;
        for (Field field : entityRecord.entity().fields()) {
            Object value = entityRecord.value(field);
            if (value instanceof String text) {
                chars += text.length();
            } else if (value instanceof JsonText json) {
                chars += json.text().length();
            } else if (value instanceof Bytes content) {
                chars += content.length();
            }
        }
        for (JsonText json : entityRecord.unnamed().values()) {
            chars += json.text().length();
        }
        return chars;
    }

    /** Ends the reading; when it returns, the store is no longer read. */
    @Override
    public void close() {
        stopped = true;
        reading.exceptionally(failure -> null).join();
    }
}
