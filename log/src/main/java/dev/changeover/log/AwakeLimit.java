package dev.changeover.log;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A limit for an answer that counts the time in which this process runs. One that was stopped for longer than the limit (a laptop's lid, a
 * paused container, {@code SIGSTOP}) would otherwise give up whatever it had asked for in the moment in which it wakes, before it has
 * looked at the answers that have come meanwhile.
 */
public final class AwakeLimit {
    private static final int TICKS = 10;

    private AwakeLimit() {}

    /**
     * Fails {@code answer} with {@link TimeoutException} if it has not come after {@code limit}; a time of sleep counts for a tenth of the
     * limit at most.
     *
     * @return {@code answer}
     */
    public static <T> CompletableFuture<T> on(CompletableFuture<T> answer, Duration limit) {
        long tick = Math.max(1, limit.toMillis() / TICKS);
        return on(answer, CompletableFuture.delayedExecutor(tick, TimeUnit.MILLISECONDS, Runnable::run));
    }

    /** @param ticks runs what is given to it a tick later */
    static <T> CompletableFuture<T> on(CompletableFuture<T> answer, Executor ticks) {
        if (!answer.isDone()) {
            AtomicReference<@Nullable CompletableFuture<?>> late = new AtomicReference<>(answer);
            // A tick that is still to come must not keep an answer that has come, which may be large.
            answer.whenComplete((value, failure) -> late.set(null));
            wait(late, TICKS, ticks);
        }
        return answer;
    }

    private static void wait(AtomicReference<@Nullable CompletableFuture<?>> late, int left, Executor ticks) {
        ticks.execute(() -> {
            CompletableFuture<?> answer = late.get();
            if (answer != null && left == 1) {
                answer.completeExceptionally(new TimeoutException());
            } else if (answer != null) {
                wait(late, left - 1, ticks);
            }
        });
    }
}
