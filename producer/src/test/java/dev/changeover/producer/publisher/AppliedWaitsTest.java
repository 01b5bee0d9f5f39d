package dev.changeover.producer.publisher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Progress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class AppliedWaitsTest {
    private static final Unapplied REFUSED = new Unapplied(5, "five", Unapplied.Kind.REFUSED, "too long");
    private static final Unapplied PARKED = new Unapplied(-1, "nine", Unapplied.Kind.PARKED, "waits");

    private final AppliedWaits waits = new AppliedWaits();

    @Test
    void aWriteIsPassedWhenTheProgressOfItsSideAndPartitionIsBehindIt() {
        CompletableFuture<Optional<Unapplied>> passed = waits.passed(Side.TARGET, 1, 5, "five");

        waits.on(progress(Side.TARGET, 1, 5), List.of());
        waits.on(progress(Side.TARGET, 2, 6), List.of());
        waits.on(progress(Side.LEGACY, 1, 6), List.of());
        assertThat(passed).isNotDone();

        waits.on(progress(Side.TARGET, 1, 6), List.of());
        assertThat(passed).isCompletedWithValue(Optional.empty());
    }

    @Test
    void whatWasNotTakenIsToldAlsoToWhoComesAfterTheProgress() {
        CompletableFuture<Optional<Unapplied>> before = waits.passed(Side.TARGET, 1, 5, "five");

        waits.on(progress(Side.TARGET, 1, 6), List.of(REFUSED));

        assertThat(before).isCompletedWithValue(Optional.of(REFUSED));
        assertThat(waits.passed(Side.TARGET, 1, 5, "five")).isCompletedWithValue(Optional.of(REFUSED));
        assertThat(waits.passed(Side.TARGET, 1, 4, "five")).isCompletedWithValue(Optional.empty());
    }

    @Test
    void ofWhichTheOffsetIsForgottenTheKeyIsEnoughForWritesBeforeThatProgressOnly() {
        waits.on(progress(Side.TARGET, 1, 10), List.of(PARKED));
        waits.on(progress(Side.TARGET, 1, 20), List.of());

        assertThat(waits.passed(Side.TARGET, 1, 9, "nine")).isCompletedWithValue(Optional.of(PARKED));
        assertThat(waits.passed(Side.TARGET, 1, 9, "other")).isCompletedWithValue(Optional.empty());
        assertThat(waits.passed(Side.TARGET, 1, 10, "nine")).isCompletedWithValue(Optional.empty());
    }

    @Test
    void whoeverStopsWaitingIsForgotten() {
        CompletableFuture<Optional<Unapplied>> passed = waits.passed(Side.TARGET, 1, 5, "five");

        passed.cancel(false);
        waits.on(progress(Side.TARGET, 1, 6), List.of());

        assertThat(passed).isCancelled();
    }

    private static Progress progress(Side side, int partition, long writesNext) {
        return new Progress(side, partition, writesNext, writesNext, 0, 0, 0, 1, 1);
    }
}
