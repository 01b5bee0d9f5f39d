package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.json.InvalidValueException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.ValueJson;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request's query, decoded once and strictly; a name stands in it at most once.
 *
 * <p>Every method throws {@link Problem} 400 for a value that cannot be.
 */
record Query(Map<String, String> parameters) {
    static final int MAX_LIMIT = 1000;
    private static final int DEFAULT_LIMIT = 100;
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final Set<String> OURS = Set.of("limit", "after", "side");

    /** @param raw as it was sent, without the question mark; null for none */
    static Query parse(@Nullable String raw) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String part : raw == null ? List.<String>of() : List.of(raw.split("&", -1))) {
            if (part.isEmpty()) {
                continue;
            }
            int equals = part.indexOf('=');
            String name = decode(equals < 0 ? part : part.substring(0, equals));
            if (parameters.put(name, equals < 0 ? "" : decode(part.substring(equals + 1))) != null) {
                throw Problem.badRequest("Invalid query: \"%s\" stands in it twice".formatted(name));
            }
        }
        return new Query(parameters);
    }

    private static String decode(String raw) {
        return PercentEncoding.decode(raw.replace("+", "%20"));
    }

    Writes.Wait until() {
        @Nullable String wait = parameters.get("wait");
        if (wait == null) {
            return Writes.Wait.PRIMARY;
        }
        return switch (wait) {
            case "published" -> Writes.Wait.PUBLISHED;
            case "primary" -> Writes.Wait.PRIMARY;
            case "both" -> Writes.Wait.BOTH;
            default -> throw Problem.badRequest("Invalid wait \"%s\": published, primary or both".formatted(wait));
        };
    }

    /** How long to wait; what is longer than {@code most} is cut to it. */
    Duration timeout(Duration byDefault, Duration most) {
        @Nullable String timeout = parameters.get("timeout_ms");
        if (timeout == null) {
            return byDefault;
        }
        if (!NUMBER.matcher(timeout).matches()) {
            throw Problem.badRequest("Invalid timeout_ms \"%s\": whole milliseconds".formatted(timeout));
        }
        Duration wanted = Duration.ofMillis(Long.parseLong(timeout));
        return wanted.compareTo(most) > 0 ? most : wanted;
    }

    /** The side that is asked for by name. */
    Optional<Side> side() {
        @Nullable String side = parameters.get("side");
        if (side == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Side.of(side));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    int limit() {
        @Nullable String limit = parameters.get("limit");
        if (limit == null) {
            return DEFAULT_LIMIT;
        }
        if (!NUMBER.matcher(limit).matches() || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > MAX_LIMIT) {
            throw Problem.badRequest("Invalid limit \"%s\": 1 to %d".formatted(limit, MAX_LIMIT));
        }
        return Integer.parseInt(limit);
    }

    /** The key after which the page begins; null for the first page. */
    @Nullable
    RecordKey after(Migration migration, Entity entity) {
        @Nullable String after = parameters.get("after");
        if (after == null) {
            return null;
        }
        try {
            RecordKey key = KeyJson.read(migration, Base64.getUrlDecoder().decode(after));
            if (key.entity().name().equals(entity.name())) {
                return key;
            }
        } catch (IllegalArgumentException | MalformedEventException e) {
            throw invalidCursor();
        }
        throw invalidCursor();
    }

    /** The cursor that {@link #after} reads. */
    static String cursor(RecordKey last) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(last.bytes());
    }

    /** Fields and the values that they must have. */
    Map<String, Object> filters(Entity entity) {
        Map<String, Object> equal = new LinkedHashMap<>();
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            String name = parameter.getKey();
            if (!OURS.contains(name)) {
                equal.put(name, filter(entity, name, parameter.getValue()));
            }
        }
        return equal;
    }

    private static Object filter(Entity entity, String name, String value) {
        @Nullable Field field = entity.fieldOrNull(name);
        if (field == null) {
            throw Problem.invalid(
                    "Invalid filter: %s has no field \"%s\"".formatted(entity.name(), name),
                    List.of(new Problem.FieldFault(name, "there is no such field")));
        }
        if (field.type().kind() == FieldType.Kind.JSON) {
            throw Problem.invalid(
                    "Invalid filter: %s is JSON".formatted(name),
                    List.of(new Problem.FieldFault(name, "JSON fields cannot be filtered by")));
        }
        try {
            return ValueJson.parse(field, value);
        } catch (InvalidValueException e) {
            throw Problem.invalid(
                    "Invalid filter %s: %s".formatted(name, e.getMessage()),
                    List.of(new Problem.FieldFault(name, String.valueOf(e.getMessage()))));
        }
    }

    private static Problem invalidCursor() {
        return Problem.badRequest("Invalid cursor: give \"after\" the \"next\" of the page before, unchanged");
    }
}
