package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * Switching to and fro under clients at two gateways, by the hundred schedules. {@code -Dsimulation.seed=N} plays the one again that
 * failed, {@code -Dsimulation.switching.schedules=N} so many.
 */
class SwitchingTest {
    private static final int SCHEDULES = Integer.getInteger("simulation.switching.schedules", 100);
    private static final int UNTIL_NOTICED = 1_500;
    private static final Logger PRODUCT = (Logger) LoggerFactory.getLogger("dev.changeover");
    private static final Level USUAL = PRODUCT.getLevel();

    @BeforeAll
    static void silence() {
        PRODUCT.setLevel(Level.OFF);
    }

    @AfterAll
    static void endSilence() {
        PRODUCT.setLevel(USUAL);
    }

    @Test
    void underEveryScheduleNothingAcknowledgedOrShownIsMissedAndNoSwitchStaysHalf() {
        Long one = Long.getLong("simulation.seed");
        long first = one == null ? System.nanoTime() : one;
        int switches = 0;
        for (long seed = first; seed < first + (one == null ? SCHEDULES : 1); seed++) {
            switches += SwitchSchedule.play(seed, EnumSet.noneOf(Flaw.class)).switches();
        }
        assertThat(one != null || SCHEDULES < 50 || switches > 0)
                .as("somebody switched")
                .isTrue();
    }

    /** @param first a schedule shortly before one that notices it: from the first one on it would take minutes to come to some of them */
    @ParameterizedTest
    @CsvSource({
        "LEASES_DO_NOT_RUN_OUT, 430",
        "EPOCHS_ARE_NOT_COMPARED, 170",
        "ONE_SIDE_ACKNOWLEDGES_WHILE_SWITCHING, 1",
        "READS_ARE_SHOWN_AT_ONCE, 600"
    })
    void aRemedyThatIsTakenOutIsMissed(Flaw flaw, long first) {
        assertThatThrownBy(() -> {
                    for (long seed = first; seed < first + UNTIL_NOTICED; seed++) {
                        SwitchSchedule.play(seed, EnumSet.of(flaw));
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("-Dsimulation.seed=");
    }
}
