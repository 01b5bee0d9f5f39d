package dev.changeover.app.init;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.model.json.StrictJson;
import dev.changeover.store.file.form.InvalidDocumentException;
import dev.changeover.store.file.yaml.YamlForm;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** JSON or YAML documents as entities: a record to a document, or arrays, maps and maps of maps of records inside them. */
final class DocumentFolders {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    /** Of more files than that in a folder each is a record, whatever it looks like. */
    private static final int MOST_APART = 20;
    /** Names of files that say little without their folder's. */
    private static final Set<String> EVERYWHERE = Set.of("index", "current", "config", "history", "meta", "data");
    /** Names of members that say the how-manieth something is; others may rise by chance. */
    private static final Pattern NUMBERS = Pattern.compile(
            "(.*_)?(id|nr|no|number|num|seq|sequence|index|idx|position|pos|order|rank|line|step)",
            Pattern.CASE_INSENSITIVE);

    private final LegacyFilesOnDisk files;
    /** As a layout says it: json or yaml. */
    private final String format;

    private final Reading reading;
    private final List<Found> found = new ArrayList<>();
    private final List<String> comments;

    /** Of a document's bytes. */
    private interface Reading {
        /** @throws IOException if it is not of that format */
        @Nullable
        JsonNode read(byte[] content) throws IOException;
    }

    private DocumentFolders(LegacyFilesOnDisk files, String format, Reading reading, List<String> comments) {
        this.files = files;
        this.format = format;
        this.reading = reading;
        this.comments = comments;
    }

    /** @param comments takes what was left out, and why */
    static List<Found> find(LegacyFilesOnDisk files, List<String> comments) throws IOException {
        List<Found> found = new ArrayList<>();
        found.addAll(new DocumentFolders(files, "json", DocumentFolders::json, comments).find(files.json()));
        found.addAll(new DocumentFolders(files, "yaml", DocumentFolders::yaml, comments).find(files.yaml()));
        return found;
    }

    private List<Found> find(Collection<String> paths) throws IOException {
        for (Map.Entry<String, List<String>> group : groups(paths).entrySet()) {
            look(group.getKey(), group.getValue());
        }
        return found;
    }

    private static @Nullable JsonNode json(byte[] content) throws IOException {
        try (var parser = StrictJson.parser(StrictJson.withoutByteOrderMark(content))) {
            return MAPPER.readTree(parser);
        }
    }

    private static @Nullable JsonNode yaml(byte[] content) throws IOException {
        try {
            return MAPPER.readTree(YamlForm.untyped().json(content));
        } catch (InvalidDocumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /**
     * By a pattern with {@code {}} for what differs: files of one name in folders beside each other, if there are more of these
     * than files in the folder, otherwise all of a folder.
     */
    static Map<String, List<String>> groups(Collection<String> paths) {
        Map<String, Set<String>> siblings = new TreeMap<>();
        paths.forEach(path -> siblings.computeIfAbsent(acrossFolders(path), absent -> new TreeSet<>())
                .add(path));
        Map<String, Long> inFolder = paths.stream()
                .collect(Collectors.groupingBy(
                        path -> path.substring(0, path.lastIndexOf('/') + 1), Collectors.counting()));
        Map<String, List<String>> groups = new TreeMap<>();
        for (String path : paths) {
            String across = acrossFolders(path);
            boolean folderEach = !across.isEmpty()
                    && Objects.requireNonNull(siblings.get(across)).size()
                            > inFolder.getOrDefault(path.substring(0, path.lastIndexOf('/') + 1), 0L);
            groups.computeIfAbsent(folderEach ? across : inFolder(path), absent -> new ArrayList<>())
                    .add(path);
        }
        return groups;
    }

    private static String acrossFolders(String path) {
        int name = path.lastIndexOf('/');
        int folder = name < 0 ? -1 : path.lastIndexOf('/', name - 1);
        return folder < 0 ? "" : path.substring(0, folder + 1) + "{}" + path.substring(name);
    }

    private static String inFolder(String path) {
        int name = path.lastIndexOf('/') + 1;
        return path.substring(0, name) + "{}" + path.substring(path.lastIndexOf('.'));
    }

    private void look(String pattern, List<String> paths) throws IOException {
        Map<String, JsonNode> objects = new LinkedHashMap<>();
        Map<String, JsonNode> arrays = new LinkedHashMap<>();
        for (String path : paths) {
            JsonNode document = read(path);
            if (document == null) {
                continue;
            }
            if (document.isObject() && !document.isEmpty()) {
                objects.put(path, document);
            } else if (document.isArray() && !document.isEmpty()) {
                if (areObjects(document)) {
                    arrays.put(path, document);
                } else {
                    comments.add(path + ": an array of other things than objects, left out");
                }
            }
        }
        if (objects.isEmpty() && arrays.isEmpty()) {
            return;
        }
        if (objects.isEmpty() || arrays.isEmpty()) {
            add(pattern, objects.isEmpty() ? arrays : objects);
            return;
        }
        // Heads and lists beside each other: what the names of one of them end with tells them apart.
        String suffix = commonEnd(objects.keySet(), pattern);
        String ofArrays = commonEnd(arrays.keySet(), pattern);
        if (!suffix.isEmpty()) {
            add(pattern.replace("{}", "{}" + suffix), objects);
            add(pattern, arrays);
        } else if (!ofArrays.isEmpty()) {
            add(pattern, objects);
            add(pattern.replace("{}", "{}" + ofArrays), arrays);
        } else {
            boolean moreObjects = objects.size() >= arrays.size();
            add(pattern, moreObjects ? objects : arrays);
            apart(pattern, moreObjects ? arrays : objects, moreObjects ? "arrays" : "objects");
        }
    }

    /** Files that the pattern of others matches, too: each is an entity by itself, for its path is the longer one. */
    private void apart(String pattern, Map<String, JsonNode> documents, String kind) {
        if (documents.size() <= MOST_APART) {
            documents.forEach(this::addAlone);
        } else {
            comments.add("%s: %d files with %s are left out, for their names do not tell them from the others"
                    .formatted(pattern.replace("{}", "*"), documents.size(), kind));
        }
    }

    private @Nullable JsonNode read(String path) throws IOException {
        byte[] content = Files.readAllBytes(files.root().resolve(path));
        try {
            JsonNode document = reading.read(content);
            if (document == null || !document.isContainerNode()) {
                comments.add(path + ": neither an object nor an array, left out");
                return null;
            }
            return document;
        } catch (IOException e) {
            comments.add("%s: not %s, left out".formatted(path, format.toUpperCase(Locale.ROOT)));
            return null;
        }
    }

    private static boolean areObjects(JsonNode container) {
        for (JsonNode each : container) {
            if (!each.isObject()) {
                return false;
            }
        }
        return true;
    }

    /** PHP writes an empty map as an empty array. */
    private static boolean areMaps(JsonNode container) {
        for (JsonNode each : container) {
            if (!each.isObject() && !(each.isArray() && each.isEmpty())) {
                return false;
            }
        }
        return true;
    }

    /** What the places of these paths all end with, from its first sign that is no letter or digit on. */
    private static String commonEnd(Collection<String> paths, String pattern) {
        List<String> places = paths.stream().map(path -> place(path, pattern)).toList();
        String end = places.get(0);
        for (String each : places) {
            while (!each.endsWith(end) || (each.length() == end.length() && places.size() > 1)) {
                end = end.substring(1);
            }
        }
        for (int i = 0; i < end.length(); i++) {
            if (!Character.isLetterOrDigit(end.charAt(i))) {
                return i == 0 && places.size() == 1 ? "" : end.substring(i);
            }
        }
        return "";
    }

    static String place(String path, String pattern) {
        int at = pattern.indexOf("{}");
        return path.substring(at, path.length() - (pattern.length() - at - 2));
    }

    /** Documents of another shape than most are apart from the others beside them. */
    private void add(String pattern, Map<String, JsonNode> documents) {
        boolean arrays = documents.values().iterator().next().isArray();
        if (documents.size() > MOST_APART || (!arrays && levels(documents) > 0)) {
            addAlike(pattern, documents);
            return;
        }
        Map<String, JsonNode> alike = arrays ? Map.of() : maps(documents);
        if (alike.size() < 2) {
            Map<String, JsonNode> others = new LinkedHashMap<>(documents);
            others.keySet().removeAll(alike.keySet());
            Set<String> paths = alike(others);
            others.keySet().retainAll(paths);
            alike = others;
        }
        for (Map.Entry<String, JsonNode> document : documents.entrySet()) {
            if (!alike.containsKey(document.getKey())) {
                addAlone(document.getKey(), document.getValue());
            }
        }
        if (!alike.isEmpty()) {
            addAlike(pattern, alike);
        }
    }

    /** Those that are maps of records, and small ones that could be, since they are so together with these. */
    private static Map<String, JsonNode> maps(Map<String, JsonNode> documents) {
        Map<String, JsonNode> maps = new LinkedHashMap<>();
        for (int least = 2; least > 0; least--) {
            for (Map.Entry<String, JsonNode> document : documents.entrySet()) {
                Map<String, JsonNode> with = new LinkedHashMap<>(maps);
                with.put(document.getKey(), document.getValue());
                int alone = levels(Map.of(document.getKey(), document.getValue()));
                int together = levels(with);
                if (together > 0 && (alone == together || least == 1) && (maps.isEmpty() || levels(maps) == together)) {
                    maps.put(document.getKey(), document.getValue());
                }
            }
        }
        return maps;
    }

    /** The paths of the largest number of documents of one shape; of none if no two are alike, but for a single one. */
    private static Set<String> alike(Map<String, JsonNode> documents) {
        Map<String, Set<String>> names = new LinkedHashMap<>();
        documents.forEach((path, document) -> names.put(path, names(document)));
        List<String> largestFirst = names.keySet().stream()
                .sorted(Comparator.comparingInt(
                        path -> -Objects.requireNonNull(names.get(path)).size()))
                .toList();
        List<Set<String>> shapes = new ArrayList<>();
        List<Set<String>> members = new ArrayList<>();
        for (String path : largestFirst) {
            Set<String> own = Objects.requireNonNull(names.get(path));
            int shape = 0;
            while (shape < shapes.size() && !mostAreIn(own, shapes.get(shape))) {
                shape++;
            }
            if (shape == shapes.size()) {
                shapes.add(new HashSet<>());
                members.add(new TreeSet<>());
            }
            shapes.get(shape).addAll(own);
            members.get(shape).add(path);
        }
        Set<String> most =
                members.stream().max(Comparator.comparingInt(Set::size)).orElse(Set.of());
        return most.size() == 1 && documents.size() > 1 ? Set.of() : most;
    }

    private static boolean mostAreIn(Set<String> names, Set<String> shape) {
        return names.stream().filter(shape::contains).count() * 2 >= names.size();
    }

    /** Of a record, or of all records in an array. */
    private static Set<String> names(JsonNode document) {
        Set<String> names = new HashSet<>();
        if (document.isArray()) {
            document.forEach(record -> record.fieldNames().forEachRemaining(names::add));
        } else {
            document.fieldNames().forEachRemaining(names::add);
        }
        return names;
    }

    private void addAlone(String path, JsonNode document) {
        addAlike(path, Map.of(path, document));
    }

    private void addAlike(String pattern, Map<String, JsonNode> documents) {
        boolean arrays = documents.values().iterator().next().isArray();
        int levels = arrays ? 0 : levels(documents);
        boolean many = arrays || levels > 0;
        String named = pattern.contains("{}") && !many ? nameMember(pattern, documents) : "";
        boolean one = documents.size() == 1 && named.isEmpty();
        Found entity = new Found(entityName(pattern, one ? documents.keySet() : Set.of()));
        collect(entity, documents.values(), arrays ? 1 : levels);
        if (entity.records() == 0) {
            return;
        }
        String path = one ? documents.keySet().iterator().next() : pattern;
        String place = one ? "" : named;
        if (!one && named.isEmpty()) {
            place = entity.free(many ? "file" : "name");
            entity.placed().put(place, "text");
        }
        if (!one) {
            documents.keySet().forEach(each -> entity.placedValues().add(place(each, pattern)));
            entity.key().add(place);
        } else if (!many) {
            constant(entity, path);
        }
        String at = "";
        if (arrays) {
            at = "/[" + element(entity, documents.values(), one) + "]";
        }
        for (int level = 1; level <= levels; level++) {
            String field = stepField(entity, level, levels);
            entity.key().add(field);
            at += "/{" + field + "}";
        }
        entity.legacy().put("format", format);
        entity.legacy().put("path", path.replace("{}", "{" + place + "}"));
        if (!at.isEmpty()) {
            entity.legacy().put("at", at);
        }
        if (!place.isEmpty() && named.isEmpty() && at.isEmpty()) {
            entity.legacy().put("members", "{ %s: [] }".formatted(place)); // the application does not write it
        }
        found.add(entity);
    }

    /** One document that is one record is known by its file's name, which is always the same. */
    private static void constant(Found entity, String path) {
        String field = entity.free("name");
        String name = path.substring(path.lastIndexOf('/') + 1).replaceAll("\\.[^.]*$", "");
        entity.placed()
                .put(
                        field,
                        "{ type: text, in: [\"%s\"] }"
                                .formatted(name.replace("\\", "\\\\").replace("\"", "\\\"")));
        entity.key().add(field);
    }

    /** What the records of these paths are called. */
    static String entityName(String pattern) {
        return entityName(pattern, Set.of());
    }

    private static String entityName(String pattern, Set<String> paths) {
        String named = paths.size() == 1 ? paths.iterator().next() : pattern;
        String[] parts = named.split("/", -1);
        String file = parts[parts.length - 1].replaceAll("\\.[^.]*$", "");
        if (!file.startsWith("{}")) {
            if (parts.length > 1 && EVERYWHERE.contains(file) && !parts[parts.length - 2].equals("{}")) {
                return parts[parts.length - 2] + "_" + file;
            }
            return parts.length > 1 && parts[parts.length - 2].equals("{}")
                    ? (parts.length > 2 ? parts[parts.length - 3] + "_" : "") + file
                    : file;
        }
        return parts.length > 1 ? parts[parts.length - 2] : "documents";
    }

    /** How many levels of map lie above the records; 0 where a document is one. */
    private static int levels(Map<String, JsonNode> documents) {
        if (!documents.values().stream().allMatch(DocumentFolders::areMaps)) {
            return 0;
        }
        List<JsonNode> inner = new ArrayList<>();
        documents.values().forEach(document -> document.forEach(inner::add));
        if (areMapsOfRecords(inner)) {
            return 2;
        }
        return areMapsOfRecords(documents.values()) ? 1 : 0;
    }

    /** Objects of objects, whose names differ, while the names in these are the same again and again. */
    private static boolean areMapsOfRecords(Collection<JsonNode> maps) {
        Set<String> names = new HashSet<>();
        Map<String, Integer> innerNames = new LinkedHashMap<>();
        int records = 0;
        for (JsonNode map : maps) {
            if (map.isArray() && map.isEmpty()) {
                continue; // PHP's empty map
            }
            if (!map.isObject() || !areObjects(map)) {
                return false;
            }
            map.fieldNames().forEachRemaining(names::add);
            for (JsonNode each : map) {
                records++;
                each.fieldNames().forEachRemaining(name -> innerNames.merge(name, 1, Integer::sum));
            }
        }
        int most =
                innerNames.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return records > 1 && most * 2 > records && innerNames.size() <= records * 4 + 8;
    }

    private static void collect(Found entity, Collection<JsonNode> containers, int levels) {
        for (JsonNode container : containers) {
            if (levels == 0) {
                entity.addRecord(container);
            } else {
                List<JsonNode> inner = new ArrayList<>();
                container.forEach(inner::add);
                collect(entity, inner, levels - 1);
            }
        }
    }

    /** The member that says what the file's name says; empty if none does. */
    private static String nameMember(String pattern, Map<String, JsonNode> documents) {
        Found seen = new Found("");
        documents.values().forEach(seen::addRecord);
        for (Evidence member : seen.members().values()) {
            boolean says = member.isScalarKey()
                    && documents.entrySet().stream()
                            .allMatch(document -> document.getValue()
                                    .path(member.name())
                                    .asText()
                                    .equals(place(document.getKey(), pattern)));
            if (says) {
                return member.name();
            }
        }
        return "";
    }

    /** The member that numbers the elements of each array or tells those of the only one apart, or a name of our own for their place. */
    private static String element(Found entity, Collection<JsonNode> arrays, boolean one) {
        for (Evidence member : entity.members().values()) {
            boolean numbers = member.type(true).startsWith("int")
                    && NUMBERS.matcher(member.name()).matches()
                    && member.present() == entity.records()
                    && rises(member, arrays);
            boolean identifies = one
                    && member.name().equals("id")
                    && "text".equals(member.type(true))
                    && member.identifies(entity.records());
            if (numbers || identifies) {
                entity.key().add(member.name());
                return member.name();
            }
        }
        String field = entity.free("number");
        entity.placed().put(field, "int32");
        entity.key().add(field);
        return field;
    }

    private static boolean rises(Evidence member, Collection<JsonNode> arrays) {
        for (JsonNode array : arrays) {
            long last = Long.MIN_VALUE;
            for (JsonNode element : array) {
                JsonNode number = element.path(member.name());
                if (!number.isIntegralNumber() || number.asLong() <= last) {
                    return false;
                }
                last = number.asLong();
            }
        }
        return true;
    }

    private static String stepField(Found entity, int level, int levels) {
        String field = entity.free(level < levels ? "group" : "name");
        entity.placed().put(field, "text");
        return field;
    }
}
