package dev.changeover.app.cutover;

import java.util.Map;

/**
 * How the capture of what the application writes into its own files stands.
 *
 * @param captured writes published since the process began
 * @param pending records that may have been written and are not settled yet
 * @param held deletes that are held back because too many records are gone at once, by entity
 * @param fault why the files cannot be read; empty if they can
 */
public record Watched(long captured, int pending, Map<String, Integer> held, String fault) {
    public Watched {
        held = Map.copyOf(held);
    }

    /** Deletes that are held back, of all entities. */
    public int allHeld() {
        return held.values().stream().mapToInt(Integer::intValue).sum();
    }
}
