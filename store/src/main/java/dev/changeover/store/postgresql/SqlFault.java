package dev.changeover.store.postgresql;

import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.UnfitStoreException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What an SQLState means for us: the one place where that is decided
 * (<a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL, appendix A</a>).
 */
enum SqlFault {
    /** Nothing happened, and the same may go well at once: serialization failure, deadlock. */
    AGAIN,
    /** Nothing happened, and the same may go well later: a lock, a limit, a restart, the connection. */
    LATER,
    /** The row will not go in as it is: a constraint, a value, a trigger, a limit of an index. */
    ROW,
    /** Somebody must act: the schema has changed, the server is read-only, a privilege is missing. */
    STOP;

    static SqlFault of(SQLException e) {
        String state = e.getSQLState();
        if (state == null) {
            return e.getCause() instanceof SQLException cause && cause != e ? of(cause) : LATER;
        }
        return switch (state) {
            case "40001", "40P01" -> AGAIN;
            case "55P03", "55006", "57014", "57P01", "57P02", "57P03", "57P05", "25P03" -> LATER;
            case "44000" -> ROW;
            default -> ofClass(state);
        };
    }

    private static SqlFault ofClass(String state) {
        return switch (state.length() < 2 ? "" : state.substring(0, 2)) {
            case "08", "53", "58" -> LATER;
            case "22", "23", "38", "39", "54", "P0" -> ROW;
            default -> STOP;
        };
    }

    static boolean isMissingParent(SQLException e) {
        return "23503".equals(e.getSQLState());
    }

    static boolean isDuplicate(SQLException e) {
        return "23505".equals(e.getSQLState());
    }

    /** The server can do it otherwise only, or not at all. */
    static boolean isUnsupported(SQLException e) {
        return "0A000".equals(e.getSQLState());
    }

    /**
     * Whether the server has said that the transaction is over and undone. Where it has not, a commit may have gone through;
     * so too where it said it on its way out.
     */
    static boolean isDefinite(SQLException e) {
        ServerErrorMessage message = message(e);
        return message != null && "ERROR".equals(message.getSeverity());
    }

    static @Nullable ServerErrorMessage message(SQLException e) {
        return e instanceof PSQLException server ? server.getServerErrorMessage() : null;
    }

    /** For what cannot be a row's fault: surely nothing happened. */
    static RuntimeException failure(String what, SQLException e) {
        String state = e.getSQLState();
        String said = "%s (SQLState %s)".formatted(words(e), state == null ? "none" : state);
        return switch (of(e)) {
            case AGAIN, LATER ->
                new StoreUnavailableException("Cannot %s: %s. It is tried again.".formatted(what, said), e);
            case ROW, STOP -> new UnfitStoreException("Cannot %s: %s. %s".formatted(what, said, advice(state)), e);
        };
    }

    private static String advice(@Nullable String state) {
        if (state == null) {
            return "";
        }
        if (state.equals("25006")) {
            return "The server is read-only: is it a standby? Connect to the primary server.";
        }
        return switch (state.substring(0, 2)) {
            case "28" -> "Check user and password.";
            case "3D", "3F" -> "Check the database's and the schema's name.";
            case "42" -> "The schema is not what the definition says, or a privilege is missing: run plan.";
            default -> "See the server's log.";
        };
    }

    /** The server's first line; it holds names and perhaps values, and goes to the operator only, never into a reason. */
    private static String words(SQLException e) {
        ServerErrorMessage message = message(e);
        String text = message == null ? e.getMessage() : message.getMessage();
        return text == null
                ? e.getClass().getSimpleName()
                : text.lines().findFirst().orElse("");
    }
}
