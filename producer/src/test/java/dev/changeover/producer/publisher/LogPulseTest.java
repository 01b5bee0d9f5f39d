package dev.changeover.producer.publisher;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LogPulseTest {
    private static final long SILENT = 2_000;
    private static final long SUSPECTED = 1_000;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 500); // nanoTime may overflow
    private final LogPulse pulse = new LogPulse(SILENT, SUSPECTED, now::get);

    private boolean stalledAfter(long nanos) {
        now.addAndGet(nanos);
        return pulse.stalled();
    }

    @Test
    void withNothingUnderWayItIsNeverStalled() {
        assertThat(stalledAfter(SILENT * 100)).isFalse();
        assertThat(stalledAfter(SUSPECTED * 100)).isFalse();
    }

    @Test
    void itIsStalledWhenItStaysSilentWhileItIsSuspected() {
        pulse.sent();

        assertThat(stalledAfter(SILENT)).isFalse();
        assertThat(stalledAfter(1)).isFalse();
        assertThat(stalledAfter(SUSPECTED)).isFalse();
        assertThat(stalledAfter(1)).isTrue();
    }

    @Test
    void whoWakesFromALongSleepTakesItForStalledOnlyWhenNothingComesThen() {
        pulse.sent();

        assertThat(stalledAfter(SILENT * 100)).isFalse();
        assertThat(stalledAfter(SUSPECTED)).isFalse();
        assertThat(stalledAfter(1)).isTrue();
    }

    @Test
    void whatCameDuringASleepIsASign() {
        pulse.sent();
        pulse.sent();
        assertThat(stalledAfter(SILENT * 100)).isFalse();

        pulse.acknowledged(true);

        assertThat(stalledAfter(SUSPECTED + 1)).isFalse();
        assertThat(stalledAfter(SILENT - SUSPECTED)).isFalse();
        assertThat(stalledAfter(SUSPECTED + 1)).isTrue();
    }

    @Test
    void aFailureIsNoSignAndAfterTheLastOneTheNextWriteFindsOut() {
        pulse.sent();
        pulse.sent();
        pulse.acknowledged(false);
        assertThat(stalledAfter(SILENT + 1)).isFalse();
        assertThat(stalledAfter(SUSPECTED + 1)).isTrue();

        pulse.acknowledged(false);

        assertThat(pulse.stalled()).isFalse();
        pulse.sent();
        assertThat(stalledAfter(SILENT + 1)).isFalse();
    }
}
