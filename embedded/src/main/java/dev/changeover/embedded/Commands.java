package dev.changeover.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Short commands of the operating system, run to their end. */
final class Commands {

    /** {@code output} holds both streams, without the last line's end. */
    record Result(int exitCode, String output) {
        boolean succeeded() {
            return exitCode == 0;
        }
    }

    private static final File NOTHING = new File("/dev/null");

    private Commands() {}

    static Result run(List<String> command, Path directory) throws IOException {
        return run(command, directory, NOTHING);
    }

    static Result run(List<String> command, Path directory, File input) throws IOException {
        Process process = processBuilder(command, directory)
                .redirectErrorStream(true)
                .redirectInput(input)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        try {
            return new Result(process.waitFor(), output);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted(e);
        }
    }

    /** True if the command is there and ends with 0. */
    static boolean succeeds(String... command) {
        try {
            return run(List.of(command), Path.of("/")).succeeded();
        } catch (IOException e) {
            return false;
        }
    }

    /** Java itself can send SIGTERM and SIGKILL only. */
    static void signal(String name, long pid) throws IOException {
        run(List.of("/bin/sh", "-c", "kill -" + name + " " + pid), Path.of("/"));
    }

    /** With messages in English, which the launcher reads. */
    static ProcessBuilder processBuilder(List<String> command, Path directory) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.put("LC_ALL", "C");
        environment.keySet().removeIf(name -> name.startsWith("PG"));
        return builder;
    }

    static List<String> join(List<String> first, String... rest) {
        List<String> all = new ArrayList<>(first);
        all.addAll(List.of(rest));
        return List.copyOf(all);
    }

    static boolean waitFor(Process process, long seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    static EmbeddedStartException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new EmbeddedStartException("Interrupted while waiting for PostgreSQL.", e);
    }
}
