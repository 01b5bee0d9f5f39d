package dev.changeover.model.layout;

import java.util.List;
import java.util.Map;

/**
 * Records as JSON lines: one compact object to a line, appended.
 *
 * @param path the files' paths below the store's root; a place in it is a field whose text stands there
 * @param members as in {@link DocumentLayout}
 * @param style how new lines are written
 */
public record LinesLayout(PathPattern path, Map<String, List<String>> members, JsonStyle style) implements Layout {
    public LinesLayout {
        members = Map.copyOf(members);
    }

    /** The names under which {@code field} stands in a line, the written one first; empty if it is no member. */
    public List<String> membersOf(String field) {
        List<String> names = members.get(field);
        return names == null ? List.of(field) : names;
    }
}
