package dev.changeover.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresIT {

    @TempDir
    Path directory;

    @Test
    void rowsAndTheAddressAreThereAgainAfterARestart() throws Exception {
        String url;
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            url = postgres.url();
            execute(postgres, "create table kept (id int primary key)");
            execute(postgres, "insert into kept values (1), (2)");
        }

        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            assertThat(postgres.url()).isEqualTo(url);
            assertThat(query(postgres, "select count(*) from kept")).isEqualTo("2");
        }
    }

    @Test
    void aKilledServerStartsAgainWithItsRows() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            execute(postgres, "create table kept (id int primary key)");
            execute(postgres, "insert into kept values (1)");

            kill(postgres.pid());
        }

        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            assertThat(query(postgres, "select count(*) from kept")).isEqualTo("1");
        }
    }

    @Test
    void aPortThatSomebodyElseTookMeanwhileIsReplaced() throws Exception {
        int port;
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            port = postgres.port();
        }

        try (ServerSocket somebodyElse = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
                EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            assertThat(somebodyElse.isBound()).isTrue();
            assertThat(postgres.port()).isNotEqualTo(port);
            assertThat(query(postgres, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void closingDoesNotWaitForOpenConnections() throws Exception {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(directory);
        try (Connection open = connect(postgres)) {
            assertThat(open.isValid(5)).isTrue();

            postgres.close();

            assertThat(ProcessHandle.of(postgres.pid())).isEmpty();
            assertThat(postgres.dataDirectory().resolve("data/postmaster.pid")).doesNotExist();
        }
    }

    static void kill(long pid) {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        process.destroyForcibly();
        Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !process.isAlive());
    }

    static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
    }

    static void execute(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }
}
