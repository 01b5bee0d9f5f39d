package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Uuid5;
import dev.changeover.store.table.Item;
import dev.changeover.store.table.RowMapping;
import dev.changeover.store.table.RowRead;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Rows for which another program made up an id, where ours would be the uuid5 of the key. Such a row is named by its id; it keeps it
 * for as long as it lives, because the program that wrote it knows the row by it, and what points to the record points to that id.
 *
 * <p>Only a key with a text in it that is a uuid can name such a row, so that for all others this costs nothing.
 */
final class OwnIds {
    static final OwnIds NONE = new OwnIds(Map.of());

    /** By the uuid5 that would stand there. */
    private final Map<UUID, UUID> ids;

    private OwnIds(Map<UUID, UUID> ids) {
        this.ids = ids;
    }

    /** Those of the records that {@code items} write, delete or point to. */
    static OwnIds of(
            Connection connection, Migration migration, Map<String, EntityTable> tables, Collection<Item> items)
            throws SQLException {
        Map<EntityTable, Set<RecordKey>> asked = new LinkedHashMap<>();
        for (Item item : items) {
            EntityTable table = tables.get(item.key().entity().name());
            if (table == null) {
                continue;
            }
            List<RecordKey> keys =
                    item.isDelete() ? List.of(item.key()) : table.mapping().uuidKeys(item.after());
            for (RecordKey key : keys) {
                EntityTable there = tables.get(key.entity().name());
                if (there != null && there.mapping().mayHaveOwnId(key)) {
                    asked.computeIfAbsent(there, each -> new HashSet<>()).add(key);
                }
            }
        }
        if (asked.isEmpty()) {
            return NONE;
        }
        Map<UUID, UUID> ids = new HashMap<>();
        for (Map.Entry<EntityTable, Set<RecordKey>> each : asked.entrySet()) {
            int own = each.getKey().mapping().ownUuidColumn();
            rows(connection, each.getKey(), each.getValue(), (key, read, id) -> {
                if (own >= 0 && id != null) {
                    ids.put(Uuid5.of(migration.namespace(), key), UUID.fromString(id));
                }
            });
        }
        return new OwnIds(ids);
    }

    /** What stands in the row in place of {@code value}. */
    @Nullable
    Object instead(@Nullable Object value) {
        if (ids.isEmpty() || !(value instanceof UUID uuid)) {
            return value;
        }
        return ids.getOrDefault(uuid, uuid);
    }

    /** The same for the text of a value. */
    String instead(String text) {
        for (Map.Entry<UUID, UUID> each : ids.entrySet()) {
            if (each.getKey().toString().equals(text)) {
                return each.getValue().toString();
            }
        }
        return text;
    }

    /** Takes a row that is named by an id of its own. */
    interface Found {
        void row(RecordKey key, RowRead read, @Nullable String id);
    }

    /** Finds the rows that are named by ids of their own as {@code keys} are. */
    static void rows(Connection connection, EntityTable table, Collection<RecordKey> keys, Found found)
            throws SQLException {
        RowMapping mapping = table.mapping();
        List<String> naming = mapping.namingColumns();
        Set<RecordKey> wanted = keys.stream().filter(mapping::mayHaveOwnId).collect(Collectors.toSet());
        if (naming.isEmpty() || wanted.isEmpty()) {
            return;
        }
        String[] uuids = wanted.stream()
                .flatMap(key -> mapping.ownIds(key).stream())
                .map(UUID::toString)
                .distinct()
                .toArray(String[]::new);
        String own = PgTable.quote(mapping.columns().get(mapping.ownUuidColumn()));
        String condition = naming.stream()
                .map(column -> "CAST(%s AS text) = ANY (?)".formatted(PgTable.quote(column)))
                .collect(Collectors.joining(" OR "));
        if (table.columns().stream()
                .filter(column -> naming.contains(column.name()))
                .allMatch(column -> column.sqlType().equals("uuid"))) {
            condition = naming.stream()
                    .map(column -> "%s = ANY (CAST(? AS uuid[]))".formatted(PgTable.quote(column)))
                    .collect(Collectors.joining(" OR "));
        }
        String sql = "SELECT %s, CAST(%s AS text) FROM %s WHERE %s"
                .formatted(table.columnList(""), own, table.name(), condition);
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 1; i <= naming.size(); i++) {
                select.setArray(i, connection.createArrayOf("text", uuids));
            }
            ResultSet row = select.executeQuery();
            while (row.next()) {
                RowRead read = table.read(row);
                RecordKey key = read.key();
                @Nullable String id = row.getString(table.columns().size() + 1);
                if (key != null && wanted.contains(key)) {
                    found.row(key, read, id);
                }
            }
        }
    }
}
