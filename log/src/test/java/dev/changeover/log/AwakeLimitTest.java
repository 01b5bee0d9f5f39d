package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class AwakeLimitTest {
    private final Deque<Runnable> ticks = new ArrayDeque<>();

    @Test
    void whoHasSleptPastTheWholeLimitStillTakesTheAnswerThatHasComeMeanwhile() {
        CompletableFuture<String> answer = AwakeLimit.on(new CompletableFuture<>(), ticks::add);

        tick(); // of all that a sleeper has missed one comes when it wakes
        answer.complete("here");

        assertThat(answer).isCompletedWithValue("here");
        tick();
        assertThat(ticks).isEmpty();
    }

    @Test
    void anAnswerThatDoesNotComeFailsAfterTenTenthsOfTheLimit() {
        CompletableFuture<String> answer = AwakeLimit.on(new CompletableFuture<>(), ticks::add);

        for (int tenth = 1; tenth < 10; tenth++) {
            tick();
            assertThat(answer).isNotDone();
        }
        tick();

        assertThat(answer).isCompletedExceptionally();
    }

    @Test
    void theLimitIsOfTheClock() {
        long began = System.nanoTime();
        CompletableFuture<String> answer = AwakeLimit.on(new CompletableFuture<>(), Duration.ofMillis(20));

        assertThatThrownBy(answer::join).hasCauseInstanceOf(TimeoutException.class);
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(20_000_000L);
    }

    private void tick() {
        ticks.remove().run();
    }
}
