package dev.changeover.app.process;

import dev.changeover.model.entity.Migration;
import dev.changeover.store.StoreUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Takes out of both sides what is there only because a migration runs, once it was given up. */
public final class Detaching {
    private Detaching() {}

    /** @param failures why something is still there; to do it again does no harm */
    public record Outcome(List<String> released, List<String> failures) {}

    /**
     * Triggers and tables in SQLite files, and PostgreSQL's replication slot. Records stay as they are, on both sides.
     *
     * @param dataDirectory of the process that ran it
     * @throws IllegalStateException if a process still has that directory
     */
    public static Outcome detach(Migration migration, Path dataDirectory) {
        if (Files.isDirectory(dataDirectory)) {
            DataDirectory.open(dataDirectory).close();
        }
        List<String> released = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        attempt("legacy", released, failures, () -> LegacyFiles.release(migration));
        String url = migration.stores().targetUrl();
        if (!url.equals(Infrastructure.EMBEDDED)) { // that one goes with the data directory
            attempt(
                    "target",
                    released,
                    failures,
                    TargetDatabase.open(migration, url, Tuning.of(variable -> null))::release);
        }
        return new Outcome(released, failures);
    }

    private static void attempt(String side, List<String> released, List<String> failures, Runnable release) {
        try {
            release.run();
            released.add(side);
        } catch (StoreUnavailableException e) {
            failures.add(side + ": " + e.getMessage());
        }
    }
}
