package dev.changeover.model.json;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The names of the objects that a reader is within, to find one that comes twice. Most objects have few: no set for them. */
final class NamesMet {
    private static final int FEW = 12;

    private final List<String> names = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private final List<@Nullable Set<String>> sets = new ArrayList<>();

    void enter() {
        starts.add(names.size());
        sets.add(null);
    }

    void leave() {
        int depth = starts.size() - 1;
        names.subList(starts.get(depth), names.size()).clear();
        starts.remove(depth);
        sets.remove(depth);
    }

    /** Whether {@code name} is new in the innermost object. */
    boolean add(String name) {
        int depth = starts.size() - 1;
        Set<String> set = sets.get(depth);
        if (set != null) {
            return set.add(name);
        }
        int start = starts.get(depth);
        for (int i = start; i < names.size(); i++) {
            if (names.get(i).equals(name)) {
                return false;
            }
        }
        names.add(name);
        if (names.size() - start > FEW) {
            sets.set(depth, new HashSet<>(names.subList(start, names.size())));
        }
        return true;
    }
}
