package dev.changeover.store.file.yaml;

import dev.changeover.store.file.yaml.YamlNode.Alias;
import dev.changeover.store.file.yaml.YamlNode.Entry;
import dev.changeover.store.file.yaml.YamlNode.Mapping;
import dev.changeover.store.file.yaml.YamlNode.Scalar;
import dev.changeover.store.file.yaml.YamlNode.Sequence;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads a YAML text into nodes. Nothing is built but texts, maps and lists: tags are refused. A parser's events are put together
 * here, and not by the library's composer, because an edit must know where an alias stands, and so that depth is limited before
 * anything is nested.
 */
final class YamlTree {
    static final int MAX_DEPTH = 100;
    static final int MAX_ALIASES = 1000;

    private static final int MAX_CODE_POINTS = 16 << 20;
    /** {@code \}{@code L} and {@code \}{@code P} in double quotes, which the library does not know: as long, so that places stay. */
    private static final Pattern SEPARATOR = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\([LP])");

    private static final String LINE = "\ue0f7\ue0f8";
    private static final String PARAGRAPH = "\ue0f7\ue0f9";

    private final String text;
    private final int[] offsets;
    private final Map<String, YamlNode> anchors = new HashMap<>();
    private final Deque<Open> open = new ArrayDeque<>();
    private @Nullable YamlNode root;
    private int aliases;
    private int documents;

    /** A collection that is being read. */
    private static final class Open {
        final YamlNode node;

        @Nullable
        Scalar key;

        Open(YamlNode node) {
            this.node = node;
        }
    }

    private YamlTree(String text) {
        this.text = text;
        this.offsets = offsets(text);
    }

    /** Where each code point begins; empty where each is one character. */
    private static int[] offsets(String text) {
        int count = text.codePointCount(0, text.length());
        if (count == text.length()) {
            return new int[0];
        }
        int[] offsets = new int[count + 1];
        int at = 0;
        for (int i = 0; i < count; i++) {
            offsets[i] = at;
            at += Character.charCount(text.codePointAt(at));
        }
        offsets[count] = at;
        return offsets;
    }

    /** @throws InvalidYamlException if it is none, or empty */
    static YamlNode read(String text) throws InvalidYamlException {
        return new YamlTree(text).read();
    }

    private YamlNode read() throws InvalidYamlException {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MAX_CODE_POINTS)
                .setMaxAliasesForCollections(MAX_ALIASES)
                .setAllowRecursiveKeys(false)
                .build();
        try {
            for (Event event : new Parse(settings).parseString(withoutSeparators(text))) {
                take(event);
            }
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark();
            throw new InvalidYamlException(
                    String.valueOf(e.getProblem()),
                    mark.map(Mark::getLine).orElse(-1) + 1,
                    mark.map(Mark::getColumn).orElse(-1) + 1);
        } catch (YamlEngineException e) {
            throw new InvalidYamlException(String.valueOf(e.getMessage()).replaceAll("\\s+", " "), 0, 0);
        }
        if (root == null || (root instanceof Scalar scalar && scalar.plain && scalar.value.isEmpty())) {
            throw new InvalidYamlException("there is nothing in it", 0, 0);
        }
        return root;
    }

    private static String withoutSeparators(String text) {
        return text.contains("\\L") || text.contains("\\P")
                ? SEPARATOR
                        .matcher(text)
                        .replaceAll(found -> Matcher.quoteReplacement(
                                found.group(1) + (found.group(2).equals("L") ? LINE : PARAGRAPH)))
                : text;
    }

    private static String value(ScalarEvent scalar) {
        String value = scalar.getValue();
        if (value.indexOf(LINE.charAt(0)) < 0) {
            return value;
        }
        return scalar.isDQuoted()
                ? value.replace(LINE, "\u2028").replace(PARAGRAPH, "\u2029")
                : value.replace(LINE, "\\L").replace(PARAGRAPH, "\\P");
    }

    private void take(Event event) throws InvalidYamlException {
        if (event instanceof DocumentStartEvent) {
            if (++documents > 1) {
                throw at(event, "there is more than one document");
            }
        } else if (event instanceof AliasEvent alias) {
            alias(alias);
        } else if (event instanceof ScalarEvent scalar) {
            checkTag(scalar.getTag(), event);
            Scalar node =
                    new Scalar(start(event), end(event), line(event), column(event), value(scalar), scalar.isPlain());
            anchor(scalar, node);
            add(node, event);
        } else if (event instanceof CollectionStartEvent start) {
            begin(start);
        } else if (event.getEventId() == Event.ID.MappingEnd || event.getEventId() == Event.ID.SequenceEnd) {
            end(open.pop().node, event);
        }
    }

    private void alias(AliasEvent event) throws InvalidYamlException {
        String name = event.getAnchor().orElseThrow().getValue();
        YamlNode target = anchors.get(name);
        if (target == null) {
            throw at(event, "there is no anchor &" + name);
        }
        if (++aliases > MAX_ALIASES) {
            throw at(event, "more than %d aliases".formatted(MAX_ALIASES));
        }
        if (open.stream().anyMatch(each -> each.node == target)) {
            throw at(event, "*%s contains itself".formatted(name));
        }
        add(new Alias(start(event), end(event), line(event), column(event), target), event);
    }

    private void begin(CollectionStartEvent event) throws InvalidYamlException {
        checkTag(event.getTag(), event);
        if (open.size() == MAX_DEPTH) {
            throw at(event, "nested deeper than %d".formatted(MAX_DEPTH));
        }
        YamlNode node = event instanceof MappingStartEvent
                ? new Mapping(start(event), line(event), column(event), event.isFlow())
                : new Sequence(start(event), line(event), column(event), event.isFlow());
        anchor(event, node);
        add(node, event);
        open.push(new Open(node));
    }

    private void anchor(NodeEvent event, YamlNode node) {
        event.getAnchor().ifPresent(anchor -> anchors.put(anchor.getValue(), node));
    }

    private static void checkTag(Optional<String> tag, Event event) throws InvalidYamlException {
        if (tag.isPresent()) {
            throw at(event, "the tag %s: values are taken as they are, without tags".formatted(tag.get()));
        }
    }

    private void add(YamlNode node, Event event) throws InvalidYamlException {
        Open parent = open.peek();
        if (parent == null) {
            root = node;
        } else if (parent.node instanceof Sequence sequence) {
            sequence.items.add(node);
        } else if (parent.key == null) {
            if (!(node instanceof Scalar key)) {
                throw at(event, "a name is expected here");
            }
            parent.key = key;
        } else {
            ((Mapping) parent.node).entries.add(new Entry(parent.key, node));
            parent.key = null;
        }
    }

    private void end(YamlNode node, Event event) {
        if (node.isFlow()) {
            node.to = end(event);
        } else if (node instanceof Sequence sequence && !sequence.items.isEmpty()) {
            node.to = sequence.items.get(sequence.items.size() - 1).to;
        } else if (node instanceof Mapping mapping && !mapping.entries.isEmpty()) {
            Entry last = mapping.entries.get(mapping.entries.size() - 1);
            node.to = Math.max(last.value.to, afterColon(last.key));
        }
    }

    /** One past the colon behind {@code key}; an empty value stands nowhere. */
    private int afterColon(Scalar key) {
        int colon = text.indexOf(':', key.to);
        return colon < 0 ? key.to : colon + 1;
    }

    private int start(Event event) {
        return offset(event.getStartMark());
    }

    private int end(Event event) {
        return offset(event.getEndMark());
    }

    private int offset(Optional<Mark> mark) {
        int index = mark.orElseThrow().getIndex();
        return offsets.length == 0 ? index : offsets[index];
    }

    private static int line(Event event) {
        return event.getStartMark().orElseThrow().getLine() + 1;
    }

    private static int column(Event event) {
        return event.getStartMark().orElseThrow().getColumn() + 1;
    }

    private static InvalidYamlException at(Event event, String message) {
        return new InvalidYamlException(message, line(event), column(event));
    }
}
