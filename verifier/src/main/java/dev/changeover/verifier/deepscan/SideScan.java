package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Scanned;
import dev.changeover.store.StoreReader;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/** Reads one side of one entity from end to end, not faster than it may. */
final class SideScan {
    private final Side side;
    private final StoreReader reader;
    private final int chunkRecords;
    private final long recordsPerSecond;
    private final Pause pause;

    /** Takes what the scan meets; runs in the scan's thread. */
    interface Visitor {
        void good(RecordKey key, EntityRecord entityRecord);

        void bad(Scanned scanned);
    }

    SideScan(Side side, StoreReader reader, int chunkRecords, long recordsPerSecond, Pause pause) {
        this.side = side;
        this.reader = reader;
        this.chunkRecords = chunkRecords;
        this.recordsPerSecond = recordsPerSecond;
        this.pause = pause;
    }

    Side side() {
        return side;
    }

    StoreReader reader() {
        return reader;
    }

    /**
     * @param executor runs the reading at once, beside the caller's thread, which digests what was read
     * @throws InterruptedException if {@code cancelled} was set or the thread was interrupted
     */
    void run(Entity entity, Visitor visitor, AtomicBoolean cancelled, Executor executor) throws InterruptedException {
        long started = System.nanoTime();
        long records = 0;
        try (ReadAhead ahead = ReadAhead.start(reader, entity, chunkRecords, executor)) {
            for (List<Scanned> some = ahead.next(); !some.isEmpty(); some = ahead.next()) {
                for (Scanned scanned : some) {
                    EntityRecord entityRecord = scanned.record();
                    if (entityRecord == null) {
                        visitor.bad(scanned);
                    } else {
                        visitor.good(entityRecord.key(), entityRecord);
                    }
                }
                records += some.size();
                slowDown(records, started, cancelled);
            }
        }
    }

    private void slowDown(long records, long started, AtomicBoolean cancelled) throws InterruptedException {
        if (cancelled.get() || Thread.interrupted()) {
            throw new InterruptedException("the scan of the other side has failed");
        }
        if (recordsPerSecond > 0) {
            long ahead = records * 1_000_000_000L / recordsPerSecond - (System.nanoTime() - started);
            if (ahead > 0) {
                pause.pause(Duration.ofNanos(ahead));
            }
        }
    }
}
