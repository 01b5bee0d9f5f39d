package dev.changeover.store.file.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.FieldError;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.NamesMet;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.json.ValueJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the objects of one entity's layout as records: members by their names in the file, the rest from where they stand. */
public final class RecordMembers {
    private static final Field ANY_JSON = Field.required(0, "unnamed", dev.changeover.model.entity.FieldType.JSON);

    private final Entity entity;
    private final Level top = new Level();
    private final List<List<String>> namesByField = new ArrayList<>();
    private final List<String> guests;

    /** What the members of an object are: the record's own, or one that holds some of its fields. */
    static final class Level {
        private final Map<String, Name> names = new HashMap<>();
        private final Map<String, Level> inner = new LinkedHashMap<>();
        /** Members that are records of other entities. */
        private final Set<String> others = new HashSet<>();

        private Level inside(String name) {
            return inner.computeIfAbsent(name, absent -> new Level());
        }

        /** Objects that hold fields of the record, by name. */
        Map<String, Level> inner() {
            return inner;
        }

        /** The name under which {@code field} stands here; null if it does not, or at the top. */
        @Nullable
        String nameOf(Field field) {
            for (Map.Entry<String, Name> name : names.entrySet()) {
                if (name.getValue().field().equals(field)) {
                    return name.getKey();
                }
            }
            return null;
        }

        boolean isAnothers(String name) {
            return others.contains(name);
        }

        /** Whether the record has a value of a field that stands here or further inside. */
        boolean holdsSome(EntityRecord entityRecord) {
            return names.values().stream().anyMatch(name -> entityRecord.value(name.field()) != Missing.ABSENT)
                    || inner.values().stream().anyMatch(level -> level.holdsSome(entityRecord));
        }
    }

    /**
     * @param rank 0 for the name that is written, others only count where no better one is there
     * @param checked whether it is only compared with what the place says, as the layout does not call it a member
     */
    private record Name(Field field, int rank, boolean checked) {}

    /** @param membersOf each field's names in the file, the written one first; none if it is known from its place alone */
    public RecordMembers(Entity entity, Function<String, List<String>> membersOf) {
        this(entity, membersOf, List.of());
    }

    /** @param others where in a record's object are records of other entities: names that lead there */
    public RecordMembers(Entity entity, Function<String, List<String>> membersOf, List<List<String>> others) {
        this(entity, membersOf, others, List.of());
    }

    /** @param guests members of a record's object that are lists or maps of other entities' records, and no part of this one's */
    public RecordMembers(
            Entity entity, Function<String, List<String>> membersOf, List<List<String>> others, List<String> guests) {
        this.entity = entity;
        this.guests = List.copyOf(guests);
        for (Field field : entity.fields()) {
            List<String> written = membersOf.apply(field.name());
            boolean inside = written.stream().anyMatch(name -> name.indexOf('/') >= 0);
            namesByField.add(inside ? List.of() : List.copyOf(written));
            for (int rank = 0; rank < written.size(); rank++) {
                String[] path = written.get(rank).split("/", -1);
                levelOf(List.of(path)).names.put(path[path.length - 1], new Name(field, rank, false));
            }
            if (written.isEmpty()) {
                top.names.putIfAbsent(field.name(), new Name(field, 0, true));
            }
        }
        for (List<String> other : others) {
            levelOf(other).others.add(other.get(other.size() - 1));
        }
    }

    private Level levelOf(List<String> path) {
        Level level = top;
        for (String name : path.subList(0, path.size() - 1)) {
            level = level.inside(name);
        }
        return level;
    }

    /** Whether the layout does not call {@code field} a member: it is known from the place of a record. */
    boolean isOfThePlace(Field field) {
        Name name = top.names.get(field.name());
        return name != null && name.checked() && name.field().equals(field);
    }

    /** Whether the member {@code name} of a record's object is there for other entities' records. */
    boolean isGuest(String name) {
        return guests.contains(name);
    }

    List<String> guests() {
        return guests;
    }

    Level top() {
        return top;
    }

    /** The names under which {@code field} stands in an object, the written one first; none if it stands further inside. */
    public List<String> namesOf(Field field) {
        return namesByField.get(field.ordinal());
    }

    /** Why the record would not come back from an object as it is; empty if it would. */
    public Optional<String> unfit(EntityRecord entityRecord) {
        for (String name : entityRecord.unnamed().keySet()) {
            if (isGuest(name)) {
                return Optional.of("%s: the files have other records under this name".formatted(name));
            }
            Name taken = top.names.get(name);
            if (taken != null && entityRecord.value(taken.field()) == Missing.ABSENT) {
                return Optional.of("%s: the files have %s under this name"
                        .formatted(name, taken.field().name()));
            }
        }
        return Optional.empty();
    }

    public Entity entity() {
        return entity;
    }

    /**
     * What is known of a record from the place where it stands.
     *
     * @param values by field ordinal; null where nothing is known. A member must agree, and may be left out
     * @param counted the field that may be left out and is then {@code values}' one, but need not agree with it; null for none
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Known(@Nullable Object[] values, @Nullable Field counted) {}

    /**
     * The record that {@code json} is.
     *
     * @throws InvalidRecordException with all that is wrong; with one error without a field if it is no JSON
     */
    public EntityRecord read(byte[] json, Known known) throws InvalidRecordException {
        try (JsonParser parser = StrictJson.parserOfKnownNames(json)) {
            parser.nextToken();
            EntityRecord entityRecord = new Reader(known).read(parser);
            StrictJson.end(parser);
            return entityRecord;
        } catch (IOException e) {
            throw new InvalidRecordException(
                    List.of(new FieldError("", InvalidJsonException.of(e).getMessage())));
        }
    }

    private final class Reader {
        private final Known known;
        private final EntityRecord.Builder builder = EntityRecord.of(entity);
        private final List<FieldError> errors = new ArrayList<>(0);
        private final boolean[] met = new boolean[entity.fields().size()];
        private final NamesMet names = new NamesMet();
        private @Nullable Map<String, JsonText> otherNames;

        Reader(Known known) {
            this.known = known;
        }

        EntityRecord read(JsonParser parser) throws IOException, InvalidRecordException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                throw new InvalidRecordException(
                        List.of(new FieldError("", "an object with the fields of %s is expected".formatted(entity))));
            }
            names.enter();
            for (String name = nextName(parser); name != null; name = nextName(parser)) {
                Name field = top.names.get(name);
                Level inside = top.inner.get(name);
                if (isGuest(name)) {
                    StrictJson.skip(parser);
                } else if (inside != null && parser.currentToken() == JsonToken.START_OBJECT) {
                    JsonText rest = readInside(inside, parser);
                    if (rest != null) {
                        setUnnamed(name, rest);
                    }
                } else if (field == null) {
                    readUnnamed(name, parser);
                } else if (field.rank() > 0) {
                    keepForLater(name, parser);
                } else {
                    readField(field, parser);
                }
            }
            if (otherNames != null) {
                settleOtherNames(otherNames);
            }
            settleWhatIsMissing();
            if (!errors.isEmpty()) {
                throw new InvalidRecordException(errors);
            }
            return builder.build();
        }

        /** The name of the next member of the object that the parser is in, which stands on its value then; null at the object's end. */
        private @Nullable String nextName(JsonParser parser) throws IOException {
            String name = parser.nextFieldName();
            if (name == null) {
                names.leave();
            } else if (names.add(name)) {
                parser.nextToken();
            } else {
                throw InvalidJsonException.duplicate(parser);
            }
            return name;
        }

        /** What of an inner object no field holds; null if there is nothing. An object without any member is something. */
        private @Nullable JsonText readInside(Level level, JsonParser parser) throws IOException {
            Map<String, JsonText> rest = new LinkedHashMap<>();
            boolean some = false;
            names.enter();
            for (String name = nextName(parser); name != null; name = nextName(parser)) {
                Name field = level.names.get(name);
                Level inside = level.inner.get(name);
                if (inside != null && parser.currentToken() == JsonToken.START_OBJECT) {
                    JsonText restInside = readInside(inside, parser);
                    if (restInside != null) {
                        rest.put(name, restInside);
                    }
                    some = true;
                } else if (field != null) {
                    readField(field, parser);
                    some = true;
                } else if (copyInside(name, parser, rest, level.isAnothers(name))) {
                    some = true;
                }
            }
            return rest.isEmpty() && some ? null : JsonMembers.object(rest);
        }

        /** Returns whether it is another entity's record, which is left to it; an empty one is none. */
        private boolean copyInside(String name, JsonParser parser, Map<String, JsonText> rest, boolean anothers)
                throws IOException {
            try {
                JsonText value = StrictJson.copy(parser);
                if (anothers && !value.equals(JsonText.EMPTY_OBJECT) && !value.equals(JsonText.NULL)) {
                    return true;
                }
                ValueJson.checked(NAME, name);
                rest.put(name, value);
            } catch (InvalidJsonException | InvalidValueException e) {
                report(name, String.valueOf(e.getMessage()));
            }
            return false;
        }

        private void setUnnamed(String name, JsonText value) {
            if (entity.unnamed() == Entity.Unnamed.REJECT) {
                report(name, "%s has no such field".formatted(entity));
            } else {
                builder.setUnnamed(name, value);
            }
        }

        private void readField(Name name, JsonParser parser) throws IOException {
            Field field = name.field();
            met[field.ordinal()] = !name.checked();
            try {
                set(field, ValueJson.read(parser, field));
            } catch (InvalidValueException e) {
                report(field.name(), e.getMessage());
            }
        }

        private void set(Field field, Object value) {
            Object fromPlace = known.values()[field.ordinal()];
            if (fromPlace != null && !field.equals(known.counted()) && !Canonical.same(field, value, fromPlace)) {
                report(
                        field.name(),
                        "it is %s here, but the place where the record stands says %s"
                                .formatted(shortened(value), shortened(fromPlace)));
                return;
            }
            builder.set(field, value);
        }

        private String shortened(Object value) {
            String text = value instanceof Missing ? "null" : '"' + ValueJson.text(value) + '"';
            return text.length() > 100 ? text.substring(0, 100) + "…" : text;
        }

        private void readUnnamed(String name, JsonParser parser) throws IOException {
            if (entity.unnamed() == Entity.Unnamed.REJECT) {
                parser.skipChildren();
                report(name, "%s has no such field".formatted(entity));
                return;
            }
            if (entity.fieldOrNull(name) != null) {
                parser.skipChildren();
                report(name, "a member of this name is not the field of this name; rename it in one of the two places");
                return;
            }
            try {
                // the name is checked as any text is: it may end up in a database
                builder.setUnnamed(name, StrictJson.copy(parser));
                ValueJson.checked(NAME, name);
            } catch (InvalidJsonException | InvalidValueException e) {
                report(name, String.valueOf(e.getMessage()));
            }
        }

        private void keepForLater(String name, JsonParser parser) throws IOException {
            if (otherNames == null) {
                otherNames = new java.util.LinkedHashMap<>();
            }
            try {
                otherNames.put(name, StrictJson.copy(parser));
            } catch (InvalidJsonException e) {
                report(name, e.getMessage());
            }
        }

        /** The best of a field's names counts; what stands under its other names is carried along, so that it is not lost. */
        private void settleOtherNames(Map<String, JsonText> others) {
            for (Field field : entity.fields()) {
                for (String name : namesOf(field)) {
                    JsonText value = others.get(name);
                    if (value != null && !met[field.ordinal()]) {
                        met[field.ordinal()] = true;
                        others.remove(name);
                        parse(field, value);
                    }
                }
            }
            others.forEach((name, value) -> {
                if (entity.unnamed() == Entity.Unnamed.REJECT || entity.fieldOrNull(name) != null) {
                    report(name, "the record has this value under two names");
                } else {
                    builder.setUnnamed(name, value);
                }
            });
        }

        private void parse(Field field, JsonText value) {
            try (JsonParser parser = StrictJson.factory().createParser(value.text())) {
                parser.nextToken();
                set(field, ValueJson.read(parser, field));
            } catch (IOException | InvalidValueException e) {
                report(field.name(), String.valueOf(e.getMessage()));
            }
        }

        private void settleWhatIsMissing() {
            for (Field field : entity.fields()) {
                if (met[field.ordinal()]) {
                    continue;
                }
                Object fromPlace = known.values()[field.ordinal()];
                if (fromPlace != null) {
                    builder.set(field, fromPlace);
                } else if (!field.optional()) {
                    report(field.name(), "it is missing");
                }
            }
        }

        private void report(String field, String message) {
            errors.add(new FieldError(field, message));
        }
    }

    private static final Field NAME = Field.required(0, "name", dev.changeover.model.entity.FieldType.TEXT);

    /** Whether two values of a member that the definition does not name are the same. */
    static boolean same(JsonText one, JsonText other) {
        return one.equals(other) || Canonical.same(ANY_JSON, one, other);
    }
}
