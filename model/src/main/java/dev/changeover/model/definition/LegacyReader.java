package dev.changeover.model.definition;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType.Kind;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.DocumentLayout.ListStep;
import dev.changeover.model.layout.DocumentLayout.MapStep;
import dev.changeover.model.layout.DocumentLayout.Step;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
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
    private static final Pattern STEP = Pattern.compile("/(?:\\{([^{}/]*)}|\\[([^\\[\\]/]*)])");
    private static final Set<Kind> NEVER_IN_A_PATH = EnumSet.of(Kind.JSON, Kind.BYTES, Kind.FLOAT32, Kind.FLOAT64);

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
        return section.word("style", otherwise.word(), "plain", "php").equals("php") ? JsonStyle.PHP : JsonStyle.PLAIN;
    }

    @Nullable
    Layout read(Draft draft, Section legacy) {
        String format = legacy.word("format", "json", "json", "jsonl", "sqlite");
        if (format.equals("sqlite")) {
            return table(draft, legacy);
        }
        legacy.expecting("format", "path", "at", "members", "style").requiring("format", "path");
        JsonStyle own = style(legacy, style);
        Scalar pathText = legacy.scalar("path");
        PathPattern path = pathText == null ? null : path(draft, pathText);
        Scalar atText = legacy.scalar("at");
        List<Step> at = atText == null ? List.of() : at(draft, atText);
        Map<String, List<String>> members = members(draft, legacy.section("members"));
        if (format.equals("jsonl") && atText != null) {
            source.problem(
                    atText.place(), "Invalid \"at\" in %s: each line of jsonl is a record".formatted(legacy.label()));
        }
        if (path == null || pathText == null) {
            return null;
        }
        if (format.equals("jsonl")) {
            return new LinesLayout(path, members, own);
        }
        checkThatKeysDiffer(draft, path, pathText, at);
        if (!at.isEmpty()) {
            path.fields().forEach(field -> members.putIfAbsent(field, List.of()));
            at.stream().filter(MapStep.class::isInstance).forEach(step -> members.putIfAbsent(step.field(), List.of()));
        }
        checkMembersDiffer(draft, members, legacy);
        return new DocumentLayout(path, at, members, own);
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
            if (path.isLower(name) && field.type().kind() != Kind.TEXT) {
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
        while (end < text.text().length() && matcher.find(end) && matcher.start() == end) {
            boolean map = matcher.group(1) != null;
            Scalar name = text.part(map ? matcher.group(1) : matcher.group(2), matcher.start() + 2);
            Field field = fields.named(draft, name, "at of " + draft.name);
            if (field != null) {
                steps.add(map ? new MapStep(name.text()) : new ListStep(name.text()));
                checkStep(draft, field, name, map);
            }
            end = matcher.end();
        }
        if (end < text.text().length() || end == 0) {
            source.problem(
                    text.placeOf(end),
                    "Invalid \"at\" of %s: write /{field} for a map whose names are that field, /[field] for an array whose elements carry that number"
                            .formatted(draft.name));
        }
        return steps;
    }

    private void checkStep(Draft draft, Field field, Scalar name, boolean map) {
        if (draft.broken.contains(field.name())) {
            return;
        }
        Kind kind = field.type().kind();
        if (!draft.key.contains(field)) {
            source.problem(
                    name.place(),
                    "Invalid \"at\" of %s: %s is not part of its key".formatted(draft.name, field.name()));
        }
        if (!map && kind != Kind.INT32 && kind != Kind.INT64) {
            source.problem(
                    name.place(),
                    "Invalid \"at\" of %s: elements of an array carry a number, int32 or int64, but %s is %s"
                            .formatted(draft.name, field.name(), field.type()));
        }
    }

    /** Two keys must never have one place in one file. */
    private void checkThatKeysDiffer(Draft draft, PathPattern path, Scalar pathText, List<Step> at) {
        Set<String> placed = new LinkedHashSet<>(path.fields());
        at.forEach(step -> placed.add(step.field()));
        for (Field key : draft.key) {
            if (!placed.contains(key.name())) {
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
