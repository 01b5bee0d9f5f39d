package dev.changeover.verifier.compare;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How the comparison stands, by partition, as far as this process has it. Written by the topology, read by anybody. */
public final class CompareStatus {
    private final Map<Integer, OfPartition> partitions = new ConcurrentHashMap<>();

    /**
     * @param unproven keys with a live change that has not been seen on both sides as the log says
     * @param waiting keys seen on a side further ahead than the log has been read
     * @param compared looks compared with the log since the process began
     * @param backfilled whether the log says that the backfill is complete
     */
    public record OfPartition(long unproven, long waiting, long compared, boolean backfilled) {}

    void put(int partition, OfPartition now) {
        partitions.put(partition, now);
    }

    void remove(int partition) {
        partitions.remove(partition);
    }

    public Map<Integer, OfPartition> partitions() {
        return Map.copyOf(partitions);
    }

    public long unproven() {
        return partitions.values().stream().mapToLong(OfPartition::unproven).sum();
    }

    public long waiting() {
        return partitions.values().stream().mapToLong(OfPartition::waiting).sum();
    }

    /** Whether the log says so in every partition that this process has. */
    public boolean backfilled() {
        return partitions.values().stream().allMatch(OfPartition::backfilled);
    }

    public long compared() {
        return partitions.values().stream().mapToLong(OfPartition::compared).sum();
    }
}
