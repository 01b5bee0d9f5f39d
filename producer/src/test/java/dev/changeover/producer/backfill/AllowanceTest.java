package dev.changeover.producer.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AllowanceTest {
    private final Allowance allowance = new Allowance(2_000);
    private long now = 5;
    private long done;
    private long left = 1_000;

    /** @return what is allowed at the end */
    private long work(int perSecond, int seconds) {
        long allowed = 0;
        for (int tenth = 0; tenth < 10 * seconds; tenth++) {
            done += perSecond / 10;
            allowed = after(100);
        }
        return allowed;
    }

    private long after(int millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        return allowance.now(now, done, left);
    }

    @Test
    void whoIsFastMayHaveTheWorkOfASecondAndAHalfBeforeIt() {
        assertThat(work(6_000, 5)).isBetween(8_900L, 9_100L);
    }

    @Test
    void whoIsSlowHasTheLeast() {
        assertThat(work(300, 5)).isEqualTo(2_000);
    }

    @Test
    void whoBecomesSlowIsSoonSpared() {
        work(6_000, 10);

        assertThat(work(100, 4)).isEqualTo(2_000);
    }

    @Test
    void thereIsALimit() {
        assertThat(work(1_000_000, 5)).isEqualTo(Allowance.MOST);
    }

    @Test
    void aMomentSaysNothing() {
        allowance.now(now, 0, left);

        assertThat(allowance.now(now + 1_000, 5_000, left)).isEqualTo(2_000);
    }

    @Test
    void untilMoreIsKnownWhatIsThroughIsTheWorkOfAllTheTimeSinceThereWasAny() {
        left = 0;
        after(1_000);
        left = 2_000;
        assertThat(after(10)).isEqualTo(2_000);
        assertThat(after(100)).isEqualTo(2_000);
        done = 2_000;

        assertThat(after(300)).isEqualTo(7_500);
    }

    @Test
    void whoNeedsLongForTheFirstHasNoMoreThanTheLeast() {
        after(100);
        after(3_000);
        done = 2_000;

        assertThat(after(100)).isEqualTo(2_000);
    }

    @Test
    void aPauseIsNotTakenForSlowness() {
        work(6_000, 5);
        work(0, 5);
        now += TimeUnit.MINUTES.toNanos(1);

        assertThat(work(6_000, 1)).isBetween(8_900L, 9_100L);
    }

    @Test
    void neitherIsTheTimeUntilTheFirstIsThrough() {
        work(0, 1);

        assertThat(work(6_000, 1)).isBetween(8_900L, 9_100L);
    }

    @Test
    void whoDoesMuchAtOnceAndThenNothingForSecondsIsSlow() {
        work(0, 3);
        done += 2_000;
        work(0, 2);

        for (int batch = 0; batch < 5; batch++) {
            assertThat(work(0, 3)).isEqualTo(2_000);
            done += 2_000;
            assertThat(work(0, 1)).isEqualTo(2_000);
        }
    }

    @Test
    void whatIsDoneAtOnceAfterAStandstillIsTheWorkOfThatTime() {
        work(6_000, 5);

        assertThat(work(0, 5)).isEqualTo(2_000);
        done += 10_000;
        assertThat(work(0, 1)).isBetween(4_700L, 5_000L);
    }
}
