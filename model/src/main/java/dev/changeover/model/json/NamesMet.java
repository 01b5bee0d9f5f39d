package dev.changeover.model.json;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The names of the objects that a reader is within, to find one that comes twice. Most objects have few: no set for them. For
 * readers with a {@linkplain StrictJson#parserOfKnownNames parser that does not look for them}.
 */
public final class NamesMet {
    private static final int FEW = 12;

    /** The few of each object, those of the inner after those of the outer. */
    private String[] names = new String[16];

    private int count;
    /** Where in {@link #names} each object begins. */
    private int[] starts = new int[8];

    private int depth;
    /** The names of objects that have many, by depth. */
    private @Nullable Map<Integer, Set<String>> many;

    /** An object begins. */
    public void enter() {
        if (depth == starts.length) {
            starts = Arrays.copyOf(starts, depth * 2);
        }
        starts[depth++] = count;
    }

    /** It ends. */
    public void leave() {
        count = starts[--depth];
        if (many != null) {
            many.remove(depth);
        }
    }

    /** Whether {@code name} is new in the innermost object. */
    public boolean add(String name) {
        int start = starts[depth - 1];
        for (int i = start; i < count; i++) {
            if (names[i].equals(name)) {
                return false;
            }
        }
        if (count - start == FEW) {
            return addToMany(name);
        }
        if (count == names.length) {
            names = Arrays.copyOf(names, count * 2);
        }
        names[count++] = name;
        return true;
    }

    private boolean addToMany(String name) {
        if (many == null) {
            many = new HashMap<>();
        }
        return many.computeIfAbsent(depth - 1, innermost -> new HashSet<>()).add(name);
    }
}
