package dev.changeover.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunningPostgresIT {

    @TempDir
    static Path directory;

    private static EmbeddedPostgres postgres;

    @BeforeAll
    static void start() {
        postgres = EmbeddedPostgres.start(directory);
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @ParameterizedTest
    @CsvSource({
        "wal_level, logical",
        "fsync, on",
        "synchronous_commit, on",
        "full_page_writes, on",
        "listen_addresses, 127.0.0.1",
        "unix_socket_directories, ''",
        "password_encryption, scram-sha-256"
    })
    void itIsDurableLogicalAndLocal(String setting, String value) throws Exception {
        assertThat(EmbeddedPostgresIT.query(postgres, "show " + setting)).isEqualTo(value);
    }

    @Test
    void aWrongPasswordIsRefused() throws Exception {
        assertThatExceptionOfType(SQLException.class)
                .isThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), "wrong"))
                .satisfies(refused -> assertThat(refused.getSQLState()).isEqualTo("28P01"));
    }

    @Test
    void thePasswordIsReadableByTheOwnerOnly() throws Exception {
        Path password = postgres.dataDirectory().resolve("password");

        assertThat(Files.readString(password).strip()).isEqualTo(postgres.password());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
                .isEqualTo("rw-------");
    }

    @Test
    void itListensOnLoopbackOnly() throws Exception {
        assumeTrue(Listeners.canBeSeen(), "only Linux tells what a process listens on");
        assertThat(Listeners.of(postgres.pid()))
                .singleElement()
                .matches(Listeners.Address::isLoopback)
                .matches(listener -> listener.port() == postgres.port());
    }

    @Test
    void aSecondServerOnTheSameDirectoryIsRefusedAndTheFirstGoesOn() throws Exception {
        assertThatExceptionOfType(DirectoryInUseException.class)
                .isThrownBy(() -> EmbeddedPostgres.start(directory))
                .withMessageContaining(directory.toRealPath().toString());

        assertThat(EmbeddedPostgresIT.query(postgres, "select 1")).isEqualTo("1");
    }
}
