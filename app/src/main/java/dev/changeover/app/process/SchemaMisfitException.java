package dev.changeover.app.process;

import java.util.List;

/** The target's schema cannot hold what the definition says; nothing was touched. */
public final class SchemaMisfitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SchemaMisfitException(List<String> findings) {
        super("Cannot use the target's schema:\n  " + String.join("\n  ", findings));
    }
}
