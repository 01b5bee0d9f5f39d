package dev.changeover.app.process;

import java.util.List;

/** Environment variables that cannot be used, all of them. Nothing was touched. */
public final class InvalidEnvironmentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param problems each names its variable */
    InvalidEnvironmentException(List<String> problems) {
        super(String.join("\n", problems));
    }
}
