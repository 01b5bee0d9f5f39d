package dev.changeover.app.cutover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every order in which the parts of a switch can act, sleep and die, with few of each. */
class ProtocolModelTest {
    private static final int MOST_STATES = 1_000_000;

    @Test
    void noOrderOfStepsLosesAWriteOrGivesAStaleReadAndNoSwitchStaysHalf() {
        ProtocolModel.Explored explored =
                new ProtocolModel(1, 1, EnumSet.noneOf(ProtocolModel.Flaw.class)).explore(MOST_STATES);

        assertThat(explored.violation()).isNull();
        assertThat(explored.stuck()).isZero();
        assertThat(explored.flips()).isPositive();
        assertThat(explored.fallbacks()).isPositive();
        assertThat(explored.readsOfTarget()).isPositive();
    }

    @ParameterizedTest
    @EnumSource(value = ProtocolModel.Flaw.class, mode = EnumSource.Mode.EXCLUDE, names = "NOBODY_FALLS_BACK")
    void whateverIsLeftOutOfTheProtocolIsMissed(ProtocolModel.Flaw flaw) {
        ProtocolModel.Explored explored = new ProtocolModel(1, 1, EnumSet.of(flaw)).explore(MOST_STATES);

        assertThat(explored.violation()).as(flaw.toString()).isNotNull();
    }

    @Test
    void ifNobodyFellBackAnOperatorWhoIsKilledWouldLeaveASwitchHalf() {
        ProtocolModel.Explored explored =
                new ProtocolModel(1, 1, EnumSet.of(ProtocolModel.Flaw.NOBODY_FALLS_BACK)).explore(MOST_STATES);

        assertThat(explored.stuck()).isPositive();
    }
}
