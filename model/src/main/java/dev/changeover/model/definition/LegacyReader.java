package dev.changeover.model.definition;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.DocumentLayout.KeyedStep;
import dev.changeover.model.layout.DocumentLayout.ListStep;
import dev.changeover.model.layout.DocumentLayout.MapStep;
import dev.changeover.model.layout.DocumentLayout.MemberStep;
import dev.changeover.model.layout.DocumentLayout.Step;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.LinesLayout.Kind;
import dev.changeover.model.layout.PathPattern;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads an entity's {@code legacy}: where its records are in the legacy files. */
final class LegacyReader {
    private static final Pattern STEP = Pattern.compile("/(?:\\{([^{}/]*)}|\\[([^\\[\\]/]*)]|([^{}\\[\\]/]+))");
    private static final Set<FieldType.Kind> NEVER_IN_A_PATH =
            EnumSet.of(FieldType.Kind.JSON, FieldType.Kind.BYTES, FieldType.Kind.FLOAT32, FieldType.Kind.FLOAT64);

    private final Source source;
    private final JsonStyle style;
    private final FieldReader fields;

    /** @param style that of layouts which name none */
    LegacyReader(Source source, JsonStyle style) {
        this.source = source;
        this.style = style;
        this.fields = new FieldReader(source);
    }

    /** The style that {@code section} names. */
    static JsonStyle style(Section section, JsonStyle otherwise) {
        return JsonStyle.of(section.word("style", otherwise.word(), JsonStyle.words()));
    }

    /** Several kinds of JSON lines. */
    @Nullable
    Layout read(Draft draft, List<Section> kinds) {
        List<Kind> read = new ArrayList<>();
        for (Section kind : kinds) {
            int before = source.problems();
            Layout layout = read(draft, kind);
            if (layout instanceof LinesLayout lines) {
                read.addAll(lines.kinds());
            } else if (source.problems() == before) {
                source.problem(
                        kind.placeOf("format"),
                        "Invalid legacy of %s: where it is a list, each of it is jsonl".formatted(draft.name));
            }
        }
        if (read.isEmpty()) {
            return null;
        }
        List<Kind> unnumbered = read.stream().filter(kind -> !kind.isNumbered()).toList();
        if (unnumbered.size() > 1) {
            source.problem(
                    kinds.get(0).place(),
                    "Invalid legacy of %s: a key must say in which file its record is; of several paths all but one have a place such as {%s:file}"
                            .formatted(
                                    draft.name,
                                    draft.key.isEmpty()
                                            ? "id"
                                            : draft.keyNames().get(0)));
            return null;
        }
        return new LinesLayout(read);
    }

    @Nullable
    Layout read(Draft draft, Section legacy) {
        String format = legacy.word("format", "json", "json", "jsonl", "yaml", "markdown", "sqlite");
        if (format.equals("sqlite")) {
            return table(draft, legacy);
        }
        legacy.expecting("format", "path", "except", "at", "members", "style").requiring("format", "path");
        JsonStyle own = style(legacy, style);
        Scalar pathText = legacy.scalar("path");
        PathPattern path = pathText == null ? null : path(draft, pathText);
        Scalar atText = legacy.scalar("at");
        boolean lines = format.equals("jsonl");
        List<Step> at = atText == null || lines ? List.of() : at(draft, atText);
        Map<String, List<String>> members = members(draft, legacy.section("members"));
        List<String> inside = atText == null || !lines ? List.of() : inside(draft, atText, path);
        Set<String> except = except(draft, legacy, path);
        if (path == null || pathText == null) {
            return null;
        }
        if (path.numbered().isPresent() && !lines) {
            source.problem(
                    pathText.place(),
                    "Invalid path of %s: {%s:file} is for jsonl, whose lines have numbers"
                            .formatted(draft.name, path.numbered().get()));
        }
        checkMembersInside(draft, members, legacy);
        if (lines) {
            checkThatLinesHaveKeys(draft, path, pathText);
            path.numbered().ifPresent(field -> members.putIfAbsent(field, List.of()));
            return new LinesLayout(List.of(new Kind(path, inside, members, List.of(), own)));
        }
        draft.key.stream()
                .filter(Field::isConstant)
                .filter(field -> !path.fields().contains(field.name()))
                .forEach(field -> members.putIfAbsent(field.name(), List.of()));
        checkThatKeysDiffer(draft, path, pathText, at);
        if (!at.isEmpty()) {
            path.fields().forEach(field -> members.putIfAbsent(field, List.of()));
            at.stream()
                    .filter(MapStep.class::isInstance)
                    .flatMap(step -> step.fields().stream())
                    .forEach(field -> members.putIfAbsent(field, List.of()));
        }
        checkMembersDiffer(draft, members, legacy);
        DocumentLayout.Form form = form(format);
        if (form == DocumentLayout.Form.MARKDOWN) {
            checkMarkdown(draft, legacy, path, members, at);
        }
        return new DocumentLayout(form, path, except, at, members, own, DocumentLayout.Sharing.NONE);
    }

    private static DocumentLayout.Form form(String format) {
        return switch (format) {
            case "yaml" -> DocumentLayout.Form.YAML;
            case "markdown" -> DocumentLayout.Form.MARKDOWN;
            default -> DocumentLayout.Form.JSON;
        };
    }

    /** A page has two members, and all else of the record is in the file's name. */
    private void checkMarkdown(
            Draft draft, Section legacy, PathPattern path, Map<String, List<String>> members, List<Step> at) {
        if (!at.isEmpty()) {
            source.problem(
                    legacy.placeOf("at"),
                    "Invalid \"at\" of %s: a Markdown document is one record".formatted(draft.name));
        }
        for (Field field : draft.fields.values()) {
            List<String> names = members.getOrDefault(field.name(), List.of(field.name()));
            boolean inPath = path.fields().contains(field.name());
            boolean member = names.equals(List.of("frontmatter")) || names.equals(List.of("content"));
            if (!inPath && !member && !names.isEmpty()) {
                source.problem(
                        legacy.place(),
                        "Invalid legacy of %s: Markdown has the members frontmatter and content, and none for %s"
                                .formatted(draft.name, field.name()));
            }
            if (inPath) {
                members.putIfAbsent(field.name(), List.of());
            }
        }
    }

    /** A table of an SQLite file; its columns are written as those of the target are. */
    private @Nullable Layout table(Draft draft, Section legacy) {
        legacy.expecting("format", "path", "table", "columns").requiring("format", "path", "table");
        Scalar pathText = legacy.scalar("path");
        PathPattern path = pathText == null ? null : path(draft, pathText);
        if (path == null || pathText == null) {
            return null;
        }
        if (!path.fields().isEmpty()) {
            source.problem(
                    pathText.place(),
                    "Invalid path of %s: a table is in one SQLite file, whose name has no places for fields"
                            .formatted(draft.name));
        }
        return new TargetReader(source).table(draft, legacy, pathText.text());
    }

    /** Where in a line the record is: {@code /chosen/reward}. */
    private List<String> inside(Draft draft, Scalar text, @Nullable PathPattern path) {
        if (!text.text().matches("(/[^/\\[\\]{}]+)+")) {
            source.problem(
                    text.place(),
                    "Invalid \"at\" of %s: in jsonl it leads to an object inside a line by members' names, as in /chosen/reward"
                            .formatted(draft.name));
            return List.of();
        }
        if (path != null && path.numbered().isEmpty()) {
            source.problem(
                    text.place(),
                    "Invalid \"at\" of %s: records inside lines are found by the line's number; write {field:file} in path"
                            .formatted(draft.name));
        }
        return List.of(text.text().substring(1).split("/", -1));
    }

    private void checkThatLinesHaveKeys(Draft draft, PathPattern path, Scalar pathText) {
        if (path.numbered().isPresent() && !draft.keyNames().equals(path.fields()) && !draft.key.isEmpty()) {
            source.problem(
                    pathText.place(),
                    "Invalid path of %s: {%s:file} must be its only place and its whole key, since file and line say which record it is"
                            .formatted(draft.name, path.numbered().get()));
        }
    }

    /** A member inside another one has one name, and holds no part of a key. */
    private void checkMembersInside(Draft draft, Map<String, List<String>> members, Section legacy) {
        members.forEach((field, names) -> {
            if (names.stream().anyMatch(name -> name.contains("/"))
                    && (names.size() > 1 || draft.keyNames().contains(field))) {
                source.problem(
                        legacy.placeOf("members"),
                        "Invalid members of %s: %s stands inside another member, so it has one name and is no key field"
                                .formatted(draft.name, field));
            }
        });
    }

    private @Nullable PathPattern path(Draft draft, Scalar text) {
        PathPattern path;
        try {
            path = PathPattern.parse(text.text());
        } catch (IllegalArgumentException e) {
            source.problem(text.place(), String.valueOf(e.getMessage()));
            return null;
        }
        String where = "path of " + draft.name;
        for (String name : path.fields()) {
            Scalar place = text.part(name, text.text().indexOf("{" + name) + 1);
            Field field = fields.named(draft, place, where);
            if (field == null || draft.broken.contains(name)) {
                continue;
            }
            if (NEVER_IN_A_PATH.contains(field.type().kind())) {
                source.problem(place.place(), "Invalid %s: {%s} is %s".formatted(where, name, field.type()));
            }
            if (path.numbered().filter(name::equals).isPresent() && field.type().kind() != FieldType.Kind.TEXT) {
                source.problem(
                        place.place(),
                        "Invalid %s: {%s:file} is for text, %s is %s".formatted(where, name, name, field.type()));
            }
            if (path.isLower(name) && field.type().kind() != FieldType.Kind.TEXT) {
                source.problem(
                        place.place(),
                        "Invalid %s: {%s:lower} is for text, %s is %s".formatted(where, name, name, field.type()));
            }
            if (field.nullable() || field.optional()) {
                source.problem(
                        place.place(),
                        "Invalid %s: {%s} must always have a value; declare it as %s"
                                .formatted(where, name, field.type()));
            }
        }
        return path;
    }

    private List<Step> at(Draft draft, Scalar text) {
        List<Step> steps = new ArrayList<>();
        Matcher matcher = STEP.matcher(text.text());
        int end = 0;
        boolean lists = false;
        while (end < text.text().length() && matcher.find(end) && matcher.start() == end && !lists) {
            if (matcher.group(3) != null) {
                steps.add(new MemberStep(matcher.group(3)));
            } else {
                lists = matcher.group(2) != null;
                String names = lists ? matcher.group(2) : matcher.group(1);
                steps.add(
                        lists
                                ? list(draft, text, names, matcher.start() + 2)
                                : map(draft, text, names, matcher.start() + 2));
            }
            end = matcher.end();
        }
        if (!steps.isEmpty() && steps.get(steps.size() - 1) instanceof MemberStep) {
            end = 0;
        }
        if (end < text.text().length() || end == 0) {
            source.problem(
                    text.placeOf(end),
                    "Invalid \"at\" of %s: write /name for a member, then /{field} for a map whose names are that field, or /[field] for an array whose elements carry that field"
                            .formatted(draft.name));
        }
        return steps;
    }

    private Step map(Draft draft, Scalar text, String fieldName, int at) {
        Scalar name = text.part(fieldName, at);
        checkStep(draft, fields.named(draft, name, "at of " + draft.name), name);
        return new MapStep(fieldName);
    }

    private Step list(Draft draft, Scalar text, String names, int at) {
        List<String> keys = new ArrayList<>();
        int from = at;
        FieldType.@Nullable Kind kind = null;
        for (String each : names.split(",", -1)) {
            Scalar name = text.part(each.strip(), from);
            from += each.length() + 1;
            Field field = fields.named(draft, name, "at of " + draft.name);
            checkStep(draft, field, name);
            kind = field == null || draft.broken.contains(field.name())
                    ? FieldType.Kind.TEXT
                    : field.type().kind();
            keys.add(name.text());
        }
        boolean number = keys.size() == 1 && (kind == FieldType.Kind.INT32 || kind == FieldType.Kind.INT64);
        return number ? new ListStep(keys.get(0)) : new KeyedStep(keys);
    }

    private void checkStep(Draft draft, @Nullable Field field, Scalar name) {
        if (field != null && !draft.broken.contains(field.name()) && !draft.key.contains(field)) {
            source.problem(
                    name.place(),
                    "Invalid \"at\" of %s: %s is not part of its key".formatted(draft.name, field.name()));
        }
    }

    private Set<String> except(Draft draft, Section legacy, @Nullable PathPattern path) {
        Set<String> except = new LinkedHashSet<>();
        for (Scalar file : legacy.scalars("except")) {
            if (path != null && path.match(file.text()).isEmpty()) {
                source.problem(
                        file.place(),
                        "Invalid except of %s: \"%s\" is not one of %s".formatted(draft.name, file.text(), path));
            }
            except.add(file.text());
        }
        return except;
    }

    /** Two keys must never have one place in one file. */
    private void checkThatKeysDiffer(Draft draft, PathPattern path, Scalar pathText, List<Step> at) {
        Set<String> placed = new LinkedHashSet<>(path.fields());
        at.forEach(step -> placed.addAll(step.fields()));
        for (Field key : draft.key) {
            if (!placed.contains(key.name()) && !key.isConstant()) {
                source.problem(
                        pathText.place(),
                        "Invalid path of %s: key field %s stands neither in path nor in at, so two records would have one place"
                                .formatted(draft.name, key.name()));
            }
        }
        for (String name : path.fields()) {
            Field field = draft.fields.get(name);
            if (field != null && !draft.key.isEmpty() && !draft.key.contains(field)) {
                source.problem(
                        pathText.place(),
                        "Invalid path of %s: {%s} is not part of its key %s, so a record would move when it changes"
                                .formatted(draft.name, name, draft.keyNames()));
            }
        }
    }

    private Map<String, List<String>> members(Draft draft, @Nullable Section section) {
        Map<String, List<String>> members = new LinkedHashMap<>();
        if (section == null) {
            return members;
        }
        for (Section.Entry entry : section.entries()) {
            Field field = fields.named(draft, entry.name(), "members of " + draft.name);
            List<String> names = new ArrayList<>();
            for (Scalar name : source.scalars(entry.value(), "members of " + draft.name)) {
                if (names.contains(name.text())) {
                    source.problem(
                            name.place(), "Duplicate \"%s\" in members of %s".formatted(name.text(), draft.name));
                }
                names.add(name.text());
            }
            if (field != null) {
                members.put(field.name(), names);
            }
        }
        return members;
    }

    private void checkMembersDiffer(Draft draft, Map<String, List<String>> members, Section legacy) {
        Map<String, String> owners = new HashMap<>();
        for (String field : draft.fields.keySet()) {
            for (String member : members.getOrDefault(field, List.of(field))) {
                String owner = owners.putIfAbsent(member, field);
                if (owner != null && !owner.equals(field)) {
                    source.problem(
                            legacy.placeOf("members"),
                            "Duplicate member \"%s\" of %s: both %s and %s would stand there"
                                    .formatted(member, draft.name, owner, field));
                }
            }
        }
    }
}
