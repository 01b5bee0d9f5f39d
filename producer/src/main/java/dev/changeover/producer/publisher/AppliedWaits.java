package dev.changeover.producer.publisher;

import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes that wait until a side has passed them. What a side passed without taking it is remembered for a while, because its
 * progress may be faster than the answer after which a write begins to wait.
 */
final class AppliedWaits {
    private static final int MAX_REMEMBERED = 1_000;

    private final Map<String, Lane> lanes = new ConcurrentHashMap<>();

    /**
     * Done when {@code side} has passed the event at {@code offset} of {@code partition} of {@code writes}: with nothing if it
     * took it, otherwise with why not.
     */
    CompletableFuture<Optional<Unapplied>> passed(Side side, int partition, long offset, String keyText) {
        return lane(side, partition).wait(offset, keyText);
    }

    void on(Progress progress, List<Unapplied> unapplied) {
        lane(progress.side(), progress.partition()).move(progress.writesNext(), unapplied);
    }

    private Lane lane(Side side, int partition) {
        return lanes.computeIfAbsent(side.word() + partition, ignored -> new Lane());
    }

    private record Waiting(String keyText, CompletableFuture<Optional<Unapplied>> done) {}

    private record Told(Waiting waiting, Optional<Unapplied> what) {}

    /** One side's way through one partition. */
    private static final class Lane {
        private final TreeMap<Long, List<Waiting>> byOffset = new TreeMap<>();
        private final Map<Long, Unapplied> unappliedByOffset = remembering();
        /** Those of which the sink has forgotten the offset; it must have been below the progress that told them. */
        private final Map<String, Unapplied> unappliedByKey = remembering();

        private final Map<String, Long> toldAt = remembering();
        private long passed;

        CompletableFuture<Optional<Unapplied>> wait(long offset, String keyText) {
            CompletableFuture<Optional<Unapplied>> done = new CompletableFuture<>();
            Waiting waiting = new Waiting(keyText, done);
            synchronized (this) {
                if (offset >= passed) {
                    byOffset.computeIfAbsent(offset, ignored -> new ArrayList<>(1))
                            .add(waiting);
                    done.whenComplete((ignoredWhat, ignoredFailure) -> forget(offset, waiting));
                    return done;
                }
                done.complete(unapplied(offset, keyText));
            }
            return done;
        }

        void move(long writesNext, List<Unapplied> unapplied) {
            List<Told> told = new ArrayList<>();
            synchronized (this) {
                for (Unapplied one : unapplied) {
                    remember(one, writesNext);
                }
                passed = Math.max(passed, writesNext);
                Map<Long, List<Waiting>> done = byOffset.headMap(passed);
                done.forEach((offset, all) ->
                        all.forEach(waiting -> told.add(new Told(waiting, unapplied(offset, waiting.keyText())))));
                done.clear();
            }
            told.forEach(one -> one.waiting().done().complete(one.what()));
        }

        private void remember(Unapplied one, long writesNext) {
            if (one.writeOffset() >= 0) {
                unappliedByOffset.put(one.writeOffset(), one);
            } else {
                unappliedByKey.put(one.keyText(), one);
                toldAt.put(one.keyText(), writesNext);
            }
        }

        private Optional<Unapplied> unapplied(long offset, String keyText) {
            @Nullable Unapplied exactly = unappliedByOffset.get(offset);
            if (exactly != null) {
                return Optional.of(exactly);
            }
            @Nullable Long at = toldAt.get(keyText);
            return at != null && offset < at ? Optional.ofNullable(unappliedByKey.get(keyText)) : Optional.empty();
        }

        private synchronized void forget(long offset, Waiting waiting) {
            List<Waiting> all = byOffset.get(offset);
            if (all != null && all.remove(waiting) && all.isEmpty()) {
                byOffset.remove(offset);
            }
        }

        private static <K, V> Map<K, V> remembering() {
            return new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                    return size() > MAX_REMEMBERED;
                }
            };
        }
    }
}
