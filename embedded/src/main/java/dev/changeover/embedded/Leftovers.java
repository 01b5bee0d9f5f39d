package dev.changeover.embedded;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an earlier process left running when it was killed: the server, which does not notice, or, when the server itself was
 * killed, those of its children that are still busy.
 *
 * <p>To be called only with the lock on the data directory held: whatever runs there then is nobody's.
 */
final class Leftovers {

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);
    private static final long SECONDS_PER_SIGNAL = 10;
    private static final Path PROC = Path.of("/proc");

    private final Path data;

    Leftovers(Path data) {
        this.data = data;
    }

    /** Stops all of it, first gently, and returns when nothing of it is left. */
    void stop() throws IOException {
        for (ProcessHandle server : server()) {
            LOG.atInfo()
                    .addKeyValue("pid", server.pid())
                    .log("Stopping the PostgreSQL that a killed process left running");
            if (!endsAfter("INT", server) && !endsAfter("QUIT", server)) {
                endsAfter("KILL", server);
            }
        }
        for (ProcessHandle child : workingInData()) {
            if (!ends(child) && !endsAfter("QUIT", child) && !endsAfter("KILL", child)) {
                throw new EmbeddedStartException("Cannot start PostgreSQL on " + data + ": process " + child.pid()
                        + " of an earlier one still works there and does not end.");
            }
        }
        // Left by a kill. Should its process id by now belong to a stranger, PostgreSQL would take that one for the
        // server.
        Files.deleteIfExists(PostmasterPid.file(data));
    }

    private List<ProcessHandle> server() throws IOException {
        Optional<ProcessHandle> server = PostmasterPid.read(data)
                .flatMap(file -> ProcessHandle.of(Math.abs(file.pid())))
                .filter(ProcessHandle::isAlive)
                .filter(this::isOurs);
        return server.map(List::of).orElse(List.of());
    }

    private boolean isOurs(ProcessHandle process) {
        Path directory = workingDirectory(process.pid());
        if (directory != null) {
            return directory.equals(data);
        }
        return process.info()
                .command()
                .filter(name -> name.endsWith("/postgres"))
                .isPresent();
    }

    /** Every process of a server works in its data directory. Only Linux tells; elsewhere none is found. */
    private List<ProcessHandle> workingInData() throws IOException {
        List<ProcessHandle> found = new ArrayList<>();
        if (!Files.isDirectory(PROC.resolve("self"))) {
            return found;
        }
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path process : processes) {
                long pid = Long.parseLong(process.getFileName().toString());
                if (data.equals(workingDirectory(pid))) {
                    ProcessHandle.of(pid).ifPresent(found::add);
                }
            }
        }
        return found;
    }

    private static @Nullable Path workingDirectory(long pid) {
        try {
            return Files.readSymbolicLink(PROC.resolve(pid + "/cwd"));
        } catch (IOException | UnsupportedOperationException e) {
            return null;
        }
    }

    private static boolean endsAfter(String signal, ProcessHandle process) throws IOException {
        Commands.signal(signal, process.pid());
        return ends(process);
    }

    private static boolean ends(ProcessHandle process) {
        CompletableFuture<ProcessHandle> end = process.onExit();
        try {
            end.get(SECONDS_PER_SIGNAL, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw Commands.interrupted(e);
        }
    }
}
