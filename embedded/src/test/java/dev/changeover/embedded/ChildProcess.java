package dev.changeover.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** {@link HoldsBoth} in a Java process of its own. */
final class ChildProcess implements AutoCloseable {

    private static final long LIMIT_SECONDS = 120;

    private final Process process;
    private final StringBuilder output = new StringBuilder();

    private ChildProcess(Process process) {
        this.process = process;
    }

    static ChildProcess startHoldsBoth(Path kafka, Path postgres) throws IOException {
        return new ChildProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HoldsBoth.class.getName(),
                        kafka.toString(),
                        postgres.toString())
                .redirectErrorStream(true)
                .start());
    }

    /** Waits for its {@code ready} and returns the process id of its PostgreSQL. */
    long postgresPid() throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith("ready ")) {
                return Long.parseLong(line.substring("ready ".length()));
            }
            output.append(line).append('\n');
        }
        throw new IllegalStateException("The child process ended: " + output);
    }

    void kill() throws Exception {
        process.destroyForcibly();
        await();
    }

    void endNormally() throws Exception {
        process.getOutputStream().close();
        await();
    }

    String output() throws IOException {
        output.append(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        return output.toString();
    }

    int exitCode() throws Exception {
        await();
        return process.exitValue();
    }

    private void await() throws Exception {
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException("The child process did not end");
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
