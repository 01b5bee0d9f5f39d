package dev.changeover.model.layout;

import java.util.List;
import java.util.Map;

/**
 * Records inside JSON documents: one to a document, or many in its arrays and maps.
 *
 * @param path the documents' paths below the store's root; a place in it is a field whose text stands there
 * @param at where in a document the records are: empty for "the document is the record"; else one step for each level
 *     of array or map down to them
 * @param members for each field that has other names in the document, these names: the first one is written, all are read,
 *     the first one present wins; a field that stands in {@code path} or is the name of a map member in {@code at} need not
 *     be a member
 * @param style how new text is written
 */
public record DocumentLayout(PathPattern path, List<Step> at, Map<String, List<String>> members, JsonStyle style)
        implements Layout {
    public DocumentLayout {
        at = List.copyOf(at);
        members = Map.copyOf(members);
    }

    /** One level down from a document towards its records. */
    public sealed interface Step {
        /** The field that this level supplies. */
        String field();
    }

    /** A map whose member names are the text of {@code field}; PHP's lists stand for the keys 0, 1, 2 … */
    public record MapStep(String field) implements Step {}

    /**
     * An array whose elements carry {@code field}, an integer, as a member; an element without it has its place counted
     * from 1. Elements stand in the order of that number.
     */
    public record ListStep(String field) implements Step {}

    /** The names under which {@code field} stands in a document, the written one first. */
    public List<String> membersOf(String field) {
        List<String> names = members.get(field);
        return names == null ? List.of(field) : names;
    }

    /** Whether the records are parts of documents that hold many. */
    public boolean many() {
        return !at.isEmpty();
    }
}
