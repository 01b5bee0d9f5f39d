package dev.changeover.embedded;

import org.jspecify.annotations.Nullable;

/** The broker or the database cannot be started here. The message says why and what the operator can do. */
public class EmbeddedStartException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    EmbeddedStartException(String message) {
        super(message);
    }

    EmbeddedStartException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
