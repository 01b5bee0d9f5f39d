package dev.changeover.verifier;

import dev.changeover.embedded.EmbeddedKafka;
import dev.changeover.embedded.EmbeddedPostgres;
import dev.changeover.log.LogSettings;
import dev.changeover.verifier.observe.PostgresAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One broker and one PostgreSQL for all tests of a JVM. */
public final class Servers {
    private Servers() {}

    private static final class Kafka {
        static final EmbeddedKafka ONE = EmbeddedKafka.start(temporaryFolder()).closeAtExit();
    }

    private static final class Postgres {
        static final EmbeddedPostgres ONE =
                EmbeddedPostgres.start(temporaryFolder()).closeAtExit();
    }

    public static LogSettings log() {
        return LogSettings.embedded(Kafka.ONE.bootstrapServers());
    }

    public static PostgresAddress postgres() {
        return PostgresAddress.of(Postgres.ONE.url());
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("changeover-verifier-it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
