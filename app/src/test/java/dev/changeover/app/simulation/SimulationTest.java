package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Schedules by the thousand, each from a seed. {@code -Dsimulation.seed=N} plays the one again that failed, {@code
 * -Dsimulation.schedules=N} so many.
 */
class SimulationTest {
    private static final int SCHEDULES = Integer.getInteger("simulation.schedules", 1_000);
    private static final int UNTIL_NOTICED = 2_000;

    private static final Logger PRODUCT = (Logger) LoggerFactory.getLogger("dev.changeover");
    private static final Level USUAL = PRODUCT.getLevel();

    /** What it says of faults is what it should say, a thousand times. */
    @BeforeAll
    static void silence() {
        PRODUCT.setLevel(Level.OFF);
    }

    @AfterAll
    static void endSilence() {
        PRODUCT.setLevel(USUAL);
    }

    @Test
    void underEveryScheduleBothSidesEndEqualAndNothingIsLostOrGoesBack() {
        Long one = Long.getLong("simulation.seed");
        long first = one == null ? System.nanoTime() : one;
        for (long seed = first; seed < first + (one == null ? SCHEDULES : 1); seed++) {
            Schedule.play(seed, EnumSet.noneOf(Flaw.class));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Flaw.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {
                "LEASES_DO_NOT_RUN_OUT",
                "EPOCHS_ARE_NOT_COMPARED",
                "ONE_SIDE_ACKNOWLEDGES_WHILE_SWITCHING",
                "READS_ARE_SHOWN_AT_ONCE"
            })
    void aRemedyThatIsTakenOutIsMissed(Flaw flaw) {
        assertThatThrownBy(() -> {
                    for (long seed = 1; seed <= UNTIL_NOTICED; seed++) {
                        Schedule.play(seed, EnumSet.of(flaw));
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("-Dsimulation.seed=");
    }
}
