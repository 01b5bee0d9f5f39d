package dev.changeover.model.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A relative path with places for fields, such as {@code data/chat_sessions/{chat_id}_session.json}; {@code {level:lower}} writes the
 * field in lower case and reads it back in upper case. The texts of fields are encoded by {@link PathEncoding}, so no
 * key can leave its folder.
 */
public final class PathPattern {
    private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_]*)(:lower)?}");

    private final String text;
    private final List<Part> parts = new ArrayList<>();
    private final Pattern matcher;

    private record Part(String literal, String field, boolean lower) {
        boolean isField() {
            return !field.isEmpty();
        }
    }

    private PathPattern(String text) {
        this.text = text;
        StringBuilder regex = new StringBuilder();
        Matcher places = PLACE.matcher(text);
        int from = 0;
        while (places.find()) {
            addLiteral(text.substring(from, places.start()), regex);
            parts.add(new Part("", places.group(1), places.group(2) != null));
            regex.append("([^/]+)");
            from = places.end();
        }
        addLiteral(text.substring(from), regex);
        matcher = Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    private void addLiteral(String literal, StringBuilder regex) {
        if (!literal.isEmpty()) {
            parts.add(new Part(literal, "", false));
            regex.append(Pattern.quote(literal));
        }
    }

    /** @throws IllegalArgumentException if it is absolute, empty, leaves its root, or has a brace that is no place */
    public static PathPattern parse(String text) {
        String bare = PLACE.matcher(text).replaceAll("");
        if (text.isEmpty() || text.startsWith("/") || bare.indexOf('{') >= 0 || bare.indexOf('}') >= 0) {
            throw new IllegalArgumentException(
                    "Invalid path \"%s\": a relative path with places like {id} or {level:lower}".formatted(text));
        }
        for (String segment : text.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException("Invalid path \"%s\": it must stay below its root".formatted(text));
            }
        }
        return new PathPattern(text);
    }

    /** The names of the fields in it, in order. */
    public List<String> fields() {
        return parts.stream().filter(Part::isField).map(Part::field).toList();
    }

    /** How many of its characters are fixed: of two patterns that match a file, the one with more of them owns it. */
    public int literalLength() {
        return parts.stream().mapToInt(part -> part.literal().length()).sum();
    }

    /** The folder, relative to the root, below which every match lies; empty for the root itself. */
    public String folder() {
        String fixed = parts.get(0).literal();
        if (parts.size() == 1) {
            return fixed.contains("/") ? fixed.substring(0, fixed.lastIndexOf('/')) : "";
        }
        return fixed.contains("/") ? fixed.substring(0, fixed.lastIndexOf('/')) : "";
    }

    /**
     * The path for these texts.
     *
     * @param texts the text of each field by name
     * @throws PathEncoding.UnfitException if a text cannot be part of a file name
     */
    public String path(Function<String, String> texts) {
        StringBuilder path = new StringBuilder();
        for (Part part : parts) {
            if (part.isField()) {
                String value = texts.apply(part.field());
                path.append(PathEncoding.encode(part.lower() ? value.toLowerCase(Locale.ROOT) : value));
            } else {
                path.append(part.literal());
            }
        }
        for (String segment : path.toString().split("/", -1)) {
            PathEncoding.checkLength(segment);
        }
        return path.toString();
    }

    /** The fields' texts if {@code relativePath} is one of this pattern; {@code /} separates its parts. */
    public Optional<Map<String, String>> match(String relativePath) {
        Matcher match = matcher.matcher(relativePath);
        if (!match.matches()) {
            return Optional.empty();
        }
        Map<String, String> texts = new java.util.LinkedHashMap<>();
        int group = 1;
        for (Part part : parts) {
            if (part.isField()) {
                Optional<String> decoded = PathEncoding.decode(match.group(group++));
                if (decoded.isEmpty()) {
                    return Optional.empty();
                }
                String value = decoded.get();
                texts.put(part.field(), part.lower() ? value.toUpperCase(Locale.ROOT) : value);
            }
        }
        return Optional.of(texts);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PathPattern that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
