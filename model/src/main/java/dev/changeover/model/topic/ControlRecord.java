package dev.changeover.model.topic;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Side;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One record of {@code control}. Its readers apply it only if it is valid for the state that they have when they meet it;
 * the order of the log decides between two that were written at once. A writer reads its own record back, by
 * {@link Stamp#id()}, to see whether it won.
 */
public sealed interface ControlRecord {
    Stamp stamp();

    /**
     * Who did it, and on what grounds.
     *
     * @param id of this record, unique
     * @param baseEpoch the epoch that its writer knew when it decided
     * @param who the operator or the role
     * @param why in words; may be empty
     * @param atMillis when, in milliseconds of Unix time
     */
    record Stamp(String id, long baseEpoch, String who, String why, long atMillis) {}

    /**
     * The migration enters a phase.
     *
     * @param epoch from now on; one more than {@link Stamp#baseEpoch()}
     * @param certificate id of the certificate that allowed it; null where none is needed
     */
    record PhaseChange(
            Stamp stamp,
            Phase phase,
            Side primary,
            long epoch,
            @Nullable String certificate) implements ControlRecord {}

    /** Somebody wants a barrier in every partition of {@code writes}. */
    record BarrierRequest(Stamp stamp, Barrier barrier) implements ControlRecord {}

    /**
     * The barrier is in every partition.
     *
     * @param writes its offset in each partition of {@code writes}
     * @param changes its offset in each partition of {@code changes}
     */
    record BarrierReached(Stamp stamp, Barrier barrier, Position writes, Position changes) implements ControlRecord {}

    record CertificateIssued(Stamp stamp, Certificate certificate) implements ControlRecord {}

    /**
     * A gateway has taken over an epoch.
     *
     * @param gateway its name, the same as long as it lives
     * @param epoch the one it acts by from now on
     * @param leaseMillis for how long after {@link Stamp#atMillis()} it may serve; 0 when it stops
     */
    record GatewayConfirmation(Stamp stamp, String gateway, long epoch, long leaseMillis) implements ControlRecord {}

    /**
     * An operator did something that changes no phase.
     *
     * @param action {@code waive}, {@code retry}, {@code repair}, {@code backfill} …
     * @param detail what exactly, an object
     */
    record AuditEntry(Stamp stamp, String action, JsonText detail) implements ControlRecord {}

    /** An answer for every kind: a new one adds a parameter, so that no caller overlooks it. */
    default <R> R match(
            Function<PhaseChange, R> phaseChange,
            Function<BarrierRequest, R> barrierRequest,
            Function<BarrierReached, R> barrierReached,
            Function<CertificateIssued, R> certificateIssued,
            Function<GatewayConfirmation, R> gatewayConfirmation,
            Function<AuditEntry, R> auditEntry) {
        if (this instanceof PhaseChange it) {
            return phaseChange.apply(it);
        } else if (this instanceof BarrierRequest it) {
            return barrierRequest.apply(it);
        } else if (this instanceof BarrierReached it) {
            return barrierReached.apply(it);
        } else if (this instanceof CertificateIssued it) {
            return certificateIssued.apply(it);
        } else if (this instanceof GatewayConfirmation it) {
            return gatewayConfirmation.apply(it);
        }
        return auditEntry.apply((AuditEntry) this);
    }
}
