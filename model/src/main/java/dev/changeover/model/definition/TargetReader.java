package dev.changeover.model.definition;

import dev.changeover.model.definition.ColumnParser.Call;
import dev.changeover.model.definition.ColumnParser.Literal;
import dev.changeover.model.definition.ColumnParser.Name;
import dev.changeover.model.definition.ColumnParser.SyntaxException;
import dev.changeover.model.definition.ColumnParser.Term;
import dev.changeover.model.entity.Entity.Unnamed;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType.Kind;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.model.layout.TableLayout.Column;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads an entity's {@code target}: its table, and where each column's value comes from. */
final class TargetReader {
    private static final Pattern TABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)?");
    private static final List<String> FUNCTIONS = List.of("uuid5", "coalesce", "inet", "default", "when");
    /** Behind a field's name instead of a column: it lives in the JSON column. */
    private static final String EXTRA = "extra";

    private final Source source;
    private final FieldReader fields;

    TargetReader(Source source) {
        this.source = source;
        this.fields = new FieldReader(source);
    }

    @Nullable
    Layout read(Draft draft, Section target) {
        target.expecting("table", "columns", "extra").requiring("table");
        return table(draft, target, "");
    }

    /** @param file the SQLite file that it is in; empty where the side is one database */
    @Nullable
    Layout table(Draft draft, Section target, String file) {
        int problemsBefore = source.problems();
        Scalar table = target.scalar("table");
        if (table != null && !TABLE.matcher(table.text()).matches()) {
            source.problem(
                    table.place(),
                    "Invalid table \"%s\" of %s: letters, digits and _, perhaps with a schema before it, as in public.users"
                            .formatted(table.text(), draft.name));
        }
        Scalar extra = target.scalar("extra");
        List<Column> columns = new ArrayList<>();
        Set<String> inExtra = new LinkedHashSet<>();
        readColumns(draft, target.section("columns"), columns, inExtra);
        addColumnsOfTheirOwn(draft, columns, inExtra);
        checkExtra(draft, target, extra, columns, inExtra);
        if (source.problems() == problemsBefore) {
            checkIdentity(draft, target, columns);
        }
        if (table == null) {
            return null;
        }
        List<String> extraFields =
                draft.fields.keySet().stream().filter(inExtra::contains).toList();
        return new TableLayout(table.text(), columns, extraFields, extra == null ? null : extra.text(), file);
    }

    private void readColumns(Draft draft, @Nullable Section section, List<Column> columns, Set<String> inExtra) {
        if (section == null) {
            return;
        }
        for (Section.Entry entry : section.entries()) {
            Scalar text = source.scalar(
                    entry.value(), "column %s of %s".formatted(entry.name().text(), draft.name));
            if (text == null) {
                continue;
            }
            if (text.text().strip().equals(EXTRA) && !draft.fields.containsKey(EXTRA)) {
                Field field = fields.named(draft, entry.name(), "columns of " + draft.name);
                if (field != null) {
                    inExtra.add(field.name());
                }
                continue;
            }
            try {
                String column = entry.name().text();
                Derivation derivation = derivation(draft, ColumnParser.parse(text), column);
                if (derivation != null) {
                    columns.add(new Column(column, derivation));
                }
            } catch (SyntaxException e) {
                source.problem(
                        e.place(),
                        "Invalid column %s of %s: %s".formatted(entry.name().text(), draft.name, e.getMessage()));
            }
        }
    }

    /** A field that no explicit column stores has the column of its own name, unless that column holds something else. */
    private static void addColumnsOfTheirOwn(Draft draft, List<Column> columns, Set<String> inExtra) {
        Set<String> taken = new HashSet<>();
        Set<String> stored = new HashSet<>();
        for (Column column : columns) {
            taken.add(column.name());
            if (column.value() instanceof Derivation.FieldValue value) {
                stored.add(value.field());
            }
        }
        for (String field : draft.fields.keySet()) {
            if (stored.contains(field) || inExtra.contains(field)) {
                continue;
            }
            if (taken.contains(field)) {
                inExtra.add(field);
            } else {
                columns.add(new Column(field, new Derivation.FieldValue(field)));
            }
        }
    }

    /** Null, and a problem, if it cannot be. */
    private @Nullable Derivation derivation(Draft draft, Term term, String column) {
        if (term instanceof Literal literal) {
            return new Derivation.Constant(literal.text());
        }
        if (term instanceof Name name) {
            return value(draft, name, column);
        }
        Call call = (Call) term;
        return switch (call.function()) {
            case "uuid5" -> uuid5(draft, call, column);
            case "coalesce" -> coalesce(draft, call, column);
            case "inet" -> inet(draft, call, column);
            case "default" -> nullAsDefault(draft, call, column);
            case "when" -> when(draft, call, column);
            default -> {
                source.problem(
                        call.place(),
                        "Unknown function \"%s\" in column %s of %s%s"
                                .formatted(
                                        call.function(), column, draft.name, Nearest.hint(call.function(), FUNCTIONS)));
                yield null;
            }
        };
    }

    private @Nullable Derivation value(Draft draft, Name name, String column) {
        Field field = field(draft, name, column);
        if (field == null) {
            return null;
        }
        if (name.path().isEmpty()) {
            return new Derivation.FieldValue(field.name());
        }
        if (field.type().kind() != Kind.JSON && !draft.broken.contains(field.name())) {
            source.problem(
                    name.place(),
                    "Invalid column %s of %s: %s has no members, it is %s"
                            .formatted(column, draft.name, field.name(), field.type()));
        }
        return new Derivation.Member(field.name(), name.path());
    }

    private @Nullable Field field(Draft draft, Name name, String column) {
        return fields.named(
                draft,
                new Scalar(name.name(), name.place(), Scalar.UNKNOWN),
                "column %s of %s".formatted(column, draft.name));
    }

    /** Null, and a problem, if they are not all names of fields. */
    private @Nullable List<Field> fieldsOf(Draft draft, Call call, String column) {
        List<Field> named = new ArrayList<>();
        boolean all = true;
        for (Term argument : call.arguments()) {
            if (argument instanceof Name name && name.path().isEmpty()) {
                Field field = field(draft, name, column);
                all &= field != null;
                if (field != null) {
                    named.add(field);
                }
            } else {
                source.problem(
                        argument.place(),
                        "Invalid column %s of %s: %s takes names of fields"
                                .formatted(column, draft.name, call.function()));
                all = false;
            }
        }
        return all ? named : null;
    }

    private @Nullable Derivation uuid5(Draft draft, Call call, String column) {
        List<Field> arguments = fieldsOf(draft, call, column);
        if (arguments == null) {
            return null;
        }
        List<String> names = arguments.stream().map(Field::name).toList();
        if (names.equals(draft.keyNames())) {
            return new Derivation.Uuid5(draft.name, names);
        }
        for (Reference reference : draft.references) {
            if (names.equals(reference.fields())) {
                return new Derivation.Uuid5(reference.entity(), names);
            }
        }
        if (!draft.key.isEmpty()) {
            source.problem(
                    call.place(),
                    "Invalid column %s of %s: uuid5 takes a whole key, its own (%s) or that of a parent or reference, in this order; %s is none"
                            .formatted(column, draft.name, String.join(", ", draft.keyNames()), names));
        }
        return null;
    }

    private @Nullable Derivation coalesce(Draft draft, Call call, String column) {
        List<Derivation> choices = new ArrayList<>();
        for (Term argument : call.arguments()) {
            if (argument instanceof Call inner) {
                source.problem(
                        inner.place(),
                        "Invalid column %s of %s: coalesce takes fields, members and constants"
                                .formatted(column, draft.name));
                continue;
            }
            Derivation choice = derivation(draft, argument, column);
            if (choice != null) {
                choices.add(choice);
            }
        }
        return choices.isEmpty() ? null : new Derivation.Coalesce(choices);
    }

    private @Nullable Derivation nullAsDefault(Draft draft, Call call, String column) {
        List<Field> arguments = fieldsOf(draft, call, column);
        if (arguments == null) {
            return null;
        }
        if (arguments.size() != 1 || arguments.get(0).defaultValue() instanceof Missing) {
            source.problem(
                    call.place(),
                    "Invalid column %s of %s: default takes one field that has a default, as in T? = v"
                            .formatted(column, draft.name));
            return null;
        }
        return new Derivation.FieldValue(arguments.get(0).name(), true);
    }

    private @Nullable Derivation when(Draft draft, Call call, String column) {
        List<Term> arguments = call.arguments();
        if (arguments.size() == 3
                && arguments.get(0) instanceof Name name
                && name.path().isEmpty()
                && isFieldOrConstant(arguments.get(1))
                && isFieldOrConstant(arguments.get(2))) {
            Field field = field(draft, name, column);
            Derivation there = derivation(draft, arguments.get(1), column);
            Derivation missing = derivation(draft, arguments.get(2), column);
            return field == null || there == null || missing == null
                    ? null
                    : new Derivation.Presence(field.name(), there, missing);
        }
        source.problem(
                call.place(),
                "Invalid column %s of %s: when takes a field and two constants or fields, as in when(ended_at, 'done', 'running')"
                        .formatted(column, draft.name));
        return null;
    }

    private static boolean isFieldOrConstant(Term term) {
        return term instanceof Literal
                || (term instanceof Name name && name.path().isEmpty());
    }

    private @Nullable Derivation inet(Draft draft, Call call, String column) {
        List<Field> arguments = fieldsOf(draft, call, column);
        if (arguments == null) {
            return null;
        }
        if (arguments.size() != 1 || arguments.get(0).type().kind() != Kind.TEXT) {
            source.problem(
                    call.place(), "Invalid column %s of %s: inet takes one text field".formatted(column, draft.name));
            return null;
        }
        return new Derivation.InetAddress(arguments.get(0).name());
    }

    /** What no column can hold must have the JSON column. */
    private void checkExtra(
            Draft draft, Section target, @Nullable Scalar extra, List<Column> columns, Set<String> inExtra) {
        if (extra != null) {
            if (columns.stream().anyMatch(column -> column.name().equals(extra.text()))) {
                source.problem(
                        extra.place(),
                        "Duplicate column %s of %s: it cannot be both a column and extra"
                                .formatted(extra.text(), draft.name));
            }
            return;
        }
        if (!inExtra.isEmpty()) {
            source.problem(
                    target.place(),
                    "Missing \"extra\" in %s: no column holds %s; name a JSON column for it"
                            .formatted(target.label(), String.join(", ", inExtra)));
        }
        if (draft.unnamed == Unnamed.KEEP) {
            source.problem(
                    target.place(),
                    "Missing \"extra\" in %s: members that the definition does not name are kept in a JSON column; name it, or write unnamed: reject"
                            .formatted(target.label()));
        }
        List<String> twofold = draft.fields.values().stream()
                .filter(field -> field.optional() && (field.nullable() || field.defaultValue() != Missing.NULL))
                .filter(field -> !draft.broken.contains(field.name()))
                .map(Field::name)
                .toList();
        if (!twofold.isEmpty()) {
            source.problem(
                    target.place(),
                    "Missing \"extra\" in %s: a column cannot tell whether %s is left out; name a JSON column, or declare it as always there (T, or T|null)"
                            .formatted(target.label(), String.join(", ", twofold)));
        }
    }

    /** A record's row must be found by its key. */
    private void checkIdentity(Draft draft, Section target, List<Column> columns) {
        boolean byUuid = columns.stream()
                .anyMatch(column -> column.value() instanceof Derivation.Uuid5 uuid
                        && uuid.entity().equals(draft.name)
                        && uuid.fields().equals(draft.keyNames()));
        boolean byFields = draft.key.stream()
                .allMatch(key -> columns.stream()
                        .anyMatch(column -> column.value() instanceof Derivation.FieldValue value
                                && value.field().equals(key.name())));
        if (!byUuid && !byFields) {
            source.problem(
                    target.place(),
                    "Invalid %s: no column identifies a record; give each key field (%s) a column, or add one that is uuid5(%s)"
                            .formatted(
                                    target.label(),
                                    String.join(", ", draft.keyNames()),
                                    String.join(", ", draft.keyNames())));
        }
    }
}
