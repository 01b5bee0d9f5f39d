package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final long LONGEST = Pace.LONGEST_GATHERING.toMillis();

    private final Pace pace = new Pace();

    @Test
    void whatIsNewIsCommittedOnceThereIsNothingMore() {
        assertThat(pace.processed(1_000, 995)).isTrue();
        assertThat(pace.processed(1_001, 996)).isFalse();

        assertThat(pace.tick(1_003)).isFalse();
        assertThat(pace.tick(1_006)).isTrue();
    }

    @Test
    void aSingleEventIsCommittedAtTheFirstTick() {
        assertThat(pace.processed(1_000, 995)).isTrue();

        assertThat(pace.tick(1_003)).isTrue();
    }

    @Test
    void whereEventsNeverEndTheyAreCommittedAllTheSame() {
        pace.processed(1_000, 995);
        for (long now = 1_000; now < 1_000 + LONGEST; now += 3) {
            pace.processed(now, now - 5);
            assertThat(pace.tick(now)).isFalse();
        }
        pace.processed(1_000 + LONGEST, 1_000 + LONGEST - 5);

        assertThat(pace.tick(1_000 + LONGEST)).isTrue();
    }

    @Test
    void whatComesInBulkDelaysACommitAndAsksForNone() {
        pace.processedInBulk();
        assertThat(pace.processed(1_000, 995)).as("ticks begin").isTrue();

        pace.processedInBulk();

        assertThat(pace.tick(1_003)).isFalse();
        assertThat(pace.tick(1_006)).isTrue();
    }

    @Test
    void afterACommitTheNextEventIsTheFirstAgain() {
        pace.processed(1_000, 995);
        pace.tick(1_003);

        assertThat(pace.processed(1_010, 1_005)).isTrue();
    }

    @Test
    void ticksThatEndedWithTheirPartitionBeginAnewInAnother() {
        pace.processed(1_000, 995);

        pace.ended();

        assertThat(pace.processed(1_001, 996)).isTrue();
    }

    @Test
    void whatHasWaitedLongIsNotNew() {
        pace.processed(1_000, 995);
        pace.tick(1_003);

        assertThat(pace.processed(10_000, 2_000)).isFalse();
    }

    @Test
    void aBrokersClockThatIsBehindOrAheadDoesNotMatter() {
        pace.processed(100_000, 40_000);
        pace.tick(100_003);

        assertThat(pace.processed(100_100, 40_050)).isTrue();
    }
}
