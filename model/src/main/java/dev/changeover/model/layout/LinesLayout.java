package dev.changeover.model.layout;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Records as JSON lines: one compact object to a line, appended.
 *
 * @param kinds the kinds of files that hold them; a record's key says which one is its own: the first one with numbered lines
 *     if the key says file and line, else the one without
 */
public record LinesLayout(List<Kind> kinds) implements Layout {
    public LinesLayout {
        kinds = List.copyOf(kinds);
        if (kinds.isEmpty() || kinds.stream().filter(kind -> !kind.isNumbered()).count() > 1) {
            throw new IllegalArgumentException(
                    "Invalid lines: one kind of files, or several of which one is not numbered");
        }
    }

    /** Files of one kind. */
    public LinesLayout(PathPattern path, Map<String, List<String>> members, JsonStyle style) {
        this(List.of(new Kind(path, List.of(), members, List.of(), style)));
    }

    /**
     * @param path the files' paths below the store's root; a place in it is a field whose text stands there. With
     *     {@code {id:file}} the lines are numbered: a record is the line with the number that its key says, lines never move, and one
     *     that goes leaves a blank line
     * @param at names of members that lead from a line to the object that is the record; empty for the line itself
     * @param members as in {@link DocumentLayout}; a name {@code a/b} is that of a member inside another one
     * @param others what in a line are the records of other entities, as their {@code at}
     * @param style how new lines are written
     */
    public record Kind(
            PathPattern path,
            List<String> at,
            Map<String, List<String>> members,
            List<List<String>> others,
            JsonStyle style) {
        public Kind {
            at = List.copyOf(at);
            members = Map.copyOf(members);
            others = List.copyOf(others);
        }

        public boolean isNumbered() {
            return path.numbered().isPresent();
        }

        /** The names under which {@code field} stands in a line, the written one first; empty if it is no member. */
        public List<String> membersOf(String field) {
            List<String> names = members.get(field);
            return names == null ? List.of(field) : names;
        }
    }

    /** The kind that owns {@code path}: of those that match it the one with the most fixed characters. */
    public Optional<Kind> kindOf(String path) {
        Kind owner = null;
        for (Kind kind : kinds) {
            if ((owner == null || kind.path().literalLength() > owner.path().literalLength())
                    && kind.path().match(path).isPresent()) {
                owner = kind;
            }
        }
        return Optional.ofNullable(owner);
    }
}
