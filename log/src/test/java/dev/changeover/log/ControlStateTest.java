package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.ControlRecord.AuditEntry;
import dev.changeover.model.topic.ControlRecord.BarrierReached;
import dev.changeover.model.topic.ControlRecord.BarrierRequest;
import dev.changeover.model.topic.ControlRecord.GatewayConfirmation;
import dev.changeover.model.topic.ControlRecord.PhaseChange;
import dev.changeover.model.topic.ControlRecord.Stamp;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Position;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ControlStateTest {
    private int records;

    @Test
    void aChangeOfPhaseOpensTheNextEpoch() {
        ControlState state = ControlState.START.apply(change(0, Phase.BACKFILLING));

        assertThat(state.epoch()).isEqualTo(1);
        assertThat(state.phase()).isEqualTo(Phase.BACKFILLING);
        assertThat(state.phases()).hasSize(1);
    }

    @Test
    void ofTwoChangesDecidedInTheSameEpochTheFirstOnTheLogWins() {
        ControlState flipped = at(Phase.CUTTING_OVER).apply(change(3, Phase.CUT_OVER));

        ControlState state = flipped.apply(change(3, Phase.ROLLING_BACK));

        assertThat(state).isSameAs(flipped);
        assertThat(state.phase()).isEqualTo(Phase.CUT_OVER);
    }

    @Test
    void nothingFollowsComplete() {
        ControlState complete = at(Phase.COMPLETE);

        assertThat(complete.apply(change(5, Phase.ROLLING_BACK))).isSameAs(complete);
    }

    @Test
    void aBarrierOfAnOldEpochDoesNotCount() {
        ControlState state = at(Phase.DUAL_WRITE);

        assertThat(state.apply(reached(1))).isSameAs(state);
    }

    @Test
    void aBarrierThatIsReachedIsNoLongerWanted() {
        ControlState wanted = at(Phase.DUAL_WRITE).apply(new BarrierRequest(stamp(2), new Barrier("b1", "verify")));

        ControlState state = wanted.apply(reached(2));

        assertThat(wanted.requests()).hasSize(1);
        assertThat(state.requests()).isEmpty();
        assertThat(state.barrier("b1")).isPresent();
    }

    @Test
    void aGatewayIsKnownByItsLastConfirmation() {
        ControlState state = at(Phase.DUAL_WRITE)
                .apply(new GatewayConfirmation(stamp(2), "g1", 2, 1_000))
                .apply(new GatewayConfirmation(stamp(2), "g1", 2, 2_000))
                .apply(new GatewayConfirmation(stamp(1), "g2", 1, 2_000));

        assertThat(state.gateways()).containsOnlyKeys("g1");
        assertThat(state.gateways().get("g1").leaseMillis()).isEqualTo(2_000);
    }

    @Test
    void anAuditEntryCountsInAnyEpoch() {
        ControlState state = at(Phase.DUAL_WRITE).apply(new AuditEntry(stamp(1), "waive", JsonText.EMPTY_OBJECT));

        assertThat(state.audit()).hasSize(1);
    }

    @Test
    void onlyWhatMayFollowAPhaseCounts() {
        ControlState state = at(Phase.DUAL_WRITE);

        assertThat(state.apply(change(state.epoch(), Phase.CUT_OVER))).isSameAs(state);
        assertThat(state.apply(change(state.epoch(), Phase.COMPLETE))).isSameAs(state);
        assertThat(state.apply(change(state.epoch(), Phase.BACKFILLING))).isSameAs(state);
    }

    @Test
    void thePrimaryIsThatOfThePhaseOrTheChangeDoesNotCount() {
        ControlState state = at(Phase.CUTTING_OVER);
        ControlRecord halfFlip = new PhaseChange(stamp(3), Phase.CUT_OVER, Side.LEGACY, 4, null);

        assertThat(state.apply(halfFlip)).isSameAs(state);
        assertThat(state.apply(change(3, Phase.CUT_OVER)).primary()).isEqualTo(Side.TARGET);
    }

    private ControlState at(Phase phase) {
        ControlState state = ControlState.START;
        for (Phase next :
                List.of(Phase.BACKFILLING, Phase.DUAL_WRITE, Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.COMPLETE)) {
            if (state.phase() == phase) {
                break;
            }
            state = state.apply(change(state.epoch(), next));
        }
        assertThat(state.phase()).isEqualTo(phase);
        return state;
    }

    private ControlRecord change(long baseEpoch, Phase phase) {
        return new PhaseChange(stamp(baseEpoch), phase, phase.primary(), baseEpoch + 1, null);
    }

    private ControlRecord reached(long baseEpoch) {
        Position position = new Position(List.of(7L));
        return new BarrierReached(stamp(baseEpoch), new Barrier("b1", "verify"), position, position);
    }

    private Stamp stamp(long baseEpoch) {
        return new Stamp("r" + records++, baseEpoch, "operator", "", 0);
    }
}
