package dev.changeover.model.event;

/** Bytes that are not an event of this migration. The message names the field or the place in the JSON text, and what was wrong. */
public final class MalformedEventException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedEventException(String message) {
        super(message);
    }
}
