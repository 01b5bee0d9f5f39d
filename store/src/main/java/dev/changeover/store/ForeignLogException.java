package dev.changeover.store;

/** The store's position belongs to another log, or the log is shorter than the position: refused, never reset. */
public final class ForeignLogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ForeignLogException(String message) {
        super(message);
    }

    public ForeignLogException(String message, Throwable cause) {
        super(message, cause);
    }
}
