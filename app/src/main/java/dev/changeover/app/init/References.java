package dev.changeover.app.init;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Fields whose values are all keys of another entity. */
final class References {
    /** Small whole numbers are keys of everything: then the name must say it. */
    private static final int FEW = 3;

    private References() {}

    static void find(List<Found> entities) {
        for (Found entity : entities) {
            for (Found other : entities) {
                if (other != entity && !other.keyValues().isEmpty()) {
                    find(entity, other);
                }
            }
        }
    }

    private static void find(Found entity, Found other) {
        Set<String> keys = other.keyValues();
        for (Evidence member : entity.members().values()) {
            boolean sameType = member.type(true).equals(keyType(other))
                    && (!entity.key().contains(member.name()) || entity.key().size() > 1);
            if (sameType
                    && member.isScalarKey()
                    && member.isComplete()
                    && keys.containsAll(member.values())
                    && says(member, other)) {
                entity.references().putIfAbsent(member.name(), other);
            }
        }
        if (entity.key().size() > 1
                && "text".equals(entity.placed().get(entity.key().get(0)))
                && "text".equals(keyType(other))
                && keys.containsAll(entity.placedValues())
                && !entity.placedValues().isEmpty()) {
            entity.references().putIfAbsent(entity.key().get(0), other);
        }
    }

    private static String keyType(Found other) {
        Evidence key = other.members().get(other.key().get(0));
        return key == null ? "text" : key.type(true);
    }

    /** By its name, or by its values: many different texts that are all keys are no chance. */
    private static boolean says(Evidence member, Found other) {
        String name = member.name().toLowerCase(Locale.ROOT);
        String singular = other.name().toLowerCase(Locale.ROOT).replaceAll("s$", "");
        Set<String> names = new HashSet<>(List.of(singular + "_id", singular + "id", other.name() + "_id"));
        String key = other.key().get(0).toLowerCase(Locale.ROOT);
        if (!key.equals("id") && !key.equals("name")) {
            names.add(key);
        }
        boolean named =
                names.contains(name) || (name.endsWith("_id") && singular.endsWith(name.replaceAll("_id$", "")));
        return named || (member.type(true).equals("text") && member.values().size() > FEW && !name.equals("name"));
    }
}
