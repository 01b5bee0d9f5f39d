package dev.changeover.app.process;

import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import java.time.InstantSource;
import java.util.UUID;

/** Changes of phase as compare-and-set on {@code control}, and entries of its audit. */
final class Phases {
    private final ControlLog control;
    private final InstantSource clock;

    Phases(ControlLog control, InstantSource clock) {
        this.control = control;
        this.clock = clock;
    }

    ControlState state() {
        return control.state();
    }

    /**
     * Enters {@code next} if {@code from} still holds.
     *
     * @return whether it holds now, by this call or by somebody else's
     */
    boolean enter(Phase from, Phase next, Side primary, String who, String why) {
        ControlState now = control.state();
        if (now.phase() == from) {
            control.append(new ControlRecord.PhaseChange(stamp(now, who, why), next, primary, now.epoch() + 1, null));
        }
        return control.state().phase() == next;
    }

    void audit(String who, String action, JsonText detail) {
        control.append(new ControlRecord.AuditEntry(stamp(control.state(), who, ""), action, detail));
    }

    private ControlRecord.Stamp stamp(ControlState now, String who, String why) {
        return new ControlRecord.Stamp(UUID.randomUUID().toString(), now.epoch(), who, why, clock.millis());
    }
}
