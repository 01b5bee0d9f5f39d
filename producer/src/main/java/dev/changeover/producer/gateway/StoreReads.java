package dev.changeover.producer.gateway;

import dev.changeover.log.AwakeLimit;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Looks into the stores in threads of its own: a store that hangs holds these, not the server's, which go on to take writes and to
 * answer for health.
 */
final class StoreReads implements AutoCloseable {
    private final Map<Side, StoreReader> stores;
    private final ThreadPoolExecutor threads;
    private final HttpLimits limits;

    StoreReads(Map<Side, StoreReader> stores, HttpLimits limits) {
        this.stores = Map.copyOf(stores);
        this.limits = limits;
        AtomicInteger number = new AtomicInteger();
        ThreadFactory named = task -> {
            Thread thread = new Thread(task, "gateway-read-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        this.threads = new ThreadPoolExecutor(
                limits.readThreads(),
                limits.readThreads(),
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.maxQueuedReads()),
                named);
        threads.allowCoreThreadTimeOut(true);
    }

    /** @throws Problem 503 if this process does not read that side */
    StoreReader on(Side side) {
        StoreReader store = stores.get(side);
        if (store == null) {
            throw Problem.unavailable("This process does not read the %s side".formatted(side));
        }
        return store;
    }

    /**
     * What {@code look} finds.
     *
     * @return fails with what {@code look} throws; with {@link Problem} 503 if a store could not be read or not in time, with 429 if too
     *     many reads wait already
     */
    <T> CompletableFuture<T> submit(Supplier<T> look) {
        try {
            CompletableFuture<T> found = CompletableFuture.supplyAsync(look, threads);
            return AwakeLimit.on(found, limits.readTimeout()).exceptionally(failure -> {
                throw problem(failure);
            });
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(Problem.overloaded("Too many reads are under way; try again"));
        }
    }

    private RuntimeException problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof StoreUnavailableException) {
            return Problem.unavailable("Cannot read: " + cause.getMessage());
        }
        if (cause instanceof TimeoutException) {
            return Problem.unavailable("The store did not answer within %d s"
                    .formatted(limits.readTimeout().toSeconds()));
        }
        return cause instanceof RuntimeException known ? known : new CompletionException(cause);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
