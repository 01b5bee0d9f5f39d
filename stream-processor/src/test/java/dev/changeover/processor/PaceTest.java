package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final long LONGEST = Pace.LONGEST_GATHERING.toMillis();

    private final Pace pace = new Pace();

    @Test
    void whatIsNewIsCommittedOnceThereIsNothingMore() {
        pace.processed(1_000, 995);

        assertThat(pace.tick(1_002)).isFalse();
        assertThat(pace.tick(1_004)).isTrue();
        assertThat(pace.tick(1_006)).isFalse();
    }

    @Test
    void whereEventsNeverEndTheyAreCommittedAllTheSame() {
        for (long now = 1_000; now < 1_000 + LONGEST; now += 2) {
            pace.processed(now, now - 5);
            assertThat(pace.tick(now)).isFalse();
        }
        pace.processed(1_000 + LONGEST, 1_000 + LONGEST - 5);

        assertThat(pace.tick(1_000 + LONGEST)).isTrue();
    }

    @Test
    void theTicksOfAllPartitionsInOneRoundAreOne() {
        pace.processed(1_000, 995);

        assertThat(pace.tick(1_002)).isFalse();
        assertThat(pace.tick(1_002)).isFalse();
        assertThat(pace.tick(1_003)).isFalse();
    }

    @Test
    void whatHasWaitedLongIsNotNew() {
        pace.processed(1_000, 995);
        assertThat(pace.tick(1_000 + LONGEST)).isTrue();

        pace.processed(10_000, 2_000);
        pace.tick(10_000);

        assertThat(pace.tick(20_000)).isFalse();
    }

    @Test
    void aBrokersClockThatIsBehindOrAheadDoesNotMatter() {
        pace.processed(100_000, 40_000);
        assertThat(pace.tick(100_000 + LONGEST)).isTrue();

        pace.processed(100_100, 40_050);

        assertThat(pace.tick(100_100 + LONGEST)).isTrue();
    }
}
