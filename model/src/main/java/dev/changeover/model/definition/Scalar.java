package dev.changeover.model.definition;

/**
 * A single value of the file, its variables replaced.
 *
 * @param literal whether it stands in the file as it is here, so that a place inside it can be told
 */
record Scalar(String text, Place place, boolean literal) {
    /** The place of the character at {@code index}, as exactly as it is known. */
    Place placeOf(int index) {
        return literal ? place.plus(index) : place;
    }
}
