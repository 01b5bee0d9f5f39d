package dev.changeover.model.layout;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Records inside documents: one to a document, or many in its arrays and maps.
 *
 * @param form how the documents are written
 * @param path the documents' paths below the store's root; a place in it is a field whose text stands there
 * @param except paths that are none of these documents although they look so
 * @param at where in a document the records are: empty for "the document is the record"; else one step for each level
 *     of array or map down to them
 * @param members for each field that has other names in the document, these names: the first one is written, all are read,
 *     the first one present wins; an empty list means that it is no member of the record's object and is known from
 *     {@code path} or {@code at} alone. DefinitionReader sets that for the fields in {@code path} and in map steps of documents that hold many
 *     records; where a document is the record, they are members too, which need not be there when it is read
 * @param style how new text is written
 * @param sharing who else has records in the same documents
 */
public record DocumentLayout(
        Form form,
        PathPattern path,
        Set<String> except,
        List<Step> at,
        Map<String, List<String>> members,
        JsonStyle style,
        Sharing sharing)
        implements Layout {
    public DocumentLayout {
        except = Set.copyOf(except);
        at = List.copyOf(at);
        members = Map.copyOf(members);
    }

    /** A layout that has its documents to itself. */
    public DocumentLayout(PathPattern path, List<Step> at, Map<String, List<String>> members, JsonStyle style) {
        this(Form.JSON, path, Set.of(), at, members, style, Sharing.NONE);
    }

    /** A way to write documents. */
    public enum Form {
        JSON,
        /** Read without tags; scalars without quotes are what the fields' types say. */
        YAML,
        /** An object with the members {@code frontmatter}, left out where there is none, and {@code content}, a text. */
        MARKDOWN
    }

    /**
     * What is another entity's in these documents.
     *
     * @param guests where the document is the record: the members that hold records of other entities, which are no part of it
     * @param hasHost whether the document is another entity's record, without which nothing can be put into it
     */
    public record Sharing(List<String> guests, boolean hasHost) {
        /** Nobody else's. */
        public static final Sharing NONE = new Sharing(List.of(), false);

        public Sharing {
            guests = List.copyOf(guests);
        }
    }

    /** One level down from a document towards its records. */
    public sealed interface Step {
        /** The fields that this level supplies. */
        List<String> fields();
    }

    /** Always the same member of an object. */
    public record MemberStep(String name) implements Step {
        @Override
        public List<String> fields() {
            return List.of();
        }
    }

    /** A map whose member names are the text of {@code field}; PHP's lists stand for the keys 0, 1, 2 … */
    public record MapStep(String field) implements Step {
        @Override
        public List<String> fields() {
            return List.of(field);
        }
    }

    /**
     * An array whose elements carry {@code field}, an integer, as a member; an element without it has its place counted
     * from 1. Elements stand in the order of that number. Where the layout calls the field no member, the place alone is the
     * number: elements are added at the end and taken from there.
     */
    public record ListStep(String field) implements Step {
        @Override
        public List<String> fields() {
            return List.of(field);
        }
    }

    /** An array whose elements are told apart by these members; new ones are added at the end. */
    public record KeyedStep(List<String> fields) implements Step {
        public KeyedStep {
            fields = List.copyOf(fields);
        }
    }

    /** The names under which {@code field} stands in a record's object, the written one first; empty if it is no member. */
    public List<String> membersOf(String field) {
        List<String> names = members.get(field);
        return names == null ? List.of(field) : names;
    }

    /** Whether the records are parts of documents that hold many. */
    public boolean many() {
        return !at.isEmpty();
    }

    /** Whether a record's number is the place where it stands, so that none can be taken out of the middle. */
    public boolean byPlace() {
        return many()
                && at.get(at.size() - 1) instanceof ListStep list
                && membersOf(list.field()).isEmpty();
    }

    public DocumentLayout with(Sharing others) {
        return new DocumentLayout(form, path, except, at, members, style, others);
    }
}
