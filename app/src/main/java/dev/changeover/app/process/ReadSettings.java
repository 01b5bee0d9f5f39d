package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.producer.gateway.Problem;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What share of the reads by key the target serves before it is the primary, and of what share both sides are asked; for all entities and
 * for single ones.
 *
 * @param target percent by entity; under {@link #ALL} for those that are not named
 * @param shadow the same of the reads for which both sides are asked
 */
record ReadSettings(Map<String, Double> target, Map<String, Double> shadow) {
    static final ReadSettings NONE = new ReadSettings(Map.of(), Map.of());

    private static final String ALL = "*";
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,4})?) ?%?");

    ReadSettings {
        target = Map.copyOf(target);
        shadow = Map.copyOf(shadow);
    }

    double targetPercent(Entity entity) {
        return percent(target, entity);
    }

    double shadowPercent(Entity entity) {
        return percent(shadow, entity);
    }

    private static double percent(Map<String, Double> shares, Entity entity) {
        return shares.getOrDefault(entity.name(), shares.getOrDefault(ALL, 0.0));
    }

    /**
     * With what {@code options} say: {@code target} and {@code shadow} as {@code 10%} or {@code 10}, and {@code entity} if only that one is
     * meant.
     *
     * @throws Problem 400 naming the option
     */
    ReadSettings with(Migration migration, JsonNode options) {
        String entity = options.path("entity").asText(ALL);
        KnownEntities.check(entity.equals(ALL) ? "" : entity, migration.entities());
        return new ReadSettings(with(target, entity, options, "target"), with(shadow, entity, options, "shadow"));
    }

    private static Map<String, Double> with(
            Map<String, Double> before, String entity, JsonNode options, String option) {
        Map<String, Double> after = new TreeMap<>(before);
        if (options.hasNonNull(option)) {
            String text = options.path(option).asText().trim();
            Matcher matcher = PERCENT.matcher(text);
            double percent = matcher.matches() ? Double.parseDouble(matcher.group(1)) : -1;
            if (percent < 0 || percent > 100) {
                throw Problem.badRequest(
                        "Invalid %s \"%s\": a share from 0%% to 100%%, as 10%% or 0.5%%".formatted(option, text));
            }
            if (entity.equals(ALL)) {
                after.clear(); // it is meant for all of them
            }
            after.put(entity, percent);
        }
        return after;
    }

    /** {@code {"target":{"*":10,"users":50},"shadow":{…}}}. */
    ObjectNode toJson() {
        ObjectNode json = MAPPER.createObjectNode();
        ObjectNode targets = json.putObject("target");
        new TreeMap<>(target).forEach((entity, percent) -> targets.put(entity, decimal(percent)));
        ObjectNode shadows = json.putObject("shadow");
        new TreeMap<>(shadow).forEach((entity, percent) -> shadows.put(entity, decimal(percent)));
        return json;
    }

    private static BigDecimal decimal(double percent) {
        BigDecimal exact = BigDecimal.valueOf(percent).stripTrailingZeros();
        return exact.scale() < 0 ? exact.setScale(0) : exact;
    }

    static ReadSettings of(JsonNode json) {
        return new ReadSettings(shares(json.path("target")), shares(json.path("shadow")));
    }

    private static Map<String, Double> shares(JsonNode json) {
        Map<String, Double> shares = new TreeMap<>();
        json.properties()
                .forEach(share -> shares.put(share.getKey(), share.getValue().asDouble()));
        return shares;
    }
}
