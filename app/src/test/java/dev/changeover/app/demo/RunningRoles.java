package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** {@code changeover run} as a process of its own, to be killed and started again on the same data directory. */
public final class RunningRoles implements AutoCloseable {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int KILLED = 128 + 9;
    private static final Duration START_LIMIT = Duration.ofMinutes(2);

    private final Path data;
    private final Map<String, String> variables;
    private final List<String> command = new ArrayList<>();
    private volatile Process process; // replaced at each start
    private volatile JsonNode endpoint = MAPPER.missingNode();

    public RunningRoles(Path definition, Path data, Map<String, String> variables, String... options)
            throws IOException {
        this(Launched.java(), definition, data, variables, options);
    }

    /** @param java all of the command but Changeover's own arguments */
    RunningRoles(List<String> java, Path definition, Path data, Map<String, String> variables, String... options)
            throws IOException {
        this.data = data;
        this.variables = variables;
        command.addAll(java);
        command.addAll(List.of(
                "run",
                definition.toAbsolutePath().normalize().toString(),
                "--data-dir",
                data.toString(),
                "--http",
                "127.0.0.1:0"));
        command.addAll(List.of(options));
        this.process = launch();
    }

    private Process launch() throws IOException {
        Files.createDirectories(data);
        Files.deleteIfExists(data.resolve("endpoint.json"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log()));
        builder.environment().putAll(variables);
        return builder.start();
    }

    private File log() {
        return data.resolve("process.log").toFile();
    }

    /** Waits until it serves. */
    public RunningRoles awaitReady() {
        Path file = data.resolve("endpoint.json");
        Awaitility.await().atMost(START_LIMIT).until(() -> {
            if (!process.isAlive()) {
                throw new AssertionError(
                        "It has ended with " + process.exitValue() + ": " + Files.readString(log().toPath()));
            }
            if (!Files.exists(file)) {
                return false;
            }
            try {
                endpoint = MAPPER.readTree(file.toFile());
                return endpoint.path("pid").asLong() == process.pid();
            } catch (IOException e) {
                return false; // it is just being written
            }
        });
        return this;
    }

    /** As {@code kill -9} does it. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("Cannot kill " + process.pid());
        }
    }

    /** As {@code kill -STOP} does it: it keeps its connections and does nothing, until it is to {@link #wakeUp}. */
    public void sleep() throws IOException, InterruptedException {
        signal("-STOP");
    }

    public void wakeUp() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String which) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", which, Long.toString(process.pid())).start();
        if (kill.waitFor() != 0) {
            throw new AssertionError("kill %s %d has failed".formatted(which, process.pid()));
        }
    }

    /** Asks it to stop, as {@code kill} does, and does not wait for it. */
    public void stop() {
        process.destroy();
    }

    public void startAgain() throws IOException {
        process = launch();
    }

    /** Whether it is over and came to its end by itself, be it because it was asked to. */
    boolean wasLeftToItself() {
        return !process.isAlive() && process.exitValue() != KILLED;
    }

    public String url() {
        return endpoint.path("url").asText();
    }

    public String token() {
        return endpoint.path("token").asText();
    }

    public JsonNode endpoint() {
        return endpoint;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
