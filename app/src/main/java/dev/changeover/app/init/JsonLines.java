package dev.changeover.app.init;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.model.json.StrictJson;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** JSON lines as entities: files of a folder whose lines are alike are one. */
final class JsonLines {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_LINE_BYTES = 16 << 20;
    /** Names that keys have most often, best first. */
    private static final List<String> KEY_NAMES = List.of("id", "_id", "uuid", "key");

    private final LegacyFilesOnDisk files;
    private final List<String> comments;

    private JsonLines(LegacyFilesOnDisk files, List<String> comments) {
        this.files = files;
        this.comments = comments;
    }

    /** @param comments takes what was left out, and why */
    static List<Found> find(LegacyFilesOnDisk files, List<String> comments) throws IOException {
        JsonLines lines = new JsonLines(files, comments);
        List<Found> found = new ArrayList<>();
        for (Map.Entry<String, List<String>> group :
                DocumentFolders.groups(files.lines()).entrySet()) {
            lines.look(group.getKey(), group.getValue(), found);
        }
        return found;
    }

    private void look(String pattern, List<String> paths, List<Found> found) throws IOException {
        Map<String, Found> byPath = new LinkedHashMap<>();
        for (String path : paths) {
            Found one = new Found(name(path));
            read(path, one::addRecord);
            if (one.records() > 0) {
                byPath.put(path, one);
            }
        }
        if (byPath.size() > 1 && areAlike(byPath.values())) {
            addAll(pattern, byPath.keySet(), found);
            return;
        }
        Set<String> withoutKey = new LinkedHashSet<>();
        for (String path : byPath.keySet()) {
            if (!addOne(path, found)) {
                withoutKey.add(path);
            }
        }
        if (!withoutKey.isEmpty()) {
            addNumbered(pattern, withoutKey, found);
        }
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1).replaceAll("\\.[^.]*$", "");
    }

    /** Whether most members of each are members of all. */
    private static boolean areAlike(Iterable<Found> each) {
        Set<String> all = null;
        int most = 0;
        for (Found one : each) {
            Set<String> names = one.members().keySet();
            most = Math.max(most, names.size());
            if (all == null) {
                all = new HashSet<>(names);
            } else {
                all.retainAll(names);
            }
        }
        return all != null && all.size() * 2 > most;
    }

    /** Returns whether something identifies the file's lines. */
    private boolean addOne(String path, List<Found> found) throws IOException {
        Found entity = new Found(name(path));
        read(path, entity::addRecord);
        entity.legacy().put("format", "jsonl");
        if (!findKey(entity, List.of(path))) {
            return false;
        }
        entity.legacy().put("path", path);
        found.add(entity);
        return true;
    }

    private void addNumbered(String pattern, Set<String> paths, List<Found> found) throws IOException {
        Found entity = new Found(paths.size() == 1 ? name(paths.iterator().next()) : entityName(pattern));
        for (String path : paths) {
            read(path, entity::addRecord);
        }
        entity.legacy().put("format", "jsonl");
        number(entity, pattern);
        found.add(entity);
    }

    private static String entityName(String pattern) {
        String[] parts = pattern.split("/", -1);
        return parts[parts.length - 1].startsWith("{}")
                ? (parts.length > 1 ? parts[parts.length - 2] : "lines")
                : (parts.length > 2 ? parts[parts.length - 3] + "_" : "") + name(pattern);
    }

    private void addAll(String pattern, Set<String> paths, List<Found> found) throws IOException {
        Found entity = new Found(entityName(pattern));
        for (String path : paths) {
            read(path, entity::addRecord);
        }
        entity.legacy().put("format", "jsonl");
        String level = nameInFile(entity, pattern, paths);
        if (!level.isEmpty() && findKey(entity, List.copyOf(paths))) {
            entity.legacy().put("path", pattern.replace("{}", "{" + level + "}"));
        } else {
            number(entity, pattern);
        }
        found.add(entity);
    }

    /** The member that each file's name repeats, as a level does in {@code info.log}; empty if none does. */
    private String nameInFile(Found entity, String pattern, Set<String> paths) throws IOException {
        List<String> candidates = entity.members().values().stream()
                .filter(member -> member.type(true).equals("text") && member.present() == entity.records())
                .map(Evidence::name)
                .toList();
        for (String candidate : candidates) {
            boolean[] same = {true, true};
            for (String path : paths) {
                String place = DocumentFolders.place(path, pattern);
                read(path, line -> {
                    String text = line.path(candidate).asText();
                    same[0] &= text.equals(place);
                    same[1] &= text.toLowerCase(Locale.ROOT).equals(place)
                            && place.toUpperCase(Locale.ROOT).equals(text);
                });
            }
            if (same[0] || same[1]) {
                return same[0] ? candidate : candidate + ":lower";
            }
        }
        return "";
    }

    /** Lines without a key are known by file and line. */
    private static void number(Found entity, String pattern) {
        String field = entity.free("line");
        entity.placed().put(field, "text");
        entity.key().add(field);
        entity.legacy().put("path", pattern.replace("{}", "{" + field + ":file}"));
        entity.comments().add("no member identifies a line: the key is file and line, as in name:17");
    }

    /** One member, or two, whose values are all different. */
    private boolean findKey(Found entity, List<String> paths) throws IOException {
        List<String> candidates = new ArrayList<>();
        for (Evidence member : entity.members().values()) {
            if (member.identifies(entity.records()) && looksLikeAKey(member)) {
                candidates.add(member.name());
            }
        }
        candidates.sort(java.util.Comparator.comparingInt(JsonLines::rank));
        if (!candidates.isEmpty()) {
            entity.key().add(candidates.get(0));
            return true;
        }
        String first = null;
        for (Evidence member : entity.members().values()) {
            if (member.present() == entity.records() && member.isScalarKey() && rank(member.name()) < 3) {
                first = member.name();
                break;
            }
        }
        return first != null && findSecond(entity, first, paths);
    }

    private boolean findSecond(Found entity, String first, List<String> paths) throws IOException {
        for (Evidence second : entity.members().values()) {
            if (second.name().equals(first)
                    || second.present() < entity.records()
                    || !second.isScalarKey()
                    || second.type(false).equals("timestamptz")) {
                continue;
            }
            Set<String> pairs = new HashSet<>();
            boolean[] distinct = {true};
            for (String path : paths) {
                read(
                        path,
                        line -> distinct[0] &= pairs.add(line.path(first).asText()
                                + '\n'
                                + line.path(second.name()).asText()));
            }
            if (distinct[0]) {
                entity.key().addAll(List.of(first, second.name()));
                return true;
            }
        }
        return false;
    }

    /** A prompt may be different in each line and is no key: names of keys, or short texts. */
    private static boolean looksLikeAKey(Evidence member) {
        return rank(member.name()) < 3
                || (member.type(false).equals("text")
                        && member.values().stream().allMatch(value -> value.length() <= 64 && value.indexOf(' ') < 0)
                        && member.present() > 1);
    }

    private static int rank(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (KEY_NAMES.contains(lower)) {
            return 0;
        }
        return lower.endsWith("_id") || name.endsWith("Id")
                ? 1
                : lower.endsWith("key") || lower.endsWith("slug") ? 2 : 3;
    }

    private void read(String path, Consumer<JsonNode> records) throws IOException {
        int number = 0;
        int damaged = 0;
        try (InputStream in =
                new BufferedInputStream(Files.newInputStream(files.root().resolve(path)))) {
            for (byte @Nullable [] line = line(in); line != null; line = line(in)) {
                number++;
                if (new String(line, java.nio.charset.StandardCharsets.ISO_8859_1).isBlank()) {
                    continue;
                }
                JsonNode record = parse(line);
                if (record == null) {
                    damaged++;
                } else {
                    records.accept(record);
                }
            }
        }
        String comment = "%s: %d of %d lines are no objects".formatted(path, damaged, number);
        if (damaged > 0 && !comments.contains(comment)) {
            comments.add(comment);
        }
    }

    private static @Nullable JsonNode parse(byte[] line) {
        try (var parser = StrictJson.parser(StrictJson.withoutByteOrderMark(line))) {
            JsonNode record = MAPPER.readTree(parser);
            return record != null && record.isObject() ? record : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Up to the next line's end; null at the end. */
    private static byte @Nullable [] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
        int next = in.read();
        if (next < 0) {
            return null;
        }
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() < MAX_LINE_BYTES) {
                line.write(next);
            }
        }
        return line.toByteArray();
    }
}
