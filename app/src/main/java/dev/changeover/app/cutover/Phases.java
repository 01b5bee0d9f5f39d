package dev.changeover.app.cutover;

import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Position;
import java.time.InstantSource;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Changes of phase as compare-and-set on {@code control}, and what is written there along with them. Every method throws {@link
 * dev.changeover.log.LogException} if Kafka did not answer: what was written may count all the same, so read {@link #state()} later.
 */
public final class Phases {
    private final ControlLog control;
    private final InstantSource clock;

    public Phases(ControlLog control, InstantSource clock) {
        this.control = control;
        this.clock = clock;
    }

    public ControlState state() {
        return control.state();
    }

    /**
     * Enters {@code next} if {@code from} still holds.
     *
     * @return whether it holds now, by this call or by somebody else's
     */
    public boolean enter(Phase from, Phase next, String who, String why) {
        ControlState now = control.state();
        if (now.phase() == from) {
            step(now, next, who, why, null);
        }
        return control.state().phase() == next;
    }

    /**
     * Enters {@code next} if nothing was decided since {@code now}.
     *
     * @param certificate id of the one that allows it; null where none is needed
     * @return whether this very call did it
     */
    public boolean step(ControlState now, Phase next, String who, String why, @Nullable String certificate) {
        return won(new ControlRecord.PhaseChange(
                stamp(now, who, why), next, next.primary(), now.epoch() + 1, certificate));
    }

    /** Asks the verifier for a certificate at {@code barrier}, in the epoch of {@code now}. */
    public boolean request(ControlState now, Barrier barrier, String who) {
        return won(new ControlRecord.BarrierRequest(stamp(now, who, barrier.kind()), barrier));
    }

    public boolean reached(ControlState now, Barrier barrier, Position writes, Position changes, String who) {
        return won(new ControlRecord.BarrierReached(stamp(now, who, barrier.kind()), barrier, writes, changes));
    }

    public boolean certify(ControlState now, Certificate certificate, String who) {
        return won(new ControlRecord.CertificateIssued(
                stamp(now, who, String.join("; ", certificate.reasons())), certificate));
    }

    /** @param leaseMillis 0 when the gateway stops */
    public boolean confirm(ControlState now, String gateway, long leaseMillis) {
        return won(new ControlRecord.GatewayConfirmation(stamp(now, gateway, ""), gateway, now.epoch(), leaseMillis));
    }

    public void audit(String who, String action, JsonText detail) {
        audit(who, "", action, detail);
    }

    public void audit(String who, String why, String action, JsonText detail) {
        control.append(new ControlRecord.AuditEntry(stamp(control.state(), who, why), action, detail));
    }

    private boolean won(ControlRecord next) {
        return control.append(next) == ControlLog.Outcome.WON;
    }

    private ControlRecord.Stamp stamp(ControlState now, String who, String why) {
        return new ControlRecord.Stamp(UUID.randomUUID().toString(), now.epoch(), who, why, clock.millis());
    }
}
