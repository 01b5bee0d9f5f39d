package dev.changeover.app.process;

import dev.changeover.model.entity.Entity;
import dev.changeover.producer.gateway.Problem;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/** What an operator may name with {@code entity}. */
final class KnownEntities {
    private KnownEntities() {}

    /**
     * @param asked empty for all
     * @throws Problem 400 if there is none of this name, with those that there are
     */
    static void check(String asked, Collection<Entity> entities) {
        List<String> names = entities.stream().map(Entity::name).toList();
        if (!asked.isEmpty() && !names.contains(asked)) {
            throw Problem.badRequest("Invalid entity \"%s\": there are %s"
                    .formatted(asked, names.stream().collect(Collectors.joining(", "))));
        }
    }
}
