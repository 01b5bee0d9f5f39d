package dev.changeover.store.sqlite;

import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.UnfitStoreException;
import java.sql.SQLException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * What a result code means for us: the one place where that is decided
 * (<a href="https://www.sqlite.org/rescode.html">SQLite, result codes</a>).
 */
enum SqliteFault {
    /** Nothing happened, and the same may go well later: a lock, a full disk, an error of the disk. */
    LATER,
    /** The row will not go in as it is: a constraint, a value, a trigger. */
    ROW,
    /** Somebody must act: the file is damaged or no database, the schema has changed, it may not be written. */
    STOP;

    private static final int PRIMARY = 0xff;

    static SqliteFault of(SQLException e) {
        return switch (code(e) & PRIMARY) {
            case 4, 5, 6, 7, 9, 10, 13, 14, 15 ->
                LATER; // ABORT BUSY LOCKED NOMEM INTERRUPT IOERR FULL CANTOPEN PROTOCOL
            case 18, 19, 20, 25 -> ROW; // TOOBIG CONSTRAINT MISMATCH RANGE
            case 0 -> LATER; // the pool's own: no connection in time
            default -> STOP;
        };
    }

    static boolean isDuplicate(SQLException e) {
        int code = code(e);
        return code == SQLiteErrorCode.SQLITE_CONSTRAINT_UNIQUE.code
                || code == SQLiteErrorCode.SQLITE_CONSTRAINT_PRIMARYKEY.code
                || code == SQLiteErrorCode.SQLITE_CONSTRAINT_ROWID.code;
    }

    private static int code(SQLException e) {
        if (e instanceof SQLiteException sqlite) {
            return sqlite.getResultCode().code;
        }
        return e.getCause() instanceof SQLiteException cause ? cause.getResultCode().code : e.getErrorCode();
    }

    /** For what cannot be a row's fault: surely nothing happened. */
    static RuntimeException failure(String what, SQLException e) {
        String message = e.getMessage();
        String said = message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
        return switch (of(e)) {
            case LATER -> new StoreUnavailableException("Cannot %s: %s. It is tried again.".formatted(what, said), e);
            case ROW, STOP ->
                new UnfitStoreException(
                        "Cannot %s: %s. The file is damaged, may not be written, or its schema is not what the definition says: run plan."
                                .formatted(what, said),
                        e);
        };
    }
}
