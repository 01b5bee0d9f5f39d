package dev.changeover.app.process;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.embedded.EmbeddedPostgres;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kafka and the target database that a process works with: somebody else's, or embedded ones in its data directory. */
final class Infrastructure implements AutoCloseable {
    static final String EMBEDDED = "embedded";

    private static final Logger LOG = LoggerFactory.getLogger(Infrastructure.class);

    private final @Nullable EmbeddedKafka kafka;
    private final @Nullable EmbeddedPostgres postgres;
    private final LogSettings log;
    private final String targetUrl;

    private Infrastructure(
            @Nullable EmbeddedKafka kafka, @Nullable EmbeddedPostgres postgres, LogSettings log, String targetUrl) {
        this.kafka = kafka;
        this.postgres = postgres;
        this.log = log;
        this.targetUrl = targetUrl;
    }

    /** Starts what is embedded, both at once. */
    static Infrastructure start(RunSettings settings, Migration migration, Path data, Consumer<String> say) {
        String targetUrl = migration.stores().targetUrl();
        @Nullable
        CompletableFuture<EmbeddedPostgres> postgres = targetUrl.equals(EMBEDDED)
                ? CompletableFuture.supplyAsync(
                        () -> EmbeddedPostgres.start(data.resolve("postgresql")), Infrastructure::inItsOwnThread)
                : null;
        @Nullable EmbeddedKafka kafka = null;
        try {
            LogSettings log;
            if (settings.bootstrapServers().isEmpty()) {
                kafka = EmbeddedKafka.start(data.resolve("kafka"));
                log = new LogSettings(kafka.bootstrapServers(), settings.clientProperties(), true);
                say.accept("  Kafka listens on " + kafka.bootstrapServers());
            } else {
                log = new LogSettings(settings.bootstrapServers(), settings.clientProperties(), false);
            }
            if (postgres == null) {
                return new Infrastructure(kafka, null, log, targetUrl);
            }
            EmbeddedPostgres started = started(postgres);
            say.accept("  PostgreSQL listens on 127.0.0.1:" + started.port());
            return new Infrastructure(kafka, started, log, started.url());
        } catch (RuntimeException e) {
            if (kafka != null) {
                kafka.close();
            }
            if (postgres != null) {
                closeWhenStarted(postgres);
            }
            throw e;
        }
    }

    private static void inItsOwnThread(Runnable start) {
        new Thread(start, "start-postgresql").start();
    }

    /** @throws RuntimeException why it did not start, as {@link EmbeddedPostgres#start} says it */
    private static EmbeddedPostgres started(CompletableFuture<EmbeddedPostgres> starting) {
        try {
            return starting.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static void closeWhenStarted(CompletableFuture<EmbeddedPostgres> starting) {
        try {
            starting.join().close();
        } catch (CompletionException e) {
            // It has not started: why the whole start failed is known already.
            LOG.atDebug().setCause(e).log("PostgreSQL did not start either");
        }
    }

    LogSettings log() {
        return log;
    }

    /** With its password: for {@code endpoint.json}, which only its owner can read. */
    String targetUrl() {
        return targetUrl;
    }

    @Override
    public void close() {
        if (kafka != null) {
            kafka.close();
        }
        if (postgres != null) {
            postgres.close();
        }
    }
}
