package dev.changeover.app.cli;

import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.Role;
import dev.changeover.app.process.RunSettings;
import dev.changeover.model.definition.DefinitionException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs roles until it is told to stop. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Starts roles; prints `ready URL` when it serves; stops cleanly on SIGTERM and SIGINT.")
final class RunCommand implements Callable<Integer> {
    @Mixin
    private DefinitionFile definition = new DefinitionFile();

    @Option(
            names = "--roles",
            paramLabel = "R,R",
            description = "gateway,processor,legacy-sink,target-sink,verifier,dashboard (default: all).")
    private @Nullable String roles;

    @Option(names = "--bootstrap-servers", paramLabel = "H:P", description = "Kafka (default: an embedded one).")
    private String bootstrapServers = "";

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where it keeps its files (default: ${DEFAULT-VALUE}).")
    private Path dataDirectory = Path.of(".changeover");

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "Where it serves; port 0 for any (default: ${DEFAULT-VALUE}).")
    private String http = "127.0.0.1:8080";

    @Option(
            names = "--command-config",
            paramLabel = "FILE",
            description =
                    "Properties for the Kafka clients; plain names as Kafka has them, or kafka.*, kafka.producer.*, kafka.consumer.*.")
    private @Nullable Path commandConfig;

    @Option(names = "--no-auth", description = "Writes and operations need no token; on loopback only.")
    private boolean noAuth;

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws DefinitionException, InterruptedException {
        Output shown = output.open();
        ChangeoverProcess process = ChangeoverProcess.start(settings(), shown::error);
        CountDownLatch stop = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    process.close();
                    stop.countDown();
                    Runtime.getRuntime()
                            .halt(ExitCode.OK); // a signal would make it 143; this stop was asked for and clean
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        System.out.println("ready " + process.url());
        System.out.flush();
        int code = process.awaitFailure();
        process.close();
        Runtime.getRuntime().halt(code);
        stop.await();
        return code;
    }

    private RunSettings settings() {
        int colon = http.lastIndexOf(':');
        if (colon < 1 || !http.substring(colon + 1).matches("\\d{1,5}")) {
            throw new CommandException(ExitCode.USAGE, "Invalid --http \"%s\": HOST:PORT".formatted(http));
        }
        String host = http.substring(0, colon).replaceAll("[\\[\\]]", "");
        boolean loopback = host.equals("localhost") || host.equals("::1") || host.startsWith("127.");
        if (noAuth && !loopback) {
            throw new CommandException(
                    ExitCode.USAGE, "Cannot serve %s without a token: --no-auth is for loopback only".formatted(host));
        }
        return new RunSettings(
                definition.existing(),
                new Environment(System.getenv()),
                dataDirectory,
                parseRoles(),
                bootstrapServers,
                clientProperties(),
                host,
                Integer.parseInt(http.substring(colon + 1)),
                !noAuth);
    }

    private Set<Role> parseRoles() {
        try {
            return roles == null ? EnumSet.allOf(Role.class) : Role.parse(roles);
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private Map<String, String> clientProperties() {
        Map<String, String> properties = new TreeMap<>();
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("kafka."))
                .forEach(name -> properties.put(name, System.getProperty(name)));
        if (commandConfig != null) {
            Properties loaded = new Properties();
            try (Reader reader = Files.newBufferedReader(commandConfig)) {
                loaded.load(reader);
            } catch (IOException e) {
                throw new CommandException(
                        ExitCode.USAGE,
                        "Cannot read --command-config %s: %s".formatted(commandConfig, e.getMessage()),
                        e);
            }
            loaded.stringPropertyNames()
                    .forEach(name -> properties.put(
                            name.startsWith("kafka.") ? name : "kafka." + name, loaded.getProperty(name)));
        }
        return properties;
    }
}
