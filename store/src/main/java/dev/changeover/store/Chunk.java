package dev.changeover.store;

/**
 * A part of an entity's records, in the words of the store that made it; stable over restarts, as long as nothing is renamed.
 *
 * @param from where it begins, inclusive; empty for the very beginning
 * @param to where it ends, exclusive; empty for the very end
 * @param records about how many it has; a guess, for progress only
 */
public record Chunk(String from, String to, long records) {
    public static final Chunk WHOLE = new Chunk("", "", 0);
}
