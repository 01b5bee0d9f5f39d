package dev.changeover.processor;

import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The role in a process of its own, to be killed. */
final class ProcessorProcess {
    private ProcessorProcess() {}

    static Process start(OneLog log) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProcessorProcess.class.getName(),
                        log.settings().bootstrapServers(),
                        log.migration().name(),
                        Integer.toString(log.migration().partitions()),
                        log.stateDir().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        log.stateDir().resolve("process.log").toFile()))
                .start();
    }

    public static void main(String[] args) throws InterruptedException {
        Migration migration = Chats.migration(args[1], Integer.parseInt(args[2]));
        ProcessorSettings settings = new ProcessorSettings(Path.of(args[3]), "p1", 1);
        try (Processor processor = Processor.start(migration, LogSettings.embedded(args[0]), settings, List.of())) {
            processor.awaitRunning(Duration.ofMinutes(1));
            new CountDownLatch(1).await();
        }
    }
}
