package dev.changeover.store;

import java.util.Iterator;

/** Records as they are read. Not safe for use by several threads; {@code next} may throw {@link StoreUnavailableException}. */
public interface RecordStream extends Iterator<Scanned>, AutoCloseable {
    @Override
    void close();
}
