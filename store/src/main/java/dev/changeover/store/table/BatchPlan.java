package dev.changeover.store.table;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.Batch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is to be done for a batch: the last state of each key, and which keys were deleted on the way to it. */
public final class BatchPlan {
    private final Map<RecordKey, Item> lastByKey = new LinkedHashMap<>();
    private final Map<RecordKey, Integer> lastDelete = new HashMap<>();
    /** By entity and key values: where in the batch the last delete is. */
    private final Map<String, Map<List<Object>, Integer>> deletedParents = new HashMap<>();

    private final Set<RecordKey> recreated = new HashSet<>();
    private final List<@Nullable Item> itemOfChange = new ArrayList<>();

    private BatchPlan() {}

    /** @param entities names of those that this store has */
    public static BatchPlan of(Batch batch, Side side, Set<String> entities) {
        BatchPlan plan = new BatchPlan();
        int index = 0;
        for (Batch.LoggedChange change : batch.changes()) {
            boolean here = entities.contains(change.event().key().entity().name());
            // What was read from this very side is not written back to it.
            plan.add(
                    !here || change.cameFrom(side)
                            ? null
                            : new Item(change.partition(), change.offset(), change.event()),
                    index++);
        }
        plan.dropCascaded();
        return plan;
    }

    private void add(@Nullable Item item, int index) {
        if (item == null) {
            itemOfChange.add(null);
            return;
        }
        Item before = lastByKey.get(item.key());
        Item now = before == null ? item : item.behind(before);
        itemOfChange.add(now);
        lastByKey.put(now.key(), now);
        if (now.isDelete()) {
            lastDelete.put(now.key(), index);
        }
    }

    /**
     * In the order of the log a child written before its parent's delete goes with it. Deletes come first here, so it would
     * outlive it.
     */
    private void dropCascaded() {
        if (lastDelete.isEmpty()) {
            return;
        }
        lastDelete.keySet().stream().filter(key -> !item(key).isDelete()).forEach(recreated::add);
        lastDelete.forEach((key, index) -> deletedParents
                .computeIfAbsent(key.entity().name(), name -> new HashMap<>())
                .put(key.values(), index));
        for (int i = 0; i < itemOfChange.size(); i++) {
            Item item = itemOfChange.get(i);
            if (item != null && !item.isDelete() && lastByKey.get(item.key()) == item && wentWithItsParent(item, i)) {
                lastByKey.remove(item.key());
                recreated.remove(item.key());
            }
        }
    }

    private Item item(RecordKey key) {
        Item item = lastByKey.get(key);
        if (item == null) {
            throw new IllegalStateException("No change of " + key);
        }
        return item;
    }

    private boolean wentWithItsParent(Item item, int index) {
        Reference parent = item.key().entity().parent().orElse(null);
        if (parent == null || parent.onDelete() != Reference.OnDelete.CASCADE) {
            return false;
        }
        List<Object> parentKey =
                parent.fields().stream().map(field -> item.after().value(field)).toList();
        Integer deleted = deletedParents.getOrDefault(parent.entity(), Map.of()).get(parentKey);
        return deleted != null && deleted > index;
    }

    /** One for each key. */
    public Collection<Item> items() {
        return lastByKey.values();
    }

    /** Keys that were deleted and made anew. */
    public Set<RecordKey> recreated() {
        return recreated;
    }

    /** Keys whose waiting changes are out of date. */
    public Set<RecordKey> keys() {
        Set<RecordKey> keys = new HashSet<>(lastByKey.keySet());
        for (Item item : itemOfChange) {
            if (item != null) {
                keys.add(item.key());
            }
        }
        return keys;
    }

    /** One for each change; what a later change replaced is done with. */
    public List<ApplyOutcome> outcomes() {
        List<ApplyOutcome> outcomes = new ArrayList<>(itemOfChange.size());
        for (Item item : itemOfChange) {
            outcomes.add(item == null ? ApplyOutcome.applied() : item.outcome());
        }
        return outcomes;
    }
}
