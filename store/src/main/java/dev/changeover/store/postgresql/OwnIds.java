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
 * <p>Where the key's parts have columns of their own they name the row. Where they have not, only a key with a text in it that is a
 * uuid can name such a row, so that for all others this costs nothing.
 */
final class OwnIds {
    private static final int A_FEW = 200;

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
        // A backfill comes in big batches. Where it meets such a row by the columns of the key, that is a refusal with
        // a reason.
        boolean few = items.size() <= A_FEW;
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
                if (there != null
                        && there.mapping().mayHaveOwnId(key)
                        && (there.mapping().keyFieldColumns().isEmpty()
                                || (few && (item.isDelete() || isFound(there))))) {
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

    /** Whether the columns of the key are unique, so that a row is found by them without reading the table. */
    private static boolean isFound(EntityTable table) {
        List<String> columns = table.mapping().keyFieldColumns();
        return table.table().uniqueKeys().stream()
                .anyMatch(key -> key.plain() && Set.copyOf(key.columns()).equals(Set.copyOf(columns)));
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
        Set<RecordKey> wanted = keys.stream().filter(mapping::mayHaveOwnId).collect(Collectors.toSet());
        if (wanted.isEmpty()) {
            return;
        }
        List<String> byKey = mapping.keyFieldColumns();
        List<String> naming = mapping.namingColumns();
        String condition;
        List<String[]> parameters;
        if (!byKey.isEmpty()) {
            condition = table.byKeys(byKey);
            parameters = table.keyArrays(byKey, wanted);
        } else if (!naming.isEmpty()) {
            condition = naming.stream()
                    .map(column -> "%s = ANY (CAST(? AS uuid[]))".formatted(PgTable.quote(column)))
                    .collect(Collectors.joining(" OR "));
            String[] uuids = wanted.stream()
                    .flatMap(key -> mapping.ownIds(key).stream())
                    .map(UUID::toString)
                    .distinct()
                    .toArray(String[]::new);
            parameters = naming.stream().map(column -> uuids).toList();
        } else {
            return;
        }
        String own = mapping.columns().get(mapping.ownUuidColumn());
        String sql = "SELECT %s, CAST(%s AS text) FROM %s WHERE %s"
                .formatted(table.columnList(""), PgTable.quote(own), table.name(), condition);
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.size(); i++) {
                select.setArray(i + 1, connection.createArrayOf("text", parameters.get(i)));
            }
            ResultSet row = select.executeQuery();
            while (row.next()) {
                RowRead read = table.read(row);
                RecordKey key = read.key();
                @Nullable String id = row.getString(table.columns().size() + 1);
                boolean derived = key != null
                        && String.valueOf(mapping.keyColumn(own, key)).equals(id);
                if (key != null && wanted.contains(key) && !derived) {
                    found.row(key, read, id);
                }
            }
        }
    }
}
