package dev.changeover.log;

/** The log cannot be used as it is. The message says what is wrong with it and what to do. */
public final class LogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public LogException(String message) {
        super(message);
    }

    public LogException(String message, Throwable cause) {
        super(message, cause);
    }
}
