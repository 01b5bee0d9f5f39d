package dev.changeover.model.topic;

import java.util.List;

/**
 * How far into the {@code changes} topic a reader has come.
 *
 * @param next offset of the next event to read, by partition; never empty, none negative
 */
public record Position(List<Long> next) {
    public Position {
        next = List.copyOf(next);
        if (next.isEmpty() || next.stream().anyMatch(offset -> offset < 0)) {
            throw new IllegalArgumentException("Invalid position %s: one offset >= 0 per partition".formatted(next));
        }
    }

    /** Whether every event before {@code barrier} lies before this position too. */
    public boolean covers(Position barrier) {
        if (next.size() != barrier.next.size()) {
            throw new IllegalArgumentException(
                    "Invalid barrier %s: %d partitions are expected".formatted(barrier, next.size()));
        }
        for (int partition = 0; partition < next.size(); partition++) {
            if (next.get(partition) < barrier.next.get(partition)) {
                return false;
            }
        }
        return true;
    }
}
