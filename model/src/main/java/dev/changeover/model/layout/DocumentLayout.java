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
 *     the first one present wins; an empty list means that it is no member of the record's object and is known from
 *     {@code path} or {@code at} alone. DefinitionReader sets that for the fields in {@code path} and in map steps of documents that hold many
 *     records; where a document is the record, they are members too, which need not be there when it is read
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

    /** The names under which {@code field} stands in a record's object, the written one first; empty if it is no member. */
    public List<String> membersOf(String field) {
        List<String> names = members.get(field);
        return names == null ? List.of(field) : names;
    }

    /** Whether the records are parts of documents that hold many. */
    public boolean many() {
        return !at.isEmpty();
    }
}
