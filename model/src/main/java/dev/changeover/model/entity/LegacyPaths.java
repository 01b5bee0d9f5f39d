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
import java.util.function.Function;

/** Which legacy file a record lives in, and whose a file is. Paths are relative to the legacy root, with {@code /}. */
public final class LegacyPaths {
    private final Map<String, Home> homes = new LinkedHashMap<>();

    /**
     * @param stronger the patterns that own some of the files that {@code pattern} matches
     * @param children what lives in files that the key of this entity alone names
     */
    private record Home(Entity entity, PathPattern pattern, List<PathPattern> stronger, List<ChildHome> children) {}

    /** @param parentFields for each field in the child's pattern the field of the parent's key that it repeats */
    private record ChildHome(Home home, Map<String, String> parentFields) {}

    public LegacyPaths(Migration migration) {
        List<Entity> entities = migration.entities();
        for (Entity entity : entities) {
            pattern(entity).ifPresent(pattern -> {
                List<PathPattern> stronger = entities.stream()
                        .flatMap(other -> pattern(other).stream())
                        .filter(pattern::yieldsTo)
                        .toList();
                homes.put(entity.name(), new Home(entity, pattern, stronger, new ArrayList<>()));
            });
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
        if (home != null && parentFields.keySet().containsAll(child.pattern().fields())) {
            home.children().add(new ChildHome(child, parentFields));
        }
    }

    private static Optional<PathPattern> pattern(Entity entity) {
        Layout layout = entity.legacy().orElse(null);
        if (layout instanceof DocumentLayout document) {
            return Optional.of(document.path());
        }
        return layout instanceof LinesLayout lines ? Optional.of(lines.path()) : Optional.empty();
    }

    /** The entity whose records {@code path} holds; empty for a file that is none of the migration's. */
    public Optional<Entity> owner(String path) {
        Home owner = null;
        for (Home home : homes.values()) {
            if ((owner == null
                            || home.pattern().literalLength() > owner.pattern().literalLength())
                    && home.pattern().match(path).isPresent()) {
                owner = home;
            }
        }
        return Optional.ofNullable(owner).map(Home::entity);
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
            path(home, field -> ValueText.of(record.value(field)));
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

    private static String path(Home home, Function<String, String> texts) {
        String path = home.pattern().path(texts);
        for (PathPattern stronger : home.stronger()) {
            if (stronger.match(path).isPresent()) {
                throw new UnfitException("Cannot make a file name of %s: %s is one of %s"
                        .formatted(String.join(", ", home.pattern().fields()), path, stronger));
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
