package dev.changeover.model.definition;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Total;
import dev.changeover.model.layout.Layout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An entity as far as it has been read; filled in one step after the other. */
final class Draft {
    final String name;
    final Section section;
    /** By name, in declared order. */
    final Map<String, Field> fields = new LinkedHashMap<>();
    /** Those whose type could not be read: they are there, so that nothing else is reported because of them. */
    final Set<String> broken = new HashSet<>();

    final List<Field> key = new ArrayList<>();
    final List<Reference> references = new ArrayList<>();
    final List<Total> totals = new ArrayList<>();
    Entity.Unnamed unnamed = Entity.Unnamed.KEEP;

    @Nullable
    Field expires;

    @Nullable
    Layout legacy;

    @Nullable
    Layout target;

    Draft(String name, Section section) {
        this.name = name;
        this.section = section;
    }

    /** {@code messages.created_at}. */
    String label(String field) {
        return name + "." + field;
    }

    List<String> keyNames() {
        return key.stream().map(Field::name).toList();
    }

    Entity entity() {
        return new Entity(
                name, List.copyOf(fields.values()), key, references, unnamed, legacy, target, totals, expires);
    }
}
