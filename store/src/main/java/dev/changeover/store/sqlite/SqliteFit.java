package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Side;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.sqlite.Table.Affinity;
import dev.changeover.store.table.Finding;
import dev.changeover.store.table.Nullability;
import dev.changeover.store.table.RowMapping;
import dev.changeover.store.table.TwoMeanings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether an SQLite file's tables can hold what the definition says: asked by {@code plan}, before anything is touched. */
public final class SqliteFit {
    private final Entity entity;
    private final TableLayout layout;
    private final RowMapping mapping;
    private final List<Finding> findings = new ArrayList<>();

    private SqliteFit(Migration migration, Entity entity, TableLayout layout) {
        this.entity = entity;
        this.layout = layout;
        this.mapping = RowMapping.of(migration, entity, layout);
    }

    /**
     * All that does not fit, in the order of the definition; empty if everything does.
     *
     * @throws dev.changeover.store.StoreUnavailableException if there is no such file
     */
    public static List<Finding> check(Migration migration, Path file, Side side) {
        try (Database database = Database.reading(file, 1)) {
            return database.reading("read the schema", connection -> {
                List<Finding> findings = new ArrayList<>();
                for (Entity entity : migration.entities()) {
                    if (entity.on(side).orElse(null) instanceof TableLayout layout) {
                        findings.addAll(new SqliteFit(migration, entity, layout).check(connection));
                    }
                }
                return findings;
            });
        }
    }

    /**
     * A unique key of a table whose rows are not all one entity's, by which these are not told apart.
     *
     * @param columns of the key
     * @param apart the columns that tell them apart
     * @param fields the entity's fields that the key follows from
     */
    public record SharedKey(
            String entity, String table, List<String> columns, List<String> apart, List<String> fields) {
        public SharedKey {
            columns = List.copyOf(columns);
            apart = List.copyOf(apart);
            fields = List.copyOf(fields);
        }
    }

    /** The keys in which what another one puts into the same table may collide with ours, in the order of the definition. */
    public static List<SharedKey> sharedKeys(Migration migration, Path file, Side side) {
        try (Database database = Database.reading(file, 1)) {
            return database.reading("read the schema", connection -> {
                List<SharedKey> shared = new ArrayList<>();
                for (Entity entity : migration.entities()) {
                    if (entity.on(side).orElse(null) instanceof TableLayout layout
                            && !layout.where().isEmpty()) {
                        new SqliteFit(migration, entity, layout).addSharedKeys(connection, shared);
                    }
                }
                return shared;
            });
        }
    }

    /** The fields that a column shows, where it shows nothing else. */
    private static List<String> fieldsOf(Derivation value) {
        if (value instanceof Derivation.FieldValue field) {
            return List.of(field.field());
        }
        return value instanceof Derivation.Join join
                ? join.parts().stream().flatMap(part -> fieldsOf(part).stream()).toList()
                : List.of();
    }

    private void addSharedKeys(Connection connection, List<SharedKey> shared) throws SQLException {
        Optional<Table> table = Table.find(connection, layout.table());
        if (table.isEmpty()) {
            return;
        }
        List<String> apart = List.copyOf(layout.where().keySet());
        for (Table.UniqueKey key : table.get().uniqueKeys()) {
            List<String> fields = key.columns().stream()
                    .flatMap(column -> mapping.derivation(column).stream())
                    .flatMap(value -> fieldsOf(value).stream())
                    .toList();
            if (fields.size() >= key.columns().size() && key.columns().stream().noneMatch(apart::contains)) {
                shared.add(new SharedKey(entity.name(), layout.table(), key.columns(), apart, fields));
            }
        }
    }

    /** Columns of the entities' tables that no record ever fills, as {@code table.column}: they stay NULL, or at their default. */
    public static List<String> unfilled(Migration migration, Path file, Side side) {
        try (Database database = Database.reading(file, 1)) {
            return database.reading("read the schema", connection -> {
                Set<String> unfilled = new LinkedHashSet<>();
                Set<String> filled = new HashSet<>();
                for (Entity entity : migration.entities()) {
                    if (entity.on(side).orElse(null) instanceof TableLayout layout) {
                        SqliteFit fit = new SqliteFit(migration, entity, layout);
                        fit.mapping.columns().forEach(column -> filled.add(layout.table() + "." + column));
                        Table.find(connection, layout.table())
                                .ifPresent(table -> table.columns()
                                        .keySet()
                                        .forEach(column -> unfilled.add(layout.table() + "." + column)));
                    }
                }
                unfilled.removeAll(filled);
                return List.copyOf(unfilled);
            });
        }
    }

    private List<Finding> check(Connection connection) throws SQLException {
        Optional<Table> found = Table.find(connection, layout.table());
        if (found.isEmpty()) {
            problem("", "there is no table " + layout.table(), "Create it in the migration's schema folder");
            return findings;
        }
        Table table = found.get();
        layout.columns().forEach(column -> checkColumn(column, table));
        checkExtra(table);
        checkOthers(table);
        if (Rows.conflictTarget(table, mapping).isEmpty()) {
            problem(
                    "",
                    "no primary key or unique constraint of %s follows from the key, text compared byte for byte"
                            .formatted(layout.table()),
                    "Add one over the key's columns, or over the uuid5 of the key");
        }
        checkReferences(table);
        checkNames(table, connection);
        return findings;
    }

    private void checkColumn(TableLayout.Column column, Table table) {
        String name = column.value() instanceof Derivation.FieldValue value ? value.field() : column.name();
        Table.Column there = table.column(column.name());
        if (there == null) {
            problem(
                    name,
                    "there is no column %s in %s".formatted(column.name(), layout.table()),
                    "Add it, or name another place in columns");
            return;
        }
        if (there.generated()) {
            problem(name, "column %s is generated by the database".formatted(column.name()), "Leave it out of columns");
        }
        checkType(name, column.value(), there);
        if (there.notNull() && Nullability.mayBeNull(entity, column.value())) {
            problem(
                    name,
                    "column %s is NOT NULL, and a record may have no value for it".formatted(column.name()),
                    "Drop NOT NULL, or give the field a default");
        }
    }

    private void checkType(String name, Derivation value, Table.Column column) {
        if (value instanceof Derivation.FieldValue field) {
            FieldType type = entity.field(field.field()).type();
            if (!fitting(type.kind()).contains(column.affinity()) || !isLongEnough(type, column)) {
                problem(
                        name,
                        "column %s is %s, which SQLite treats as %s, and the field is %s"
                                .formatted(column.name(), shown(column), column.affinity(), type),
                        "Widen or change the column's type");
            }
            if (type.kind() == FieldType.Kind.JSON && column.affinity() == Affinity.NUMERIC) {
                findings.add(new Finding(
                        Finding.Level.HINT,
                        entity.name(),
                        name,
                        "column %s is %s, which SQLite treats as NUMERIC: a number alone in it may lose digits"
                                .formatted(column.name(), shown(column)),
                        "Objects and arrays are safe; make it TEXT if it holds numbers"));
            }
        } else if (value instanceof Derivation.KeyNumber) {
            if (column.affinity() != Affinity.INTEGER && column.affinity() != Affinity.NUMERIC) {
                problem(
                        name,
                        "column %s is %s, and it gets a number".formatted(column.name(), shown(column)),
                        "Make it INTEGER");
            }
        } else if (!(value instanceof Derivation.Constant)
                && !(value instanceof Derivation.Presence)
                && !(value instanceof Derivation.Switch)
                && column.affinity() != Affinity.TEXT
                && !(value instanceof Derivation.Uuid5 && column.affinity() == Affinity.NUMERIC)) {
            problem(name, "column %s is %s, and it gets text".formatted(column.name(), shown(column)), "Make it TEXT");
        }
    }

    private static String shown(Table.Column column) {
        return column.declared().isEmpty() ? "without a type" : column.declared();
    }

    private static boolean isLongEnough(FieldType type, Table.Column column) {
        return type.kind() != FieldType.Kind.TEXT
                || column.maxCharacters() < 0
                || column.maxCharacters() >= type.length();
    }

    /** Which affinities give back what was put in: one that turns texts into numbers gives back another text. */
    private static Set<Affinity> fitting(FieldType.Kind kind) {
        return switch (kind) {
            case BOOL, INT32, INT64 -> EnumSet.of(Affinity.INTEGER, Affinity.NUMERIC, Affinity.BLOB);
            case FLOAT32, FLOAT64 -> EnumSet.of(Affinity.REAL, Affinity.BLOB);
            case BYTES -> EnumSet.allOf(Affinity.class);
            case TEXT, DECIMAL -> EnumSet.of(Affinity.TEXT, Affinity.BLOB);
            // a text of JSON is a number only where the value is one
            case JSON -> EnumSet.of(Affinity.TEXT, Affinity.NUMERIC, Affinity.BLOB);
            // their texts are never numbers
            case TIMESTAMPTZ, TIMESTAMP, DATE, TIME, UUID -> EnumSet.of(Affinity.TEXT, Affinity.NUMERIC, Affinity.BLOB);
        };
    }

    private void checkExtra(Table table) {
        String extra = layout.extra();
        if (extra == null) {
            return;
        }
        Table.Column column = table.column(extra);
        if (column == null) {
            problem(
                    extra,
                    "there is no column %s in %s: what has no column of its own would be lost"
                            .formatted(extra, layout.table()),
                    "ALTER TABLE %s ADD COLUMN %s TEXT NOT NULL DEFAULT '{}'".formatted(layout.table(), extra));
        } else if (!fitting(FieldType.Kind.JSON).contains(column.affinity())) {
            problem(extra, "column %s is %s".formatted(extra, shown(column)), "Make it TEXT");
        }
    }

    /** Columns that the definition does not name get what the database gives them. */
    private void checkOthers(Table table) {
        Set<String> ours = new HashSet<>(mapping.columns());
        for (Table.Column column : table.columns().values()) {
            if (!ours.contains(column.name()) && column.notNull() && !column.valued() && !column.generated()) {
                problem(
                        column.name(),
                        "column %s is NOT NULL without a default, and the definition has no value for it"
                                .formatted(column.name()),
                        "Give it a default, or a constant in columns");
            }
        }
    }

    private void checkReferences(Table table) {
        for (Table.ForeignKey key : table.foreignKeys()) {
            String columns = String.join(", ", key.columns());
            if (!key.indexed()) {
                findings.add(new Finding(
                        Finding.Level.HINT,
                        entity.name(),
                        columns,
                        "the foreign key to %1$s has no index: each delete in %1$s reads the whole table"
                                .formatted(key.parentTable()),
                        "CREATE INDEX %1$s_%2$s ON %1$s (%3$s)"
                                .formatted(layout.table(), String.join("_", key.columns()), columns)));
            }
            for (Reference reference : entity.references()) {
                if (reference.onDelete() == Reference.OnDelete.KEEP && isOf(reference, key)) {
                    problem(
                            String.join(", ", reference.fields()),
                            "the definition lets this reference dangle, and the foreign key to %s does not"
                                    .formatted(key.parentTable()),
                            "Drop the foreign key, or set on_delete");
                }
            }
        }
    }

    /** A foreign key whose column has the name of another column there, too: who joins by name joins what does not belong together. */
    private void checkNames(Table table, Connection connection) throws SQLException {
        for (Table.ForeignKey key : table.foreignKeys()) {
            Table parent = Table.find(connection, key.parentTable()).orElse(null);
            for (int i = 0; parent != null && i < key.columns().size(); i++) {
                Table.Column here = table.column(key.columns().get(i));
                Table.Column there = parent.column(key.columns().get(i));
                String pointed = key.parentColumns().get(i);
                if (here != null && there != null && !there.name().equalsIgnoreCase(pointed)) {
                    findings.add(TwoMeanings.of(
                            entity.name(),
                            layout.table(),
                            here.name(),
                            here.declared(),
                            parent.name(),
                            pointed,
                            there.declared()));
                }
            }
        }
    }

    private boolean isOf(Reference reference, Table.ForeignKey key) {
        return key.columns().stream().allMatch(column -> {
            Derivation value = mapping.derivation(column).orElse(null);
            return (value instanceof Derivation.OfKey uuid && uuid.fields().equals(reference.fields()))
                    || (value instanceof Derivation.FieldValue field
                            && reference.fields().contains(field.field()));
        });
    }

    private void problem(String field, String what, String advice) {
        findings.add(new Finding(Finding.Level.PROBLEM, entity.name(), field, what, advice));
    }
}
