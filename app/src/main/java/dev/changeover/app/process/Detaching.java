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

    /**
     * @param released what is not there any more
     * @param failures why something is still there; to do it again does no harm
     */
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
        if (LegacyFiles.areNoted(migration)) {
            attempt(
                    "triggers and tables of ours in the legacy files",
                    released,
                    failures,
                    () -> LegacyFiles.release(migration));
        }
        String url = migration.stores().targetUrl();
        if (!url.equals(Infrastructure.EMBEDDED)) { // that one goes with the data directory
            TargetDatabase target = TargetDatabase.open(migration, url, Tuning.of(variable -> null));
            String what = target.address().isPresent() ? "the target's replication slot" : "triggers in the target";
            attempt(what, released, failures, target::release);
        }
        return new Outcome(released, failures);
    }

    private static void attempt(String what, List<String> released, List<String> failures, Runnable release) {
        try {
            release.run();
            released.add(what);
        } catch (StoreUnavailableException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
    }
}
