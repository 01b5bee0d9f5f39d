package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Progress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GateTest {
    private static final Position END = new Position(List.of(3_000L, 5L));

    @Test
    void aSinkThatHasSaidNothingOfAPartitionIsUnknownAndNotWithoutLag() {
        Condition silent =
                Gate.lag(Side.TARGET, END, partition -> partition == 0 ? said(partition, 3_000) : Optional.empty());

        assertThat(silent.open()).isFalse();
        assertThat(silent.figure()).isEqualTo("unknown");
        assertThat(silent.reason()).contains("target sink has said nothing yet");
    }

    @Test
    void whatASinkSaidLastGrowsOldWithTheLog() {
        Condition caughtUp = Gate.lag(Side.LEGACY, new Position(List.of(10L, 5L)), partition -> said(partition, 10));
        Condition old = Gate.lag(Side.LEGACY, END, partition -> said(partition, 10));

        assertThat(caughtUp.open()).isTrue();
        assertThat(old.open()).isFalse();
        assertThat(old.figure()).isEqualTo("2990 events");
    }

    @Test
    void ifTheEndOfTheLogIsNotKnownNeitherIsTheLag() {
        assertThat(Gate.lag(Side.LEGACY, null, partition -> said(partition, 10)).open())
                .isFalse();
    }

    private static Optional<Progress> said(int partition, long next) {
        return Optional.of(new Progress(Side.LEGACY, partition, next, next, next, 0, 0, 1, 0));
    }
}
