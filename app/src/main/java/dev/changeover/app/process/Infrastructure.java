package dev.changeover.app.process;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.embedded.EmbeddedPostgres;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Kafka and the target database that a process works with: somebody else's, or embedded ones in its data directory. */
final class Infrastructure implements AutoCloseable {
    static final String EMBEDDED = "embedded";

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

    /** Starts what is embedded. */
    static Infrastructure start(RunSettings settings, Migration migration, Path data, Consumer<String> say) {
        @Nullable EmbeddedPostgres postgres = null;
        @Nullable EmbeddedKafka kafka = null;
        String url = migration.stores().targetUrl();
        try {
            if (url.equals(EMBEDDED)) {
                postgres = EmbeddedPostgres.start(data.resolve("postgresql"));
                url = postgres.url();
                say.accept("  PostgreSQL listens on 127.0.0.1:" + postgres.port());
            }
            LogSettings log;
            if (settings.bootstrapServers().isEmpty()) {
                kafka = EmbeddedKafka.start(data.resolve("kafka"));
                log = new LogSettings(kafka.bootstrapServers(), settings.clientProperties(), true);
                say.accept("  Kafka listens on " + kafka.bootstrapServers());
            } else {
                log = new LogSettings(settings.bootstrapServers(), settings.clientProperties(), false);
            }
            return new Infrastructure(kafka, postgres, log, url);
        } catch (RuntimeException e) {
            if (postgres != null) {
                postgres.close();
            }
            throw e;
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
