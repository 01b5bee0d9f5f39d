package dev.changeover.app.init;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Records of one kind that were found, and where. */
final class Found {
    /** Names that are never in records, as far as fields go, are kept among the unnamed. */
    private static final String FIELD_NAME = "[A-Za-z_][A-Za-z0-9_]{0,62}"; // PostgreSQL cuts longer ones
    /** More members than that are rather a map than fields. */
    private static final int MOST_FIELDS = 200;

    private final String wanted;
    private final Map<String, Evidence> members = new LinkedHashMap<>();
    /** Fields that are known from where a record is, with their types. */
    private final Map<String, String> placed = new LinkedHashMap<>();
    /** What the definition says under {@code legacy}, in order. */
    private final Map<String, String> legacy = new LinkedHashMap<>();

    private final List<String> key = new ArrayList<>();
    /** By field: the entity that it refers to. */
    private final Map<String, Found> references = new LinkedHashMap<>();

    private final List<String> comments = new ArrayList<>();
    private final Set<String> placedValues = new java.util.HashSet<>();
    private String name = "";
    private long records;

    /** @param wanted what it would be called if nothing else were */
    Found(String wanted) {
        this.wanted = wanted;
    }

    void addRecord(JsonNode object) {
        records++;
        object.properties().forEach(member -> {
            if (member.getKey().matches(FIELD_NAME)
                    && (members.containsKey(member.getKey()) || members.size() < MOST_FIELDS)) {
                members.computeIfAbsent(member.getKey(), Evidence::new).add(member.getValue());
            }
        });
    }

    String wanted() {
        return wanted;
    }

    long records() {
        return records;
    }

    Map<String, Evidence> members() {
        return members;
    }

    Map<String, String> placed() {
        return placed;
    }

    Map<String, String> legacy() {
        return legacy;
    }

    List<String> key() {
        return key;
    }

    Map<String, Found> references() {
        return references;
    }

    List<String> comments() {
        return comments;
    }

    /** What the one placed field of a key of one field holds. */
    Set<String> placedValues() {
        return placedValues;
    }

    String name() {
        return name;
    }

    void call(String newName) {
        name = newName;
    }

    boolean isTable() {
        return "sqlite".equals(legacy.get("format"));
    }

    /** A name that no member has, {@code wanted} if it can be. */
    String free(String field) {
        String free = field;
        for (int i = 2; members.containsKey(free) || placed.containsKey(free); i++) {
            free = field + "_" + i;
        }
        return free;
    }

    /** The texts that identify its records, where one field does; empty if that cannot be told. */
    Set<String> keyValues() {
        if (key.size() != 1) {
            return Set.of();
        }
        Evidence evidence = members.get(key.get(0));
        if (evidence == null) {
            return placedValues;
        }
        return evidence.isComplete() ? evidence.values() : Set.of();
    }
}
