package dev.changeover.store.postgresql;

import dev.changeover.store.table.Item;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Guesses which records a table has none of yet: what the log creates and a backfill reads is new, but in a backfill that is
 * repeated, or in a table that was not empty. A wrong guess costs an attempt, so after some of them it guesses none for a while. Not
 * safe for use by several threads.
 */
final class NewRows {
    /** So many are worth statements of their own. */
    private static final int LEAST_ROWS = 100;

    private static final int MOST_PAUSE = 256;

    private final Map<String, Integer> pauses = new HashMap<>();
    private final Map<String, Integer> skips = new HashMap<>();

    /** Those of the items that are worth the attempt, in their order; all of them, none or at least {@value #LEAST_ROWS}. */
    List<Item> among(EntityTable table, List<Item> items) {
        if (table.types().contains(ColumnType.OTHER)) {
            return List.of();
        }
        List<Item> found = items.stream().filter(Item::isNew).toList();
        if (found.isEmpty() || (found.size() < items.size() && found.size() < LEAST_ROWS)) {
            return List.of();
        }
        int skip = skips.getOrDefault(table.entity().name(), 0);
        if (skip > 0) {
            skips.put(table.entity().name(), skip - 1);
        }
        return skip == 0 ? found : List.of();
    }

    void tried(EntityTable table, boolean wereNew) {
        String name = table.entity().name();
        int pause = wereNew ? 0 : Math.min(MOST_PAUSE, pauses.getOrDefault(name, 1) * 2);
        pauses.put(name, Math.max(1, pause));
        skips.put(name, pause);
    }
}
