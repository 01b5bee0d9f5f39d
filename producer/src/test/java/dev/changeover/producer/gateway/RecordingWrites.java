package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Takes writes, remembers them, and answers what it was told to. */
final class RecordingWrites implements Writes {
    final List<Request> taken = Collections.synchronizedList(new ArrayList<>());
    final List<ChangeEvent> first = Collections.synchronizedList(new ArrayList<>());
    private final List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean inTime = true;
    private volatile @Nullable CompletableFuture<Void> held;
    private volatile @Nullable RuntimeException failure;

    RecordingWrites answering(Outcome... next) {
        outcomes.addAll(List.of(next));
        return this;
    }

    RecordingWrites tooLate() {
        inTime = false;
        return this;
    }

    RecordingWrites failingWith(RuntimeException thrown) {
        failure = thrown;
        return this;
    }

    /** Answers only when the future completes. */
    RecordingWrites heldBy(CompletableFuture<Void> release) {
        held = release;
        return this;
    }

    void reset() {
        taken.clear();
        first.clear();
        outcomes.clear();
        inTime = true;
        held = null;
        failure = null;
    }

    Request only() {
        if (taken.size() != 1) {
            throw new AssertionError("One write expected, not " + taken);
        }
        return taken.get(0);
    }

    @Override
    public CompletableFuture<Result> write(Request request) {
        RuntimeException thrown = failure;
        if (thrown != null) {
            return CompletableFuture.failedFuture(thrown);
        }
        int offset = taken.size();
        taken.add(request);
        Result result = result(offset);
        CompletableFuture<Void> release = held;
        return release == null ? CompletableFuture.completedFuture(result) : release.thenApply(released -> result);
    }

    private Result result(int offset) {
        Outcome outcome = outcomes.isEmpty() ? Outcome.ACCEPTED : outcomes.remove(0);
        Set<Side> applied = inTime ? Set.of(Side.LEGACY, Side.TARGET) : Set.of();
        return new Result(1, offset, outcome, outcome == Outcome.ACCEPTED ? "" : "because", applied, inTime);
    }

    @Override
    public CompletableFuture<List<Result>> writeAll(List<Request> requests) {
        List<Result> results = new ArrayList<>();
        for (Request request : requests) {
            results.add(write(request).join());
        }
        return CompletableFuture.completedFuture(results);
    }

    @Override
    public boolean publishFirst(List<ChangeEvent> snapshots) {
        return first.addAll(snapshots);
    }
}
