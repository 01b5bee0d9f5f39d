package dev.changeover.verifier;

import dev.changeover.verifier.observe.SlotHealth;
import java.util.List;
import java.util.Optional;

/**
 * How the verifier stands.
 *
 * @param comparing whether the comparison runs; until then its figures mean nothing
 * @param faults what keeps a part of it from working, in words; empty if nothing does
 * @param unproven keys with a live change that has not been seen on both sides as the log says
 * @param waiting keys seen on a side further ahead than the log has been read
 * @param open findings that stand
 * @param observed looks sent since the process began
 * @param followsTarget whether edits that others make in the target are being seen
 * @param slot the replication slot, if there is one and the database answers
 */
public record VerifierHealth(
        boolean comparing,
        List<String> faults,
        long unproven,
        long waiting,
        long open,
        long observed,
        boolean followsTarget,
        Optional<SlotHealth> slot) {
    public VerifierHealth {
        faults = List.copyOf(faults);
    }
}
