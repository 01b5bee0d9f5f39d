package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.Entity;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Runs the scans of both sides at the same time: the legacy side's in the executor, the target's in the caller's thread, and the reading of
 * each in the executor, too.
 */
record BothSides(SideScan legacy, SideScan target, Executor executor) {
    /** When it returns, both visitors have seen all, and what they have written is visible to the caller. */
    void run(Entity entity, SideScan.Visitor onLegacy, SideScan.Visitor onTarget) throws InterruptedException {
        AtomicBoolean cancelled = new AtomicBoolean();
        CompletableFuture<@Nullable Throwable> legacyFailure =
                CompletableFuture.supplyAsync(() -> failure(legacy, entity, onLegacy, cancelled, executor), executor);
        Throwable targetFailure = failure(target, entity, onTarget, cancelled, executor);
        Throwable first = moreTelling(targetFailure, legacyFailure.join());
        if (first instanceof InterruptedException interrupted) {
            throw interrupted;
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first != null) {
            throw first instanceof RuntimeException failure ? failure : new CompletionException(first);
        }
    }

    /** A side that fails stops the other one: half of a comparison is none. */
    private static @Nullable Throwable failure(
            SideScan scan, Entity entity, SideScan.Visitor visitor, AtomicBoolean cancelled, Executor executor) {
        try {
            scan.run(entity, visitor, cancelled, executor);
            return null;
        } catch (InterruptedException | RuntimeException | Error e) {
            cancelled.set(true);
            return e;
        }
    }

    private static @Nullable Throwable moreTelling(@Nullable Throwable a, @Nullable Throwable b) {
        return a == null || (a instanceof InterruptedException && b != null) ? b : a;
    }
}
