package dev.changeover.model.definition;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.CollectionNode;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The file that is being read, and all that has been found wrong in it. */
final class Source {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?}");
    private static final int MAX_CHARACTERS = 1_000_000;
    private static final int MAX_PROBLEMS = 200;

    private record Finding(Place place, String message) {}

    private final Path file;
    private final Function<String, @Nullable String> environment;
    private final List<Finding> findings = new ArrayList<>();

    Source(Path file, Function<String, @Nullable String> environment) {
        this.file = file;
        this.environment = environment;
    }

    void problem(Place place, String message) {
        Finding finding = new Finding(place, message);
        if (findings.size() < MAX_PROBLEMS && !findings.contains(finding)) {
            findings.add(finding);
        }
    }

    /** How many have been found so far. */
    int problems() {
        return findings.size();
    }

    DefinitionException exception() {
        return new DefinitionException(findings.stream()
                .sorted(Comparator.comparing(Finding::place))
                .map(finding -> new Problem(
                        fileName(), finding.place().line(), finding.place().column(), finding.message()))
                .toList());
    }

    private String fileName() {
        Path name = file.getFileName();
        return name == null ? file.toString() : name.toString();
    }

    /**
     * The file's one document.
     *
     * @throws DefinitionException if there is none, or it is not YAML
     */
    Node root() {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(fileName())
                .setCodePointLimit(MAX_CHARACTERS)
                .setMaxAliasesForCollections(50)
                .build();
        try {
            Optional<Node> root = new Compose(settings).composeString(text());
            if (root.isPresent()) {
                checkThatItEnds(root.get(), new HashSet<>());
                return root.get();
            }
            problem(Place.START, "Missing definition: the file is empty");
        } catch (MarkedYamlEngineException e) {
            Place place = e.getProblemMark().map(Place::of).orElse(Place.START);
            problem(place, "Invalid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            problem(Place.START, "Invalid YAML: " + e.getMessage());
        } catch (StackOverflowError e) {
            problem(Place.START, "Invalid YAML: it is nested too deeply");
        }
        throw exception();
    }

    /** @throws DefinitionException if an alias names what it stands in */
    private void checkThatItEnds(Node node, Set<Node> above) {
        if (!(node instanceof CollectionNode<?> collection)) {
            return;
        }
        if (!above.add(node)) {
            problem(Place.of(node), "Invalid YAML: it contains itself");
            throw exception();
        }
        for (Object child : collection.getValue()) {
            if (child instanceof NodeTuple tuple) {
                checkThatItEnds(tuple.getKeyNode(), above);
                checkThatItEnds(tuple.getValueNode(), above);
            } else if (child instanceof Node item) {
                checkThatItEnds(item, above);
            }
        }
        above.remove(node);
    }

    private String text() {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            problem(Place.START, "Invalid encoding: the file must be UTF-8");
        } catch (NoSuchFileException e) {
            problem(Place.START, "Missing file: there is no " + file.toAbsolutePath());
        } catch (IOException e) {
            problem(Place.START, "Cannot read " + file.toAbsolutePath() + ": " + e.getMessage());
        }
        throw exception();
    }

    /** Null, and a problem, if the node is not a map. */
    @Nullable
    Section section(Node node, String label) {
        if (node instanceof MappingNode map) {
            return new Section(this, map, label);
        }
        problem(Place.of(node), "Invalid " + label.replace("the ", "") + ": it must be a map of names to values");
        return null;
    }

    /** Null, and a problem, if the node is not a single value. */
    @Nullable
    Scalar scalar(Node node, String label) {
        if (node instanceof ScalarNode scalar) {
            return scalar(scalar, label);
        }
        problem(Place.of(node), "Invalid " + label + ": it must be a single value");
        return null;
    }

    private @Nullable Scalar scalar(ScalarNode node, String label) {
        boolean quoted = node.getScalarStyle() != ScalarStyle.PLAIN;
        Place place = Place.of(node);
        boolean oneLine = node.getStartMark().isPresent()
                && node.getEndMark().isPresent()
                && node.getStartMark().get().getLine()
                        == node.getEndMark().get().getLine();
        String text = node.getValue();
        if (!text.contains("${")) {
            return new Scalar(text, place, oneLine ? (quoted ? 1 : 0) : Scalar.UNKNOWN);
        }
        String replaced = replaceVariables(text, place, label);
        return replaced == null ? null : new Scalar(replaced, place, Scalar.UNKNOWN);
    }

    /** Null, and a problem, if one has no value. */
    private @Nullable String replaceVariables(String text, Place place, String label) {
        StringBuilder replaced = new StringBuilder();
        boolean complete = true;
        Matcher variables = VARIABLE.matcher(text);
        int from = 0;
        while (variables.find()) {
            replaced.append(text, from, variables.start());
            String value = valueOf(variables.group(1), variables.group(3), place, label);
            complete &= value != null;
            replaced.append(value);
            from = variables.end();
        }
        String rest = text.substring(from);
        if (rest.contains("${")) {
            problem(place, "Invalid variable in " + label + ": write ${NAME} or ${NAME:-default}");
        }
        return complete ? replaced.append(rest).toString() : null;
    }

    private @Nullable String valueOf(String name, @Nullable String otherwise, Place place, String label) {
        String value = environment.apply(name);
        if (value != null && (!value.isEmpty() || otherwise == null)) {
            return value;
        }
        if (otherwise == null) {
            problem(
                    place,
                    "Missing environment variable %s in %s: set it, or write ${%s:-default}"
                            .formatted(name, label, name));
        }
        return otherwise;
    }

    /** The single values of a list; one value alone is a list of one. */
    List<Scalar> scalars(Node node, String label) {
        List<Scalar> scalars = new ArrayList<>();
        List<Node> nodes = node instanceof SequenceNode list ? list.getValue() : List.of(node);
        for (Node item : nodes) {
            Scalar scalar = scalar(item, label);
            if (scalar != null) {
                scalars.add(scalar);
            }
        }
        return scalars;
    }
}
