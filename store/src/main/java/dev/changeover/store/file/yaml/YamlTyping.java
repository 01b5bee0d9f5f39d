package dev.changeover.store.file.yaml;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.DocumentLayout.MapStep;
import dev.changeover.model.layout.DocumentLayout.MemberStep;
import dev.changeover.model.layout.DocumentLayout.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where in an entity's documents its fields are: there, a scalar without quotes is what the field's type says, and elsewhere what YAML 1.1 does. */
final class YamlTyping {
    /** Nothing is any entity's. */
    static final YamlTyping NONE = new YamlTyping(List.of(), Map.of());

    private final List<Step> at;
    private final Map<String, Field> fields;

    private YamlTyping(List<Step> at, Map<String, Field> fields) {
        this.at = at;
        this.fields = fields;
    }

    static YamlTyping of(Entity entity, DocumentLayout layout) {
        Map<String, Field> fields = new HashMap<>();
        for (Field field : entity.fields()) {
            layout.membersOf(field.name()).forEach(name -> fields.put(name, field));
        }
        return new YamlTyping(layout.at(), fields);
    }

    Place root() {
        return this == NONE ? Place.ELSEWHERE : new Place(this, 0, null);
    }

    /**
     * What is known of a value.
     *
     * @param step how many steps lead to it; -1 where nothing is known
     * @param field the field that it is the value of; null if of none
     */
    record Place(YamlTyping typing, int step, @Nullable Field field) {
        static final Place ELSEWHERE = new Place(NONE, -1, null);

        Place member(String name) {
            if (step < 0) {
                return ELSEWHERE;
            }
            if (step == typing.at.size()) {
                Field member = typing.fields.get(name);
                return member == null ? ELSEWHERE : new Place(typing, -1, member);
            }
            Step next = typing.at.get(step);
            boolean leads = next instanceof MapStep
                    || (next instanceof MemberStep wanted && wanted.name().equals(name));
            return leads ? new Place(typing, step + 1, null) : ELSEWHERE;
        }

        Place element() {
            boolean leads = step >= 0
                    && step < typing.at.size()
                    && !(typing.at.get(step) instanceof MapStep)
                    && !(typing.at.get(step) instanceof MemberStep);
            return leads ? new Place(typing, step + 1, null) : ELSEWHERE;
        }
    }
}
