package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Field;
import dev.changeover.model.layout.Derivation;
import dev.changeover.store.table.Item;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the sequences of serial and identity columns ahead of the largest value that was ever put there, all the time and with a
 * reserve: after the cutover the application's own inserts must not meet a value that is taken. A sequence never goes back.
 */
final class Sequences {
    /** Values that the application may take before we look again. */
    static final long RESERVE = 1000;

    private record Owned(Field field, String sequence, long most) {}

    private final Map<String, List<Owned>> byEntity;
    /** By sequence: where we know it to be. */
    private final Map<String, Long> known = new HashMap<>();

    private Sequences(Map<String, List<Owned>> byEntity) {
        this.byEntity = byEntity;
    }

    static Sequences of(Connection connection, Collection<EntityTable> tables) throws SQLException {
        Map<String, List<Owned>> byEntity = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement("SELECT pg_get_serial_sequence(?, ?)")) {
            for (EntityTable table : tables) {
                List<Owned> owned = new ArrayList<>();
                for (int i = 0; i < table.columns().size(); i++) {
                    PgTable.Column column = table.columns().get(i);
                    if (table.mapping().derivation(column.name()).orElse(null) instanceof Derivation.FieldValue value) {
                        select.setString(1, table.name());
                        select.setString(2, column.name());
                        ResultSet row = select.executeQuery();
                        if (row.next() && row.getString(1) != null) {
                            Field field = table.entity().field(value.field());
                            owned.add(new Owned(
                                    field, row.getString(1), most(table.types().get(i))));
                        }
                    }
                }
                byEntity.put(table.entity().name(), owned);
            }
        }
        return new Sequences(byEntity);
    }

    private static long most(ColumnType type) {
        return switch (type) {
            case INT2 -> Short.MAX_VALUE;
            case INT4 -> Integer.MAX_VALUE;
            default -> Long.MAX_VALUE;
        };
    }

    /** Not undone with the transaction: a sequence that is too far ahead does no harm. */
    void keepAhead(Connection connection, EntityTable table, List<Item> puts) throws SQLException {
        for (Owned owned : byEntity.getOrDefault(table.entity().name(), List.of())) {
            long largest = puts.stream()
                    .filter(Item::isApplied)
                    .map(item -> item.after().value(owned.field()))
                    .filter(value -> value instanceof Integer || value instanceof Long)
                    .mapToLong(value -> ((Number) value).longValue())
                    .max()
                    .orElse(0);
            long wanted = Math.min(owned.most() - RESERVE, largest) + RESERVE;
            if (largest > 0 && known.getOrDefault(owned.sequence(), 0L) < wanted) {
                advance(connection, owned, wanted);
            }
        }
    }

    /** Beyond what is wanted, so that not every batch has to; never to a value that the application has passed meanwhile. */
    private void advance(Connection connection, Owned owned, long wanted) throws SQLException {
        long to = Math.min(owned.most() - RESERVE, wanted) + RESERVE;
        String sql = "SELECT setval(CAST(? AS regclass), ?) FROM %s WHERE last_value < ?".formatted(owned.sequence());
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, owned.sequence());
            select.setLong(2, to);
            select.setLong(3, wanted);
            // No row: the application itself has gone further.
            known.put(owned.sequence(), select.executeQuery().next() ? to : wanted);
        }
    }
}
