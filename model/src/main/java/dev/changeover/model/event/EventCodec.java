package dev.changeover.model.event;

import dev.changeover.model.entity.Migration;

/** Change events of one migration in Debezium's JSON envelope without schema. Safe for use by several threads. */
@SuppressWarnings("DoNotCallSuggester")
public final class EventCodec {
    private final Migration migration;

    public EventCodec(Migration migration) {
        this.migration = migration;
    }

    /** The value of {@code event}'s record on the log; its key is {@code event.key().bytes()}. */
    public byte[] write(ChangeEvent event) {
        throw new UnsupportedOperationException(migration.name());
    }

    public ChangeEvent read(byte[] key, byte[] value) throws MalformedEventException {
        throw new UnsupportedOperationException();
    }

    /** As {@link #read}, but with {@code before} left out. */
    public ChangeEvent readAfterOnly(byte[] key, byte[] value) throws MalformedEventException {
        throw new UnsupportedOperationException();
    }
}
