package dev.changeover.model.definition;

/**
 * A single value of the file, its variables replaced.
 *
 * @param inset how many columns behind its place the text begins, {@link #UNKNOWN} if it does not stand there as it is here
 */
record Scalar(String text, Place place, int inset) {
    static final int UNKNOWN = -1;

    /** The place of the character at {@code index}, as exactly as it is known. */
    Place placeOf(int index) {
        return inset == UNKNOWN ? place : place.plus(inset + index);
    }

    /** The part of it that begins at {@code index}. */
    Scalar part(String partOfText, int index) {
        return new Scalar(partOfText, placeOf(index), inset == UNKNOWN ? UNKNOWN : 0);
    }
}
