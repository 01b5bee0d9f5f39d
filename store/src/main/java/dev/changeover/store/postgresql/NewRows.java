package dev.changeover.store.postgresql;

import dev.changeover.model.event.Op;
import dev.changeover.store.table.Item;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Guesses whether a table has none of some records yet: a backfill's snapshot reads are new, but for those of a backfill that is
 * repeated. A wrong guess costs an attempt, so after some of them it guesses no for a while. Not safe for use by several threads.
 */
final class NewRows {
    /** Below, one statement more costs more than it saves. */
    private static final int LEAST_ROWS = 100;

    private static final int MOST_PAUSE = 256;

    private final Map<String, Integer> pauses = new HashMap<>();
    private final Map<String, Integer> skips = new HashMap<>();

    boolean areLikely(EntityTable table, List<Item> items) {
        if (items.size() < LEAST_ROWS
                || table.types().contains(ColumnType.OTHER)
                || items.stream().anyMatch(item -> item.event().op() != Op.SNAPSHOT)) {
            return false;
        }
        int skip = skips.getOrDefault(table.entity().name(), 0);
        if (skip > 0) {
            skips.put(table.entity().name(), skip - 1);
        }
        return skip == 0;
    }

    void tried(EntityTable table, boolean wereNew) {
        String name = table.entity().name();
        int pause = wereNew ? 0 : Math.min(MOST_PAUSE, pauses.getOrDefault(name, 1) * 2);
        pauses.put(name, Math.max(1, pause));
        skips.put(name, pause);
    }
}
