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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads an entity's {@code target}: its table, and where each column's value comes from. */
final class TargetReader {
    private static final Pattern TABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_$]*(\\.[A-Za-z_][A-Za-z0-9_$]*)?");
    private static final List<String> FUNCTIONS = List.of(
            "uuid5",
            "number",
            "rising",
            "coalesce",
            "inet",
            "default",
            "when",
            "switch",
            "file",
            "join",
            "heading",
            "words",
            "object");
    private static final List<String> OF_TEXT = List.of("heading", "words");
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
        target.expecting("table", "where", "columns", "extra").requiring("table");
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
        Map<String, String> where = where(target.section("where"));
        where.forEach((column, value) -> {
            if (!draft.fields.containsKey(column)) {
                columns.add(new Column(column, new Derivation.Constant(value)));
            }
        });
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
        return new TableLayout(table.text(), columns, extraFields, extra == null ? null : extra.text(), file, where);
    }

    private Map<String, String> where(@Nullable Section section) {
        Map<String, String> where = new LinkedHashMap<>();
        if (section != null) {
            for (Section.Entry entry : section.entries()) {
                Scalar value = source.scalar(entry.value(), "where of " + section.label());
                if (value != null) {
                    where.put(entry.name().text(), value.text());
                }
            }
        }
        return where;
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
            case "uuid5", "number", "rising" -> ofKey(draft, call, column);
            case "coalesce" -> coalesce(draft, call, column);
            case "inet" -> inet(draft, call, column);
            case "default" -> nullAsDefault(draft, call, column);
            case "when" -> when(draft, call, column);
            case "switch" -> choice(draft, call, column);
            case "file" -> file(draft, call, column);
            case "join" -> join(draft, call, column);
            case "heading", "words" -> ofText(draft, call, column);
            case "object" -> assembled(draft, call, column);
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

    /** What is made of a key: the record's own, by its fields, or another's, by the fields that refer to it or by its entity. */
    private @Nullable Derivation ofKey(Draft draft, Call call, String column) {
        Reference named = referenceTo(draft, call);
        if (named != null) {
            return ofKey(call, named.entity(), named.fields());
        }
        List<Field> arguments = fieldsOf(draft, call, column);
        if (arguments == null) {
            return null;
        }
        List<String> names = arguments.stream().map(Field::name).toList();
        if (names.equals(draft.keyNames())) {
            return ofKey(call, draft.name, names);
        }
        for (Reference reference : draft.references) {
            if (names.equals(reference.fields())) {
                return ofKey(call, reference.entity(), names);
            }
        }
        if (!draft.key.isEmpty()) {
            source.problem(
                    call.place(),
                    "Invalid column %s of %s: %s takes a whole key, its own (%s) or that of a parent or reference, in this order; %s is none"
                            .formatted(
                                    column, draft.name, call.function(), String.join(", ", draft.keyNames()), names));
        }
        return null;
    }

    private static Derivation ofKey(Call call, String entity, List<String> fields) {
        return switch (call.function()) {
            case "number" -> new Derivation.KeyNumber(entity, fields);
            case "rising" -> new Derivation.KeyNumber(entity, fields, true);
            default -> new Derivation.Uuid5(entity, fields);
        };
    }

    /** The only reference to the entity that the call names; null if it names fields. */
    private static @Nullable Reference referenceTo(Draft draft, Call call) {
        if (call.arguments().size() != 1
                || !(call.arguments().get(0) instanceof Name name)
                || !name.path().isEmpty()
                || draft.fields.containsKey(name.name())) {
            return null;
        }
        List<Reference> there = draft.references.stream()
                .filter(reference -> reference.entity().equals(name.name()))
                .toList();
        return there.size() == 1 ? there.get(0) : null;
    }

    private @Nullable Derivation file(Draft draft, Call call, String column) {
        List<Field> arguments = fieldsOf(draft, call, column);
        if (arguments == null) {
            return null;
        }
        if (arguments.size() != 1 || arguments.get(0).type().kind() != Kind.TEXT) {
            source.problem(
                    call.place(), "Invalid column %s of %s: file takes one text field".formatted(column, draft.name));
            return null;
        }
        return new Derivation.FileOf(arguments.get(0).name());
    }

    private @Nullable Derivation choice(Draft draft, Call call, String column) {
        List<Term> arguments = call.arguments();
        int last = arguments.size() - 1;
        if (last >= 3
                && last % 2 == 1
                && arguments.get(0) instanceof Name name
                && name.path().isEmpty()
                && arguments.subList(1, last).stream().allMatch(Literal.class::isInstance)
                && isFieldOrConstant(arguments.get(last))) {
            Field field = field(draft, name, column);
            Derivation otherwise = derivation(draft, arguments.get(last), column);
            Map<String, String> cases = new LinkedHashMap<>();
            for (int i = 1; i < last; i += 2) {
                cases.put(((Literal) arguments.get(i)).text(), ((Literal) arguments.get(i + 1)).text());
            }
            return field == null || otherwise == null ? null : new Derivation.Switch(field.name(), cases, otherwise);
        }
        source.problem(
                call.place(),
                "Invalid column %s of %s: switch takes a field, pairs of a value and what it becomes, and a field or constant for the others, as in switch(kind, 'a', 'letter', '1', 'digit', kind)"
                        .formatted(column, draft.name));
        return null;
    }

    private @Nullable Derivation coalesce(Draft draft, Call call, String column) {
        List<Derivation> choices = new ArrayList<>();
        for (Term argument : call.arguments()) {
            if (argument instanceof Call inner && !OF_TEXT.contains(inner.function())) {
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

    private @Nullable Derivation join(Draft draft, Call call, String column) {
        List<Derivation> parts = new ArrayList<>();
        for (Term argument : call.arguments()) {
            if (!isFieldOrConstant(argument)) {
                source.problem(
                        argument.place(),
                        "Invalid column %s of %s: join takes fields and constants".formatted(column, draft.name));
                return null;
            }
            Derivation part = derivation(draft, argument, column);
            if (part != null) {
                parts.add(part);
            }
        }
        return parts.isEmpty() ? null : new Derivation.Join(parts);
    }

    private @Nullable Derivation ofText(Draft draft, Call call, String column) {
        List<Field> arguments = fieldsOf(draft, call, column);
        if (arguments == null) {
            return null;
        }
        if (arguments.size() != 1 || arguments.get(0).type().kind() != Kind.TEXT) {
            source.problem(
                    call.place(),
                    "Invalid column %s of %s: %s takes one text field".formatted(column, draft.name, call.function()));
            return null;
        }
        String field = arguments.get(0).name();
        return call.function().equals("heading") ? new Derivation.Heading(field) : new Derivation.Words(field);
    }

    private @Nullable Derivation assembled(Draft draft, Call call, String column) {
        Map<String, String> members = new LinkedHashMap<>();
        List<Term> arguments = call.arguments();
        for (int i = 0; i + 1 < arguments.size(); i += 2) {
            if (arguments.get(i) instanceof Literal name
                    && arguments.get(i + 1) instanceof Name value
                    && value.path().isEmpty()) {
                Field field = field(draft, value, column);
                if (field == null) {
                    return null;
                }
                members.put(name.text(), field.name());
            }
        }
        if (members.isEmpty() || members.size() * 2 != arguments.size()) {
            source.problem(
                    call.place(),
                    "Invalid column %s of %s: object takes pairs of a name and a field, as in object('type', recurrence)"
                            .formatted(column, draft.name));
            return null;
        }
        return new Derivation.Assembled(members);
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
                && isFieldOrConstantOrChoice(arguments.get(1))
                && isFieldOrConstantOrChoice(arguments.get(2))) {
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

    private static boolean isFieldOrConstantOrChoice(Term term) {
        return isFieldOrConstant(term)
                || (term instanceof Call call && List.of("switch", "when").contains(call.function()));
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
                .anyMatch(column -> column.value() instanceof Derivation.OfKey uuid
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
