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
    private static final int MOST_PAUSE = 256;

    private final Map<String, Integer> pauses = new HashMap<>();
    private final Map<String, Integer> skips = new HashMap<>();

    /**
     * Whether all of them are worth the attempt. Never some: where one that is created and one that is updated want the same unique
     * value, the earlier one has it, and who that is is told only where both come in one statement.
     */
    boolean areLikely(EntityTable table, List<Item> items) {
        if (table.types().contains(ColumnType.OTHER) || !items.stream().allMatch(Item::isNew)) {
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
