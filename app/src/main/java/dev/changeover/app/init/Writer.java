package dev.changeover.app.init;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The definition and the schema as they are written. */
final class Writer {
    private static final String EXTRA = "extra";

    private final String migration;
    private final String legacyRoot;
    private final String target;
    private final List<Found> entities;
    private final List<String> comments;

    /**
     * @param legacyRoot as an absolute path
     * @param target {@code sqlite:PATH}, or what stands behind {@code postgresql:}
     * @param comments on what was left out
     */
    Writer(String migration, String legacyRoot, String target, List<Found> entities, List<String> comments) {
        this.migration = migration;
        this.legacyRoot = legacyRoot;
        this.target = target;
        this.entities = entities;
        this.comments = comments;
    }

    private boolean toSqlite() {
        return target.startsWith("sqlite:");
    }

    String definition() {
        StringBuilder yaml = new StringBuilder();
        yaml.append("# Made by changeover init of what was in ")
                .append(oneLine(legacyRoot))
                .append(".\n");
        yaml.append("# Read it before you rely on it: types and keys are what the values of today allow.\n");
        comments.forEach(comment -> yaml.append("# - ").append(oneLine(comment)).append('\n'));
        yaml.append("\nmigration: ").append(migration).append('\n');
        yaml.append("legacy:\n  files: ")
                .append(quoted("${%s_ROOT:-%s}"
                        .formatted(migration.toUpperCase(Locale.ROOT).replace('-', '_'), legacyRoot)))
                .append('\n');
        yaml.append("target:\n  ")
                .append(
                        toSqlite()
                                ? "sqlite: " + quoted(target.substring("sqlite:".length()))
                                : "postgresql: " + quoted(target))
                .append("\n  schema: schema\n\nentities:\n");
        entities.forEach(entity -> entity(entity, yaml));
        return yaml.toString();
    }

    private static void entity(Found entity, StringBuilder yaml) {
        yaml.append("  ")
                .append(entity.name())
                .append(": # ")
                .append("%,d records".formatted(entity.records()))
                .append('\n');
        entity.comments()
                .forEach(comment ->
                        yaml.append("    # ").append(oneLine(comment)).append('\n'));
        yaml.append("    key: [").append(String.join(", ", entity.key())).append("]\n");
        if (entity.isTable()) {
            yaml.append("    unnamed: reject\n");
        }
        yaml.append("    fields:\n");
        entity.placed()
                .forEach((field, type) -> yaml.append("      ")
                        .append(field)
                        .append(": ")
                        .append(type)
                        .append(" # where the record is\n"));
        entity.members()
                .forEach((field, evidence) -> yaml.append("      ")
                        .append(field)
                        .append(": ")
                        .append(written(entity, evidence))
                        .append(" # ")
                        .append(oneLine(
                                evidence.why(entity.records(), entity.key().contains(field))))
                        .append('\n'));
        if (!entity.references().isEmpty()) {
            yaml.append("    references:\n");
            entity.references()
                    .forEach((field, other) -> yaml.append("      ")
                            .append(field)
                            .append(": ")
                            .append(other.name())
                            .append(" # all values are keys there\n"));
        }
        yaml.append("    legacy:\n");
        entity.legacy()
                .forEach((name, value) -> yaml.append("      ")
                        .append(name)
                        .append(": ")
                        .append(value.startsWith("{ ") ? value : quoted(value))
                        .append('\n'));
        yaml.append("    target:\n      table: ").append(entity.name()).append('\n');
        if (!entity.isTable()) {
            yaml.append("      extra: ").append(extra(entity)).append('\n');
        }
        Map<String, String> columns = columns(entity);
        if (columns.entrySet().stream().anyMatch(each -> !each.getKey().equals(each.getValue()))) {
            yaml.append("      columns:\n");
            columns.forEach((field, column) -> {
                if (!field.equals(column)) {
                    yaml.append("        %s: %s # columns that differ only by case are no two to everybody\n"
                            .formatted(column, field));
                }
            });
        }
    }

    /** The column of each field: of two names that differ only by case the later one gets a number. */
    private static Map<String, String> columns(Found entity) {
        List<String> fields = new ArrayList<>(entity.placed().keySet());
        fields.addAll(entity.members().keySet());
        Set<String> taken = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        taken.add(extra(entity));
        Map<String, String> columns = new LinkedHashMap<>();
        for (String field : fields) {
            String column = field;
            for (int i = 2; taken.contains(column) || (i > 2 && fields.contains(column)); i++) {
                column = field + "_" + i;
            }
            taken.add(column);
            columns.put(field, column);
        }
        return columns;
    }

    private static String written(Found entity, Evidence evidence) {
        return evidence.written(entity.records(), entity.key().contains(evidence.name()));
    }

    private static String extra(Found entity) {
        String extra = EXTRA;
        while (Stream.of(entity.members(), entity.placed())
                .flatMap(fields -> fields.keySet().stream())
                .anyMatch(extra::equalsIgnoreCase)) {
            extra += "_members";
        }
        return extra;
    }

    String schema() {
        List<String> tables = new ArrayList<>();
        for (Found entity : entities) {
            Map<String, String> named = columns(entity);
            Map<String, String> columns = new LinkedHashMap<>();
            entity.placed().forEach((field, type) -> columns.put(named.get(field), sql(type) + " NOT NULL"));
            entity.members().forEach((field, evidence) -> {
                boolean key = entity.key().contains(field);
                columns.put(
                        named.get(field),
                        sql(evidence.type(key)) + (evidence.always(entity.records(), key) ? " NOT NULL" : ""));
            });
            if (!entity.isTable()) {
                columns.put(extra(entity), sql("json") + " NOT NULL DEFAULT '{}'");
            }
            List<String> lines = new ArrayList<>();
            columns.forEach((column, type) -> lines.add("    \"%s\" %s".formatted(column, type)));
            lines.add("    PRIMARY KEY (%s)"
                    .formatted(String.join(
                            ", ",
                            entity.key().stream()
                                    .map(field -> '"' + named.get(field) + '"')
                                    .toList())));
            StringBuilder table = new StringBuilder(
                    "CREATE TABLE \"%s\" (\n%s\n);\n".formatted(entity.name(), String.join(",\n", lines)));
            entity.references()
                    .keySet()
                    .forEach(field -> table.append("CREATE INDEX \"%1$s_%2$s\" ON \"%1$s\" (\"%2$s\");\n"
                            .formatted(entity.name(), named.get(field))));
            tables.add(table.toString());
        }
        return String.join("\n", tables);
    }

    private String sql(String type) {
        return switch (type) {
            case "int32" -> "INTEGER";
            case "int64" -> toSqlite() ? "INTEGER" : "BIGINT";
            case "float64" -> toSqlite() ? "REAL" : "DOUBLE PRECISION";
            case "bool" -> toSqlite() ? "INTEGER" : "BOOLEAN";
            case "timestamptz" -> toSqlite() ? "TEXT" : "TIMESTAMPTZ";
            case "json" -> toSqlite() ? "TEXT" : "JSONB";
            default -> "TEXT";
        };
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** A comment must end where it is meant to, and has no character that YAML does not have. */
    private static String oneLine(String text) {
        return text.replaceAll("[\\p{Cc}\\uFFFE\\uFFFF]", " ");
    }
}
