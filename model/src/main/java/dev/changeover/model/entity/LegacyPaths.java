package dev.changeover.model.entity;

import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.PathEncoding.UnfitException;
import dev.changeover.model.layout.PathPattern;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Which legacy file a record lives in, and whose a file is. Paths are relative to the legacy root, with {@code /}. */
public final class LegacyPaths {
    private final Map<String, Home> homes = new LinkedHashMap<>();

    /**
     * @param except paths that match and hold no records
     * @param children what lives in files that the key of this entity alone names
     */
    private record Home(Entity entity, List<Place> places, Set<String> except, List<ChildHome> children) {
        /** Fixed characters of the place that has {@code path}; less than 0 if none has. */
        int strength(String path) {
            int strongest = -1;
            for (Place place : places) {
                if (place.pattern().match(path).isPresent()) {
                    strongest = Math.max(strongest, place.pattern().literalLength());
                }
            }
            return strongest < 0 || except.contains(path) ? -1 : strongest;
        }
    }

    /**
     * @param unheld fields that records have no place for there
     */
    private record Place(PathPattern pattern, List<PathPattern> stronger, List<String> unheld) {}

    /** @param parentFields for each field in the child's pattern the field of the parent's key that it repeats */
    private record ChildHome(Home home, Map<String, String> parentFields) {}

    public LegacyPaths(Migration migration) {
        List<Entity> entities = migration.entities();
        for (Entity entity : entities) {
            List<PathPattern> patterns = patterns(entity);
            if (!patterns.isEmpty()) {
                List<Place> places = patterns.stream()
                        .map(pattern -> new Place(
                                pattern,
                                entities.stream()
                                        .flatMap(other -> patterns(other).stream())
                                        .filter(pattern::yieldsTo)
                                        .toList(),
                                unheld(entity, pattern)))
                        .toList();
                homes.put(entity.name(), new Home(entity, places, except(entity), new ArrayList<>()));
            }
        }
        for (Home child : homes.values()) {
            child.entity().parent().ifPresent(link -> addToParent(child, link, migration.entity(link.entity())));
        }
    }

    private void addToParent(Home child, Reference link, Entity parent) {
        Map<String, String> parentFields = new LinkedHashMap<>();
        for (int i = 0; i < link.fields().size(); i++) {
            parentFields.put(link.fields().get(i), parent.key().get(i).name());
        }
        Home home = homes.get(parent.name());
        if (home != null
                && child.places().stream()
                        .allMatch(place -> parentFields
                                .keySet()
                                .containsAll(place.pattern().fields()))) {
            home.children().add(new ChildHome(child, parentFields));
        }
    }

    /** The paths of an entity's files; empty if it has none. */
    public static List<PathPattern> patterns(Entity entity) {
        Layout layout = entity.legacy().orElse(null);
        if (layout instanceof DocumentLayout document) {
            return List.of(document.path());
        }
        return layout instanceof LinesLayout lines
                ? lines.kinds().stream().map(LinesLayout.Kind::path).toList()
                : List.of();
    }

    private static List<String> unheld(Entity entity, PathPattern pattern) {
        if (!(entity.legacy().orElse(null) instanceof LinesLayout lines)
                || lines.kinds().size() == 1) {
            return List.of();
        }
        return lines.kinds().stream()
                .filter(kind -> kind.path().equals(pattern))
                .flatMap(kind -> entity.fields().stream()
                        .map(Field::name)
                        .filter(field -> kind.membersOf(field).isEmpty()
                                && !pattern.fields().contains(field)))
                .toList();
    }

    private static Set<String> except(Entity entity) {
        return entity.legacy().orElse(null) instanceof DocumentLayout document ? document.except() : Set.of();
    }

    /** The first of the entities whose records {@code path} holds; empty for a file that is none of the migration's. */
    public Optional<Entity> owner(String path) {
        return owners(path).stream().findFirst();
    }

    /** The entities whose records {@code path} holds: several where they share documents, or records are parts of another one's lines. */
    public List<Entity> owners(String path) {
        int strongest = 0;
        List<Entity> owners = new ArrayList<>(1);
        for (Home home : homes.values()) { // asked for each file of a folder
            int strength = home.strength(path);
            if (strength > strongest) {
                owners.clear();
                strongest = strength;
            }
            if (strength == strongest) {
                owners.add(home.entity());
            }
        }
        return owners;
    }

    /**
     * The file that {@code record} lives in.
     *
     * @throws UnfitException if it cannot live in any: the message says why
     * @throws IllegalArgumentException if its entity has no legacy files
     */
    public String path(EntityRecord record) {
        return path(home(record.entity()), field -> ValueText.of(record.value(field)));
    }

    /**
     * The file that the record of {@code key} lives in, for an entity whose path is made of its key.
     *
     * @throws UnfitException if it cannot live in any: the message says why
     * @throws IllegalArgumentException if its entity has no legacy files, or a path that needs more than the key
     */
    public String path(RecordKey key) {
        return path(home(key.entity()), field -> ValueText.of(valueIn(key, field)));
    }

    /**
     * Why the legacy files can hold {@code record} under no name, or none under which its children could stand beside it; empty if
     * they can. A chat {@code x_session}, for one: its messages would be in {@code x_session.json}, which is the head of the chat {@code x}.
     */
    public Optional<String> unfit(EntityRecord record) {
        Home home = homes.get(record.entity().name());
        if (home == null) {
            return Optional.empty();
        }
        try {
            Place place = place(home, field -> ValueText.of(record.value(field)));
            path(home, field -> ValueText.of(record.value(field)));
            for (String field : place.unheld()) {
                if (record.value(field) != Missing.ABSENT) {
                    return Optional.of("%s: there is no place for it in %s".formatted(field, place.pattern()));
                }
            }
            for (ChildHome child : home.children()) {
                path(child.home(), field -> ValueText.of(record.value(parentField(child, field))));
            }
            return Optional.empty();
        } catch (UnfitException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    private static String parentField(ChildHome child, String field) {
        String parentField = child.parentFields().get(field);
        if (parentField == null) {
            throw new IllegalStateException("%s is not in the parent's key".formatted(field));
        }
        return parentField;
    }

    private Home home(Entity entity) {
        Home home = homes.get(entity.name());
        if (home == null) {
            throw new IllegalArgumentException("Invalid entity %s: it has no legacy files".formatted(entity));
        }
        return home;
    }

    /** Of several places the key says which one it is. */
    private static Place place(Home home, Function<String, String> texts) {
        Place unnumbered = null;
        for (Place place : home.places()) {
            Optional<String> numbered = place.pattern().numbered();
            if (numbered.isEmpty()) {
                unnumbered = place;
            } else if (PathPattern.saysFileAndLine(texts.apply(numbered.get()))) {
                return place;
            }
        }
        return unnumbered == null ? home.places().get(0) : unnumbered;
    }

    private static String path(Home home, Function<String, String> texts) {
        Place place = place(home, texts);
        String path = place.pattern().path(texts);
        if (home.except().contains(path)) {
            throw new UnfitException("Cannot make a file name of %s: %s is another file of the application"
                    .formatted(String.join(", ", place.pattern().fields()), path));
        }
        for (PathPattern stronger : place.stronger()) {
            if (stronger.match(path).isPresent()) {
                throw new UnfitException("Cannot make a file name of %s: %s is one of %s"
                        .formatted(String.join(", ", place.pattern().fields()), path, stronger));
            }
        }
        return path;
    }

    private static Object valueIn(RecordKey key, String field) {
        int index = key.entity().key().indexOf(key.entity().field(field));
        if (index < 0) {
            throw new IllegalArgumentException(
                    "Invalid key %s: the path needs %s, which is no part of it".formatted(key, field));
        }
        return key.values().get(index);
    }
}
