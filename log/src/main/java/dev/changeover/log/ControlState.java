package dev.changeover.log;

import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the records of {@code control} amount to so far. Immutable.
 *
 * <p>Rule of each kind of record, which every reader applies in the order of the log and so comes to the same:
 *
 * <ul>
 *   <li>a change of phase counts if it was decided in the epoch that holds when it is met, and opens the next one; of two that
 *       were decided in the same epoch the first one wins. Only what {@link Phase#mayBecome} allows counts;
 *   <li>barriers, certificates and confirmations count if they were made in the epoch that holds;
 *   <li>entries of the audit always count.
 * </ul>
 *
 * @param epoch rises by one with each change of phase; 0 before the first
 * @param primary the side that reads are served from
 * @param phases all changes of phase that counted, oldest first
 * @param requests barriers that are wanted and have not been reached, of this epoch
 * @param barriers the last {@value #MAX_KEPT} barriers reached, oldest first
 * @param certificates the last {@value #MAX_KEPT}, oldest first
 * @param gateways the last confirmation of each gateway, by name; at most {@value #MAX_KEPT}
 * @param audit the last {@value #MAX_AUDIT} entries, oldest first
 */
public record ControlState(
        long epoch,
        Phase phase,
        Side primary,
        List<ControlRecord.PhaseChange> phases,
        List<ControlRecord.BarrierRequest> requests,
        List<ControlRecord.BarrierReached> barriers,
        List<Certificate> certificates,
        Map<String, ControlRecord.GatewayConfirmation> gateways,
        List<ControlRecord.AuditEntry> audit) {
    private static final int MAX_KEPT = 1_000;
    /** Entries of the audit that are kept. */
    public static final int MAX_AUDIT = 10_000;

    /** Before anything is decided. */
    public static final ControlState START = new ControlState(
            0, Phase.PLANNED, Side.LEGACY, List.of(), List.of(), List.of(), List.of(), Map.of(), List.of());

    public ControlState {
        phases = List.copyOf(phases);
        requests = List.copyOf(requests);
        barriers = List.copyOf(barriers);
        certificates = List.copyOf(certificates);
        gateways = Collections.unmodifiableMap(new TreeMap<>(gateways));
        audit = List.copyOf(audit);
    }

    /** Whether {@code next}, met now, counts. */
    public boolean counts(ControlRecord next) {
        if (next instanceof ControlRecord.AuditEntry) {
            return true;
        }
        if (next.stamp().baseEpoch() != epoch) {
            return false;
        }
        if (next instanceof ControlRecord.PhaseChange change) {
            return change.epoch() == epoch + 1
                    && phase.mayBecome(change.phase())
                    && change.primary() == change.phase().primary();
        }
        return !(next instanceof ControlRecord.GatewayConfirmation confirmation) || confirmation.epoch() == epoch;
    }

    /** The state after {@code next}; this very state if it does not count. */
    public ControlState apply(ControlRecord next) {
        if (!counts(next)) {
            return this;
        }
        return next.match(
                this::after,
                this::withRequest,
                this::withBarrier,
                issued -> withCertificate(issued.certificate()),
                this::withGateway,
                this::withAudit);
    }

    /** The barrier of that id, if it was reached. */
    public Optional<ControlRecord.BarrierReached> barrier(String id) {
        return barriers.stream()
                .filter(reached -> reached.barrier().id().equals(id))
                .findFirst();
    }

    public Optional<Certificate> certificate(String id) {
        return certificates.stream()
                .filter(certificate -> certificate.id().equals(id))
                .findFirst();
    }

    /** When the phase was entered, in milliseconds of Unix time; 0 before the first change. */
    public long phaseSinceMillis() {
        return phases.isEmpty() ? 0 : phases.get(phases.size() - 1).stamp().atMillis();
    }

    private ControlState after(ControlRecord.PhaseChange change) {
        return new ControlState(
                change.epoch(),
                change.phase(),
                change.primary(),
                appended(phases, change, Integer.MAX_VALUE),
                List.of(),
                barriers,
                certificates,
                gateways,
                audit);
    }

    private ControlState withRequest(ControlRecord.BarrierRequest request) {
        return new ControlState(
                epoch,
                phase,
                primary,
                phases,
                appended(requests, request, MAX_KEPT),
                barriers,
                certificates,
                gateways,
                audit);
    }

    private ControlState withBarrier(ControlRecord.BarrierReached reached) {
        List<ControlRecord.BarrierRequest> open = requests.stream()
                .filter(request -> !request.barrier().equals(reached.barrier()))
                .toList();
        return new ControlState(
                epoch,
                phase,
                primary,
                phases,
                open,
                appended(barriers, reached, MAX_KEPT),
                certificates,
                gateways,
                audit);
    }

    private ControlState withCertificate(Certificate certificate) {
        return new ControlState(
                epoch,
                phase,
                primary,
                phases,
                requests,
                barriers,
                appended(certificates, certificate, MAX_KEPT),
                gateways,
                audit);
    }

    private ControlState withGateway(ControlRecord.GatewayConfirmation confirmation) {
        Map<String, ControlRecord.GatewayConfirmation> all = new TreeMap<>(gateways);
        all.put(confirmation.gateway(), confirmation);
        if (all.size() > MAX_KEPT) {
            all.values().stream()
                    .min((one, other) ->
                            Long.compare(one.stamp().atMillis(), other.stamp().atMillis()))
                    .ifPresent(oldest -> all.remove(oldest.gateway()));
        }
        return new ControlState(epoch, phase, primary, phases, requests, barriers, certificates, all, audit);
    }

    private ControlState withAudit(ControlRecord.AuditEntry entry) {
        return new ControlState(
                epoch,
                phase,
                primary,
                phases,
                requests,
                barriers,
                certificates,
                gateways,
                appended(audit, entry, MAX_AUDIT));
    }

    private static <T> List<T> appended(List<T> all, T one, int limit) {
        List<T> longer = new ArrayList<>(all.size() + 1);
        longer.addAll(all.size() < limit ? all : all.subList(1, all.size()));
        longer.add(one);
        return longer;
    }
}
