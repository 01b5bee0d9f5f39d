package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff =
            new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10), new SplittableRandom(1));

    @Test
    void waitsDoubleUpToTheLimitAndAreSpread() {
        long due = 100;
        for (int failure = 0; failure < 70; failure++) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(due / 2), Duration.ofMillis(due));
            due = Math.min(10_000, due * 2);
        }
    }

    @Test
    void successBeginsAnew() {
        backoff.next();
        backoff.next();
        backoff.succeeded();

        assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
    }
}
