package dev.changeover.store.file.yaml;

import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.store.file.yaml.YamlNode.Alias;
import dev.changeover.store.file.yaml.YamlNode.Entry;
import dev.changeover.store.file.yaml.YamlNode.Mapping;
import dev.changeover.store.file.yaml.YamlNode.Scalar;
import dev.changeover.store.file.yaml.YamlNode.Sequence;
import dev.changeover.store.file.yaml.YamlTyping.Place;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a YAML text says, as JSON. Aliases and merged mappings are written out. */
final class YamlJson {
    /** Aliases of aliases can say very much in a few lines. */
    private static final int MAX_NODES = 1_000_000;

    private static final int MAX_CHARS = 16 << 20;

    private final StringBuilder json = new StringBuilder();
    private int nodes;

    static JsonText of(YamlNode root, Place place) throws InvalidYamlException {
        YamlJson writer = new YamlJson();
        writer.write(root, place);
        return new JsonText(writer.json.toString());
    }

    private void write(YamlNode node, Place place) throws InvalidYamlException {
        if (++nodes > MAX_NODES || json.length() > MAX_CHARS) {
            throw new InvalidYamlException("its aliases say too much", node.line, node.column);
        }
        if (node instanceof Alias alias) {
            write(alias.target, place);
        } else if (node instanceof Mapping mapping) {
            object(mapping, place);
        } else if (node instanceof Sequence sequence) {
            json.append('[');
            for (int i = 0; i < sequence.items.size(); i++) {
                json.append(i == 0 ? "" : ",");
                write(sequence.items.get(i), place.element());
            }
            json.append(']');
        } else {
            json.append(scalar((Scalar) node, place));
        }
    }

    private void object(Mapping mapping, Place place) throws InvalidYamlException {
        boolean first = true;
        json.append('{');
        for (Map.Entry<String, YamlNode> member : members(mapping).entrySet()) {
            json.append(first ? "" : ",")
                    .append(JsonMembers.quoted(member.getKey()).text())
                    .append(':');
            write(member.getValue(), place.member(member.getKey()));
            first = false;
        }
        json.append('}');
    }

    /** Its own ones first, then those of the mappings that are merged in, as far as they are none of its own. */
    static Map<String, YamlNode> members(Mapping mapping) throws InvalidYamlException {
        Map<String, YamlNode> members = new LinkedHashMap<>();
        for (Entry entry : mapping.entries) {
            if (!entry.isMerge() && members.put(entry.key.value, entry.value) != null) {
                throw new InvalidYamlException(
                        "the name \"%s\" is there twice".formatted(entry.key.value), entry.key.line, entry.key.column);
            }
        }
        for (Entry entry : mapping.entries) {
            if (entry.isMerge()) {
                merge(entry.value.resolved(), members);
            }
        }
        return members;
    }

    private static void merge(YamlNode merged, Map<String, YamlNode> members) throws InvalidYamlException {
        if (merged instanceof Mapping mapping) {
            members(mapping).forEach(members::putIfAbsent);
        } else if (merged instanceof Sequence sequence) {
            for (YamlNode item : sequence.items) {
                if (!(item.resolved() instanceof Mapping mapping)) {
                    throw new InvalidYamlException("a mapping is expected behind <<", item.line, item.column);
                }
                members(mapping).forEach(members::putIfAbsent);
            }
        } else {
            throw new InvalidYamlException("a mapping is expected behind <<", merged.line, merged.column);
        }
    }

    private static String scalar(Scalar scalar, Place place) throws InvalidYamlException {
        String text = scalar.value;
        if (!scalar.plain) {
            return string(scalar);
        }
        if (Yaml11.isNull(text)) {
            return "null";
        }
        String value =
                place.field() == null ? null : typed(text, place.field().type().kind());
        if (value != null) {
            return value;
        }
        boolean asText = place.field() != null && place.field().type().kind() != FieldType.Kind.JSON;
        if (!asText && Yaml11.isNoNumber(text)) {
            throw new InvalidYamlException("%s is no number that JSON has".formatted(text), scalar.line, scalar.column);
        }
        String other = asText ? null : firstOf(Yaml11.bool(text), Yaml11.integer(text), Yaml11.floating(text));
        return other == null ? string(scalar) : other;
    }

    private static String string(Scalar scalar) throws InvalidYamlException {
        if (scalar.value.indexOf('\0') >= 0) {
            throw new InvalidYamlException("U+0000 is in it", scalar.line, scalar.column);
        }
        return JsonMembers.quoted(scalar.value).text();
    }

    private static @Nullable String typed(String text, FieldType.Kind kind) {
        return switch (kind) {
            case BOOL -> Yaml11.bool(text);
            case INT32, INT64 -> Yaml11.integer(text);
            case FLOAT32, FLOAT64 -> firstOf(Yaml11.integer(text), Yaml11.anyFloating(text));
            case JSON, TEXT, DECIMAL, TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID, BYTES -> null;
        };
    }

    private static @Nullable String firstOf(@Nullable String... values) {
        for (String value : values) {
            if (value != null) {
                return value;
            }
        }
        return null;
    }
}
