package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PaceTest {
    private final Pace pace = new Pace();

    @Test
    void whatIsNewIsCommittedAtOnceAndOnlyOnce() {
        pace.processed(1_000, 995);

        assertThat(pace.takeNew()).isTrue();
        assertThat(pace.takeNew()).isFalse();
    }

    @Test
    void whatHasWaitedLongIsNotNew() {
        pace.processed(1_000, 995);
        pace.takeNew();

        pace.processed(10_000, 2_000);

        assertThat(pace.takeNew()).isFalse();
    }

    @Test
    void aBrokersClockThatIsBehindOrAheadDoesNotMatter() {
        pace.processed(100_000, 40_000);
        assertThat(pace.takeNew()).isTrue();

        pace.processed(100_100, 40_050);

        assertThat(pace.takeNew()).isTrue();
    }
}
