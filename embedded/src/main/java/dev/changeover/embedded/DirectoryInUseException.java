package dev.changeover.embedded;

import java.nio.file.Path;

/** Another broker or database, in this process or another one, runs on the same directory. Nothing was touched. */
public final class DirectoryInUseException extends EmbeddedStartException {

    private static final long serialVersionUID = 1L;

    DirectoryInUseException(Path directory) {
        super("Cannot start on " + directory + ": it is in use by another process, or by this one. Stop that one first,"
                + " or choose another data directory.");
    }
}
