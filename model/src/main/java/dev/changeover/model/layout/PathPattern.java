package dev.changeover.model.layout;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A relative path with places for fields, such as {@code data/chat_sessions/{chat_id}_session.json}; {@code {level:lower}}
 * writes the field in lower case and reads it back in upper case; of {@code {id:file}}, whose text is {@code FILE:LINE}, only
 * the file stands there, and which line it is must be known from elsewhere. The texts of fields are encoded by
 * {@link PathEncoding}, so no key can leave its folder, and no two keys have one path.
 */
public final class PathPattern {
    private static final Pattern PLACE = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_]*)(:lower|:file)?}");
    /** What a field with {@code :file} holds. */
    private static final Pattern FILE_AND_LINE = Pattern.compile("(.+):([1-9][0-9]{0,8})", Pattern.DOTALL);
    /** In the flattened pattern: one or more characters other than {@code /}. */
    private static final int ANY = -1;

    private final String text;
    private final List<Part> parts = new ArrayList<>();
    private final Pattern matcher;
    private final boolean severalInOneName;
    private final List<String> fields;
    private final Optional<String> numbered;
    /** What every match begins and ends with. */
    private final String prefix;

    private final String suffix;
    private final int literalLength;

    private record Part(String literal, String field, boolean lower, boolean file) {
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
            parts.add(new Part("", places.group(1), ":lower".equals(places.group(2)), ":file".equals(places.group(2))));
            regex.append("([^/]+)");
            from = places.end();
        }
        addLiteral(text.substring(from), regex);
        this.matcher = Pattern.compile(regex.toString());
        this.severalInOneName = List.of(text.split("/", -1)).stream()
                .anyMatch(name -> PLACE.matcher(name).results().count() > 1);
        this.fields = parts.stream().filter(Part::isField).map(Part::field).toList();
        this.numbered = parts.stream().filter(Part::file).map(Part::field).findFirst();
        this.prefix = parts.get(0).literal();
        this.suffix = parts.get(parts.size() - 1).literal();
        this.literalLength =
                parts.stream().mapToInt(part -> part.literal().length()).sum();
    }

    private void addLiteral(String literal, StringBuilder regex) {
        if (!literal.isEmpty()) {
            parts.add(new Part(literal, "", false, false));
            regex.append(Pattern.quote(literal));
        }
    }

    /**
     * @throws IllegalArgumentException if it is absolute, empty, leaves its root, has a brace that is no place, or two
     *     places with nothing between them
     */
    public static PathPattern parse(String text) {
        String bare = PLACE.matcher(text).replaceAll("");
        if (text.isEmpty() || text.startsWith("/") || bare.indexOf('{') >= 0 || bare.indexOf('}') >= 0) {
            throw new IllegalArgumentException(
                    "Invalid path \"%s\": a relative path with places like {id} or {level:lower}".formatted(text));
        }
        for (String segment : text.split("/", -1)) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..") || segment.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("Invalid path \"%s\": it must stay below its root".formatted(text));
            }
        }
        if (text.contains("}{")) {
            throw new IllegalArgumentException(
                    "Invalid path \"%s\": something must stand between two places".formatted(text));
        }
        return new PathPattern(text);
    }

    /** The names of the fields in it, in order. */
    public List<String> fields() {
        return fields;
    }

    /** Whether {@code field} stands in it in lower case. */
    public boolean isLower(String field) {
        return parts.stream().anyMatch(part -> part.lower() && part.field().equals(field));
    }

    /** The field that says file and line, as in {@code {id:file}}; empty if none does. */
    public Optional<String> numbered() {
        return numbered;
    }

    /** Whether {@code text}, the value of the {@linkplain #numbered() numbered} field, says file and line. */
    public static boolean saysFileAndLine(String text) {
        return FILE_AND_LINE.matcher(text).matches();
    }

    /** What the numbered field holds for this line. */
    public static String fileAndLine(String file, int line) {
        return file + ":" + line;
    }

    /** The file in the text of a numbered field; null if it says none. */
    public static @Nullable String file(String text) {
        Matcher matcher = FILE_AND_LINE.matcher(text);
        return matcher.matches() ? matcher.group(1) : null;
    }

    /**
     * The line in the text of a numbered field.
     *
     * @throws IllegalArgumentException if it says none
     */
    public static int line(String text) {
        Matcher matcher = FILE_AND_LINE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Invalid \"%s\": a file, a colon and a line".formatted(text));
        }
        return Integer.parseInt(matcher.group(2));
    }

    /** How many of its characters are fixed: of two patterns that match a file, the one with more of them owns it. */
    public int literalLength() {
        return literalLength;
    }

    /** The folder, relative to the root, below which every match lies; empty for the root itself. */
    public String folder() {
        String fixed = parts.get(0).literal();
        return fixed.contains("/") ? fixed.substring(0, fixed.lastIndexOf('/')) : "";
    }

    /** Whether both match the same paths: they differ in the names of their fields at most. */
    public boolean isSameAs(PathPattern other) {
        return parts.size() == other.parts.size()
                && flattened().equals(other.flattened())
                && parts.stream()
                        .map(Part::lower)
                        .toList()
                        .equals(other.parts.stream().map(Part::lower).toList());
    }

    /** Whether some path matches both and neither owns it. */
    public boolean isIndistinctFrom(PathPattern other) {
        return literalLength() == other.literalLength() && overlaps(other);
    }

    /** Whether {@code other} owns some of the paths that match this. */
    public boolean yieldsTo(PathPattern other) {
        return literalLength() < other.literalLength() && overlaps(other);
    }

    private boolean overlaps(PathPattern other) {
        List<Integer> ours = flattened();
        List<Integer> theirs = other.flattened();
        record State(int ours, int theirs) {}
        Deque<State> open = new ArrayDeque<>();
        Set<State> seen = new HashSet<>();
        open.add(new State(0, 0));
        while (!open.isEmpty()) {
            State state = open.pop();
            if (!seen.add(state)) {
                continue;
            }
            boolean weEnd = state.ours() == ours.size();
            boolean theyEnd = state.theirs() == theirs.size();
            if (weEnd && theyEnd) {
                return true;
            }
            if (weEnd || theyEnd || !canBeTheSame(ours.get(state.ours()), theirs.get(state.theirs()))) {
                continue;
            }
            open.push(new State(state.ours() + 1, state.theirs() + 1));
            if (ours.get(state.ours()) == ANY) {
                open.push(new State(state.ours(), state.theirs() + 1));
            }
            if (theirs.get(state.theirs()) == ANY) {
                open.push(new State(state.ours() + 1, state.theirs()));
            }
        }
        return false;
    }

    private List<Integer> flattened() {
        List<Integer> flat = new ArrayList<>();
        for (Part part : parts) {
            if (part.isField()) {
                flat.add(ANY);
            } else {
                part.literal().chars().forEach(flat::add);
            }
        }
        return flat;
    }

    private static boolean canBeTheSame(int one, int other) {
        return one == other || (one == ANY && other != '/') || (other == ANY && one != '/');
    }

    /**
     * The path for these texts.
     *
     * @param texts the text of each field by name
     * @throws PathEncoding.UnfitException if a text cannot be part of a file name, or could not be read back from it
     */
    public String path(Function<String, String> texts) {
        StringBuilder path = new StringBuilder();
        for (Part part : parts) {
            path.append(
                    part.isField() ? PathEncoding.encode(written(part, texts.apply(part.field()))) : part.literal());
        }
        for (String name : path.toString().split("/", -1)) {
            PathEncoding.checkLength(name);
        }
        if (severalInOneName) {
            checkThatItReadsBack(path.toString(), texts);
        }
        return path.toString();
    }

    private static String written(Part part, String value) {
        if (part.file()) {
            String file = file(value);
            if (file == null) {
                throw new PathEncoding.UnfitException(
                        "Cannot make a file name of %s: it must say file and line, as in name:17"
                                .formatted(part.field()));
            }
            return file;
        }
        if (!part.lower()) {
            return value;
        }
        String lower = value.toLowerCase(Locale.ROOT);
        if (!lower.toUpperCase(Locale.ROOT).equals(value)) {
            throw new PathEncoding.UnfitException(
                    "Cannot make a file name of %s: it must be in capitals, since the name has it in small letters"
                            .formatted(part.field()));
        }
        return lower;
    }

    /** With {@code {a}-{b}}, both {@code x-y} and {@code z}, and {@code x} and {@code y-z}, would have the path {@code x-y-z}. */
    private void checkThatItReadsBack(String path, Function<String, String> texts) {
        Map<String, String> readBack = match(path).orElse(Map.of());
        for (Part part : parts) {
            String field = part.field();
            if (part.isField()
                    && !(part.file() ? written(part, texts.apply(field)) : texts.apply(field))
                            .equals(readBack.get(field))) {
                throw new PathEncoding.UnfitException(
                        "Cannot make a file name of %s: %s would be read back as another key".formatted(field, text));
            }
        }
    }

    /** The fields' texts, of a numbered one only the file, if {@code relativePath} is one of this pattern; {@code /} separates its parts. */
    public Optional<Map<String, String>> match(String relativePath) {
        if (!relativePath.startsWith(prefix) || !relativePath.endsWith(suffix)) {
            return Optional.empty(); // most paths are another pattern's
        }
        Matcher match = matcher.matcher(relativePath);
        if (!match.matches()) {
            return Optional.empty();
        }
        Map<String, String> texts = new LinkedHashMap<>();
        int group = 1;
        for (Part part : parts) {
            if (!part.isField()) {
                continue;
            }
            String name = match.group(group++);
            Optional<String> value = PathEncoding.decode(name).flatMap(decoded -> read(part, decoded));
            if (value.isEmpty()) {
                return Optional.empty();
            }
            String earlier = texts.put(part.field(), value.get());
            if (earlier != null && !earlier.equals(value.get())) {
                return Optional.empty();
            }
        }
        return Optional.of(texts);
    }

    private static Optional<String> read(Part part, String decoded) {
        if (!part.lower()) {
            return Optional.of(decoded);
        }
        String upper = decoded.toUpperCase(Locale.ROOT);
        return upper.toLowerCase(Locale.ROOT).equals(decoded) ? Optional.of(upper) : Optional.empty();
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
