package dev.changeover.model.definition;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A map of the file: names, each with a value, in the order in which they stand there. */
final class Section {
    /**
     * @param name what stands before the colon
     * @param value what stands behind it
     */
    record Entry(Scalar name, Node value) {}

    static final String ROOT = "the definition";

    private final Source source;
    private final String label;
    private final Place place;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** @param label what it is, for messages */
    Section(Source source, MappingNode map, String label) {
        this.source = source;
        this.label = label;
        this.place = Place.of(map);
        for (NodeTuple tuple : withCallsRejoined(map)) {
            Scalar name = source.scalar(tuple.getKeyNode(), "name in " + label);
            if (name == null) {
                continue;
            }
            Entry earlier = entries.putIfAbsent(name.text(), new Entry(name, tuple.getValueNode()));
            if (earlier != null) {
                source.problem(
                        name.place(),
                        "Duplicate \"%s\" in %s: it stands in line %d already"
                                .formatted(
                                        name.text(),
                                        label,
                                        earlier.name().place().line()));
            }
        }
    }

    /**
     * In a flow map YAML takes the comma of {@code uuid5(a, b)} for its own: {@code {id: uuid5(a, b)}} has a member
     * {@code id: uuid5(a} and a member {@code b)} without value. They are put together again.
     */
    private static List<NodeTuple> withCallsRejoined(MappingNode map) {
        if (map.getFlowStyle() != FlowStyle.FLOW) {
            return map.getValue();
        }
        List<NodeTuple> joined = new ArrayList<>();
        for (NodeTuple tuple : map.getValue()) {
            NodeTuple last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (last != null
                    && last.getValueNode() instanceof ScalarNode call
                    && call.isPlain()
                    && isOpen(call.getValue())
                    && tuple.getKeyNode() instanceof ScalarNode argument
                    && tuple.getValueNode() instanceof ScalarNode nothing
                    && nothing.getValue().isEmpty()) {
                ScalarNode whole = new ScalarNode(
                        call.getTag(),
                        true,
                        call.getValue() + ", " + argument.getValue(),
                        call.getScalarStyle(),
                        call.getStartMark(),
                        argument.getEndMark());
                joined.set(joined.size() - 1, new NodeTuple(last.getKeyNode(), whole));
            } else {
                joined.add(tuple);
            }
        }
        return joined;
    }

    private static boolean isOpen(String text) {
        return text.chars().filter(c -> c == '(').count()
                > text.chars().filter(c -> c == ')').count();
    }

    private String labelOf(String name) {
        return label.equals(ROOT) ? name : label + "." + name;
    }

    String label() {
        return label;
    }

    Place place() {
        return place;
    }

    List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /** Reports every name that is none of these. */
    Section expecting(String... known) {
        List<String> names = List.of(known);
        for (Entry entry : entries.values()) {
            String name = entry.name().text();
            if (!names.contains(name)) {
                source.problem(
                        entry.name().place(),
                        "Unknown \"%s\" in %s%s".formatted(name, label, Nearest.hint(name, names)));
            }
        }
        return this;
    }

    /** Reports it if there is no such name. */
    Section requiring(String... needed) {
        for (String name : needed) {
            if (!has(name)) {
                source.problem(place, "Missing \"%s\" in %s".formatted(name, label));
            }
        }
        return this;
    }

    @Nullable
    Node node(String name) {
        Entry entry = entries.get(name);
        return entry == null ? null : entry.value();
    }

    /** Where the value of {@code name} stands; the section itself if there is none. */
    Place placeOf(String name) {
        Entry entry = entries.get(name);
        return entry == null ? place : Place.of(entry.value());
    }

    @Nullable
    Scalar scalar(String name) {
        Entry entry = entries.get(name);
        return entry == null ? null : source.scalar(entry.value(), labelOf(name));
    }

    @Nullable
    Section section(String name) {
        Entry entry = entries.get(name);
        return entry == null ? null : source.section(entry.value(), labelOf(name));
    }

    /** The maps of a list; empty if there is no such name, or it is none. */
    List<Section> sections(String name) {
        List<Section> sections = new ArrayList<>();
        if (node(name) instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                Section section = source.section(item, labelOf(name));
                if (section != null) {
                    sections.add(section);
                }
            }
        }
        return sections;
    }

    /** Empty if there is no such name. */
    List<Scalar> scalars(String name) {
        Entry entry = entries.get(name);
        return entry == null ? List.of() : source.scalars(entry.value(), labelOf(name));
    }

    /** The word that {@code name} has, one of {@code words}; {@code otherwise} if it has none. */
    String word(String name, String otherwise, String... words) {
        Scalar scalar = scalar(name);
        if (scalar == null) {
            return otherwise;
        }
        List<String> known = List.of(words);
        if (!known.contains(scalar.text())) {
            source.problem(
                    scalar.place(),
                    "Invalid %s \"%s\" in %s%s"
                            .formatted(name, scalar.text(), label, Nearest.hint(scalar.text(), known)));
            return otherwise;
        }
        return scalar.text();
    }
}
