package dev.changeover.model.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.Reference;
import dev.changeover.model.entity.Total;
import dev.changeover.model.layout.Derivation;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.JsonStyle;
import dev.changeover.model.layout.TableLayout;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DefinitionReaderTest {
    /** The head of a definition that is right; entities follow, indented by two. */
    private static final String HEAD = """
            migration: shop
            legacy: { files: data }
            target: { postgresql: embedded }
            entities:
            """;

    private static final String AN_ORDER = """
              orders:
                key: id
                fields:
                  id: text(40)
                  note: text?
                legacy: { format: json, path: "orders/{id}.json" }
                target: { table: orders, extra: extra }
            """;

    @TempDir
    Path folder;

    // what it reads

    @Test
    void whatIsNotSaidHasADefault() {
        Migration shop = read(HEAD + AN_ORDER);

        assertThat(shop.partitions()).isEqualTo(6);
        assertThat(shop.stores().legacyRoot()).isEqualTo(folder.resolve("data"));
        assertThat(shop.stores().schema()).isEqualTo(folder.resolve("schema"));
        assertThat(shop.namespace()).isEqualTo(UUID.fromString("c4427c1e-1c20-5071-9f6c-0f749830611f"));
        assertThat(shop.entity("orders").unnamed()).isEqualTo(Entity.Unnamed.KEEP);
        assertThat(((DocumentLayout) shop.entity("orders").legacy().orElseThrow()).style())
                .isEqualTo(JsonStyle.PLAIN);
    }

    @Test
    void theApplicationsOwnWritesAreCapturedWhereThatIsSaidAndTotalsDoNotCountThemTwice() {
        assertThat(read(HEAD + AN_ORDER).capture()).isEqualTo(Migration.Capture.GATEWAY);
        assertThat(read("capture: watch\n" + HEAD + AN_ORDER).capture()).isEqualTo(Migration.Capture.WATCH);
        assertThat(messages("capture: look\n" + HEAD + AN_ORDER))
                .containsExactly("1:10: Invalid capture \"look\" in the definition: it is one of gateway, watch");
        String counted = AN_ORDER.replace("note: text?", "lines: int32") + """
                  lines:
                    parent: orders
                    key: [id, line]
                    fields: { id: text(40), line: int32 }
                    totals: { lines: count() }
                    legacy: { format: json, path: "lines/{id}.json", at: "/[line]" }
                    target: { table: lines, extra: extra }
                """;
        assertThat(read(HEAD + counted.replace("count()", "existing()"))
                        .entity("lines")
                        .totals())
                .containsExactly(new Total("lines", Total.Kind.EXISTING, "", false));
        assertThat(messages(HEAD
                        + counted.replace("count()", "existing()")
                                .replace("parent: orders", "parent: { entity: orders, on_delete: keep }")))
                .containsExactly(
                        "16:22: Invalid total lines of lines: existing() follows deletes, and those of lines would outlive orders: say on_delete: cascade");
        assertThat(messages(HEAD
                        + counted.replace("count()", "existing()")
                                .replace("  lines: int32", "  lines: { type: int32, min: 1 }")))
                .containsExactly(
                        "16:22: Invalid total lines of lines: existing() follows deletes, and orders.lines may not be 0");
        assertThat(messages("capture: watch\n" + HEAD + counted))
                .containsExactly(
                        "1:10: Invalid capture \"watch\": the application keeps the parents of lines in its files, and the totals would count the same once more");
    }

    @Test
    void aLifeEndsAtAnInstantThatTheTargetCanBeAskedFor() {
        String order = AN_ORDER.replace("note: text?", "note: text?\n      until: timestamptz?");
        assertThat(read(HEAD + AN_ORDER).entity("orders").expires()).isEmpty();
        assertThat(read(HEAD + order.replace("key: id", "key: id\n    expires: until"))
                        .entity("orders")
                        .expires()
                        .orElseThrow()
                        .name())
                .isEqualTo("until");
        assertThat(messages(HEAD + order.replace("key: id", "key: id\n    expires: untill")))
                .singleElement()
                .asString()
                .endsWith("Unknown field \"untill\" in expires of orders. Did you mean \"until\"?");
        assertThat(messages(HEAD + order.replace("key: id", "key: id\n    expires: note")))
                .singleElement()
                .asString()
                .endsWith("Invalid expires of orders: note is text, and a life ends at an instant, a timestamptz");
        assertThat(messages(HEAD
                        + order.replace("key: id", "key: id\n    expires: until")
                                .replace("table: orders,", "table: orders, columns: { until: extra },")))
                .singleElement()
                .asString()
                .endsWith(
                        "Invalid expires of orders: what is due is looked for in the target, and until has no column there");
    }

    @Test
    void whatIsUndoneOfATextIsSaidByTheField() {
        assertThat(read(HEAD + AN_ORDER).entity("orders").field("note").repair())
                .isEqualTo(Field.Repair.UNDECIDED);
        assertThat(read(HEAD + AN_ORDER.replace("note: text?", "note: { type: text?, repair: none }"))
                        .entity("orders")
                        .field("note")
                        .repair())
                .isEqualTo(Field.Repair.NONE);
        assertThat(read(HEAD + AN_ORDER.replace("note: text?", "note: { type: text?, repair: double-encoded-utf8 }"))
                        .entity("orders")
                        .field("note")
                        .repair())
                .isEqualTo(Field.Repair.DOUBLE_ENCODED_UTF8);
        assertThat(messages(HEAD + AN_ORDER.replace("note: text?", "note: { type: text?, repair: double-encoded }")))
                .singleElement()
                .asString()
                .contains("Invalid repair \"double-encoded\" in field orders.note");
        assertThat(messages(
                        HEAD + AN_ORDER.replace("note: text?", "note: { type: int32, repair: double-encoded-utf8 }")))
                .singleElement()
                .asString()
                .endsWith("Invalid repair of field orders.note: only texts are repaired, and it is int32");
        assertThat(messages(
                        HEAD + AN_ORDER.replace("id: text(40)", "id: { type: text(40), repair: double-encoded-utf8 }")))
                .singleElement()
                .asString()
                .endsWith("Invalid key field orders.id: a key is never repaired, it says which one");
    }

    @Test
    void partitionsAndNamespaceAreThoseThatAreSaid() {
        Migration shop =
                read("partitions: 12\nuuid_namespace: 6ba7b810-9dad-11d1-80b4-00c04fd430c8\n" + HEAD + AN_ORDER);

        assertThat(shop.partitions()).isEqualTo(12);
        assertThat(shop.namespace()).hasToString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "text;TEXT;false;false",
                "text(255);TEXT;false;false",
                "text(255)?;TEXT;true;true",
                "text|null;TEXT;true;false",
                "text(9) | null;TEXT;true;false",
                "bool = false;BOOL;false;true",
                "int32? = 7;INT32;true;true",
                "decimal(12,2);DECIMAL;false;false",
                "json = {};JSON;false;true",
                "timestamptz?;TIMESTAMPTZ;true;true",
                "uuid;UUID;false;false",
                "bytes?;BYTES;true;true"
            })
    void aTypeSaysWhetherAFieldMayBeNullOrLeftOut(
            String type, FieldType.Kind kind, boolean nullable, boolean optional) {
        Field field = fieldOf(type);

        assertThat(field.type().kind()).isEqualTo(kind);
        assertThat(field.nullable()).isEqualTo(nullable);
        assertThat(field.optional()).isEqualTo(optional);
    }

    @Test
    void aDefaultIsAValueOfTheFieldsType() {
        assertThat(fieldOf("decimal(5,2) = 1.50").defaultValue()).isEqualTo(new BigDecimal("1.50"));
        assertThat(fieldOf("bool = false").defaultValue()).isEqualTo(false);
        assertThat(fieldOf("int64 = 9007199254740993").defaultValue()).isEqualTo(9007199254740993L);
        assertThat(fieldOf("text = ''").defaultValue()).isEqualTo("");
        assertThat(fieldOf("text = 'it''s'").defaultValue()).isEqualTo("it's");
        assertThat(fieldOf("text?").defaultValue()).isEqualTo(Missing.NULL);
    }

    @Test
    void aFieldMayHaveARangeAndAnEnumeration() {
        Field level = fieldOf("{ type: int32, min: 1, max: 5 }");
        Field role = fieldOf("{ type: text(9)?, in: [user, admin] }");

        assertThat(level.min()).isEqualTo(1);
        assertThat(level.max()).isEqualTo(5);
        assertThat(role.oneOf()).containsExactly("user", "admin");
        assertThat(role.optional()).isTrue();
    }

    @Test
    void insideBracesACallMayHaveCommas() {
        Migration shop = read(HEAD + AN_ORDER + """
              lines:
                parent: orders
                key: [id, number]
                fields: { id: text(40), number: int32, price: decimal(12, 2) }
                legacy: { format: json, path: "lines/{id}.json", at: "/[number]" }
                target: { table: lines, columns: { uid: uuid5(id, number), order_uid: uuid5(id) }, extra: x }
            """);

        assertThat(table(shop, "lines").columns())
                .contains(
                        new TableLayout.Column("uid", new Derivation.Uuid5("lines", List.of("id", "number"))),
                        new TableLayout.Column("order_uid", new Derivation.Uuid5("orders", List.of("id"))));
        assertThat(shop.entity("lines").field("price").type()).isEqualTo(FieldType.decimal(12, 2));
    }

    @Test
    void theParentIsFoundByTheNamesOfItsKeyAndStandsBeforeItsChildren() {
        Migration shop = read(HEAD + """
              lines:
                parent: orders
                key: [id, number]
                fields: { id: text(40), number: int32 }
                target: { table: lines, extra: x }
            """ + AN_ORDER);

        assertThat(shop.entities()).extracting(Entity::name).containsExactly("orders", "lines");
        assertThat(shop.entity("lines").parent())
                .hasValue(new Reference(List.of("id"), "orders", Reference.OnDelete.CASCADE, true));
        assertThat(shop.entity("lines").legacy()).isEmpty();
    }

    @Test
    void referencesMayBeNamedByFieldOrListed() {
        Migration shop = read(HEAD + AN_ORDER + """
              notes:
                key: no
                fields: { no: int64, order: text(40)?, other: text(40) }
                references:
                  - { fields: [order], entity: orders, on_delete: set_null }
                  - { fields: other, entity: orders }
                target: { table: notes, extra: x }
            """);

        assertThat(shop.entity("notes").references())
                .containsExactly(
                        new Reference(List.of("order"), "orders", Reference.OnDelete.SET_NULL, false),
                        new Reference(List.of("other"), "orders", Reference.OnDelete.KEEP, false));
    }

    @Test
    void aFieldWithoutAColumnOfItsOwnLivesInExtra() {
        Migration shop = read(HEAD + """
              orders:
                key: id
                fields: { id: text, "no": int32, data: json, kept: text }
                target:
                  table: orders
                  columns:
                    id: uuid5(id)
                    number: no
                    town: data/address/town
                    kind: "'order'"
                    kept: extra
                  extra: rest
            """);

        assertThat(table(shop, "orders").columns())
                .containsExactly(
                        new TableLayout.Column("id", new Derivation.Uuid5("orders", List.of("id"))),
                        new TableLayout.Column("number", new Derivation.FieldValue("no")),
                        new TableLayout.Column("town", new Derivation.Member("data", List.of("address", "town"))),
                        new TableLayout.Column("kind", new Derivation.Constant("order")),
                        new TableLayout.Column("data", new Derivation.FieldValue("data")));
        assertThat(table(shop, "orders").inExtra()).containsExactly("id", "kept");
    }

    @Test
    void variablesAreReplacedBeforeAnythingIsTyped() {
        Path file = write(HEAD.replace("data", "\"${ROOT}\"")
                        .replace("embedded", "\"${URL:-embedded}\"")
                        .replace("migration: shop", "migration: shop\npartitions: ${N:-3}")
                + AN_ORDER);

        Migration shop = DefinitionReader.read(file, Map.of("ROOT", "/srv/x", "URL", "")::get);

        assertThat(shop.stores().legacyRoot()).isEqualTo(Path.of("/srv/x"));
        assertThat(shop.stores().targetUrl()).isEqualTo("embedded");
        assertThat(shop.partitions()).isEqualTo(3);
    }

    @Test
    void aFingerprintIsThatOfTheContentAndNotOfItsForm() {
        String one = DefinitionReader.fingerprint(write(HEAD + AN_ORDER));
        String sameWithComments = DefinitionReader.fingerprint(
                write("# mine\n" + HEAD.replace("{ files: data }", "\n  files: \"data\"") + AN_ORDER));
        String other = DefinitionReader.fingerprint(write(HEAD + AN_ORDER.replace("text?", "text")));

        assertThat(one).hasSize(64).isEqualTo(sameWithComments).isNotEqualTo(other);
    }

    // what it refuses

    @Test
    void aDefinitionWithTenMistakesReportsTen() {
        DefinitionException refused = refused("""
                migration: Shop
                partitons: 6
                legacy: { files: "${NOWHERE}" }
                target: { postgresql: localhost, schema: schema }
                entities:
                  orders:
                    key: number
                    fields:
                      id: text(40)
                      created_at: timestmp
                      total: decimal(2,5)
                    legacy: { format: jsn, path: "orders/{nr}.json" }
                  lines:
                    parent: order
                    key: [id]
                    fields: { id: text(40) }
                    target: { table: lines, columns: { uid: uid5(id) }, extra: extra }
                """);

        assertThat(refused.problems()).extracting(Problem::toString).containsExactly("""
                migration.yaml:1:12: Invalid migration name "Shop": small letters, digits, _ and -, a letter first, at most 63
                migration.yaml:2:1: Unknown "partitons" in the definition. Did you mean "partitions"?
                migration.yaml:3:18: Missing environment variable NOWHERE in legacy.files: set it, or write ${NOWHERE:-default}
                migration.yaml:4:23: Invalid target.postgresql: postgresql://user:password@host:port/database, jdbc:postgresql://… or embedded
                migration.yaml:7:10: Unknown field "number" in key of orders: it is one of id, created_at, total
                migration.yaml:10:19: Invalid type "timestmp" of field orders.created_at. Did you mean "timestamp"?
                migration.yaml:11:22: Invalid decimal of field orders.total: it takes its digits, 1 to 1000, and how many of them stand after the point, as in decimal(12,2)
                migration.yaml:12:23: Invalid format "jsn" in entity orders.legacy. Did you mean "json"?
                migration.yaml:12:43: Unknown field "nr" in path of orders: it is one of id, created_at, total
                migration.yaml:14:13: Unknown entity "order" in parent of lines. Did you mean "orders"?
                migration.yaml:17:45: Unknown function "uid5" in column uid of lines. Did you mean "uuid5"?""".split("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "timestmp; 9:13: Invalid type \"timestmp\" of field orders.note. Did you mean \"timestamp\"?",
                "varchar(9); 9:13: Invalid type \"varchar\" of field orders.note. Did you mean \"text\"?",
                "string?; 9:13: Invalid type \"string\" of field orders.note. Did you mean \"text\"?",
                "zzzzzz; 9:13: Invalid type \"zzzzzz\" of field orders.note: it is one of text, bool, int32",
                "text(0); 9:18: Invalid length \"0\" of field orders.note",
                "text(x); 9:18: Invalid length \"x\" of field orders.note",
                "int32(4); 9:19: Invalid type of field orders.note: int32 takes nothing in brackets",
                "decimal; 9:20: Invalid decimal of field orders.note",
                "decimal(3,4); 9:21: Invalid decimal of field orders.note",
                "text|null = x; 9:23: Invalid default of field orders.note: a field that must be there needs none",
                "int32 = x; 9:21: Invalid default \"x\" of field orders.note",
                "int32 = 99999999999; 9:21: Invalid default \"99999999999\" of field orders.note",
                "text(2) = abc; 9:23: Invalid default \"abc\" of field orders.note",
                "json = {; 9:20: Invalid default \"{\" of field orders.note",
                "decimal(3,2) = 1.234; 9:28: Invalid default \"1.234\" of field orders.note",
                "{ type: int32, min: 5, max: 1 }; 9:33: Invalid range of field orders.note: min is above max",
                "{ type: text, min: a }; 9:32: Invalid min of field orders.note: only numbers",
                "{ type: int32, in: [1, b] }; 9:36: Invalid value \"b\" of field orders.note",
                "{ type: int32 = 9, max: 5 }; 9:29: Invalid default \"9\" of field orders.note",
                "{ typ: int32 }; 9:15: Unknown \"typ\" in field orders.note. Did you mean \"type\"?",
                "{ max: 3 }; 9:13: Missing \"type\" in field orders.note",
                "[text]; 9:13: Invalid type of field orders.note: it must be a single value",
            })
    void aWrongTypeIsNamedWithItsPlace(String type, String message) {
        assertThat(messages(HEAD + AN_ORDER.replace("text?", type))).anyMatch(text -> text.startsWith(message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "key: id; key: note; 6:10: Invalid key field orders.note: it must always have a value; declare it as text",
                "key: id; key: [id, id]; 6:15: Duplicate \"id\" in key of orders",
                "key: id; keys: id; 6:5: Unknown \"keys\" in entity orders. Did you mean \"key\"?",
                "key: id; keys: id; 6:5: Missing \"key\" in entity orders",
                "id: text(40); id: json; 6:10: Invalid key field orders.id: json cannot be a key",
                "orders:; events:; 5:3: Invalid entity name \"events\": the HTTP API has something else at that address",
                "orders:; or ders:; 5:3: Invalid entity name \"or ders\": letters, digits, _ and -, at most 63",
                "note: text?; no-te: text?; 9:7: Invalid field name \"no-te\" of orders",
                "note: text?; id: text; 9:7: Duplicate \"id\" in entity orders.fields: it stands in line 8 already",
                "json, path; xml, path; 10:23: Invalid format \"xml\" in entity orders.legacy: it is one of json, jsonl",
                "{id}.json; x.json; 10:35: Invalid path of orders: key field id stands neither in path nor in at",
                "{id}.json; {id}{note}.json; 10:35: Invalid path \"orders/{id}{note}.json\": something must stand between two places",
                "orders/{id}; ../{id}; 10:35: Invalid path \"../{id}.json\": it must stay below its root",
                "{id}.json; {id}/{note}.json; 10:49: Invalid path of orders: {note} must always have a value; declare it as text",
                "{id}.json\"; {id}.json\", at: \"/items\"; 10:60: Invalid \"at\" of orders: write /name for a member",
                "{id}.json\"; {id}.json\", at: \"/[note]\"; 10:62: Invalid \"at\" of orders: note is not part of its key",
                "{id}.json\"; {id}.json\", at: \"/{note}\"; 10:62: Invalid \"at\" of orders: note is not part of its key",
                "{id}.json\"; {id}.json\", members: { note: id }; 10:64: Duplicate member \"id\" of orders: both id and note would stand there",
                "{id}.json\"; {id}.json\", members: { nte: id }; 10:66: Unknown field \"nte\" in members of orders. Did you mean \"note\"?",
                "{id}.json\"; {id}.json\", style: phpp; 10:62: Invalid style \"phpp\" in entity orders.legacy. Did you mean \"php\"?",
                "table: orders; tabel: orders; 11:15: Unknown \"tabel\" in entity orders.target. Did you mean \"table\"?",
                "table: orders; table: my-orders; 11:22: Invalid table \"my-orders\" of orders",
                ", extra: extra; ; 11:13: Missing \"extra\" in entity orders.target: members that the definition does not name are kept",
                ", extra: extra; ; 11:13: Missing \"extra\" in entity orders.target: a column cannot tell whether note is left out",
                ", extra: extra; , extra: note; 11:37: Duplicate column note of orders: it cannot be both a column and extra",
            })
    void aWrongEntityIsNamedWithItsPlace(String right, String wrong, String message) {
        String text = HEAD + AN_ORDER.replace(right, wrong == null ? "" : wrong);

        assertThat(messages(text)).anyMatch(found -> found.startsWith(message));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "uid5(id); Unknown function \"uid5\" in column c of orders. Did you mean \"uuid5\"?",
                "uuid5(note); Invalid column c of orders: uuid5 takes a whole key, its own (id)",
                "uuid5(\"id\"); Unknown field",
                "'uuid5(''id'')'; Invalid column c of orders: uuid5 takes names of fields",
                "uuid5(idd); Unknown field \"idd\" in column c of orders. Did you mean \"id\"?",
                "idd; Unknown field \"idd\" in column c of orders. Did you mean \"id\"?",
                "id/x; Invalid column c of orders: id has no members, it is text(40)",
                "id/; Invalid column c of orders: a member's name must follow \"/\"",
                "uuid5(id; Invalid column c of orders: a \")\" is missing",
                "uuid5(id) x; Invalid column c of orders: \"x\" is too much",
                "uuid5(); Invalid column c of orders: a field, a 'text' or a call like uuid5(id) must stand here",
                "inet(id, note); Invalid column c of orders: inet takes one text field",
                "default(id); Invalid column c of orders: default takes one field that has a default, as in T? = v",
                "when(id, 'a'); Invalid column c of orders: when takes a field and two constants or fields",
                "coalesce(inet(id)); Invalid column c of orders: coalesce takes fields, members and constants",
                "[id]; Invalid column c of orders: it must be a single value",
                "\"'x\"; Invalid column c of orders: the text that begins with ' does not end",
            })
    void aWrongColumnIsNamed(String column, String message) {
        List<String> found = messages(HEAD
                + AN_ORDER.replace(
                        "{ table: orders, extra: extra }",
                        "\n      table: orders\n      extra: x\n      columns:\n        c: " + column));

        assertThat(found).anyMatch(text -> text.matches("\\d+:\\d+: .*") && text.contains(message));
    }

    @Test
    void anEntityThatCannotBeFoundByItsKeyIsRefused() {
        assertThat(messages(HEAD + AN_ORDER.replace("extra: extra", "columns: { id: extra }, extra: extra")))
                .singleElement()
                .asString()
                .contains(
                        "no column identifies a record; give each key field (id) a column, or add one that is uuid5(id)");
    }

    @Test
    void parentsMustNotFormACircle() {
        assertThat(messages(HEAD + """
                  a: { key: id, fields: { id: text }, parent: b, target: { table: a, extra: x } }
                  b: { key: id, fields: { id: text }, parent: a, target: { table: b, extra: x } }
                """))
                .containsExactly(
                        "5:47: Invalid parent of a: it is its own ancestor",
                        "6:47: Invalid parent of b: it is its own ancestor");
    }

    @Test
    void aParentsKeyMustBePartOfItsChildrensKeysAndOfTheSameType() {
        assertThat(messages(HEAD + AN_ORDER + """
                  a: { key: no, fields: { no: int32, id: int32 }, parent: orders, target: { table: a, extra: x } }
                  b: { key: no, fields: { no: int32 }, parent: orders, target: { table: b, extra: x } }
                """))
                .containsExactly(
                        "12:59: Invalid reference a.id: it is int32, but orders.id is text(40)",
                        "12:59: Invalid parent of a: field id must be part of its key [no], so that the key alone says where a record belongs",
                        "13:48: Missing field b.id: it would hold the key of its parent orders; if another field does, write parent: {entity: orders, fields: […]}");
    }

    @Test
    void aReferenceThatBecomesNullMustBeAllowedTo() {
        assertThat(messages(HEAD + AN_ORDER + """
                  a:
                    key: no
                    fields: { no: int32, order: text(40) }
                    references: { order: { entity: orders, on_delete: set_nul }, nr: orders }
                    target: { table: a, extra: x }
                  b:
                    key: no
                    fields: { no: int32, order: text(40) }
                    references: { order: { entity: orders, on_delete: set_null } }
                    target: { table: b, extra: x }
                """))
                .containsExactly(
                        "15:55: Invalid on_delete \"set_nul\" in reference order of a. Did you mean \"set_null\"?",
                        "15:66: Unknown field \"nr\" in references of a. Did you mean \"no\"?",
                        "20:26: Invalid on_delete of reference b.order: set_null needs a field that may be null, such as text(40)|null");
    }

    @Test
    void twoEntitiesMustNotShareAFileOrATable() {
        assertThat(messages(HEAD + AN_ORDER + AN_ORDER.replace("  orders:", "  others:")))
                .containsExactly(
                        "17:35: Duplicate path orders/{id}.json of others: a file could as well be one of orders, orders/{id}.json. Two entities share a document only if at says of each where in it",
                        "18:22: Duplicate table orders of others: it is that of orders already");
    }

    @Test
    void whatIsNoYamlIsSaidWithItsPlace() {
        assertThat(messages("migration: [")).singleElement().asString().startsWith("1:13: Invalid YAML: ");
        assertThat(messages("migration:\n\tx: y"))
                .singleElement()
                .asString()
                .startsWith("2:1: Invalid YAML: ")
                .contains("Do not use \\t(TAB) for indentation");
        assertThat(messages("")).containsExactly("1:1: Missing definition: the file is empty");
        assertThat(messages("- a")).containsExactly("1:1: Invalid definition: it must be a map of names to values");
        assertThat(messages("a: &x { b: *x }")).singleElement().asString().contains("Invalid YAML: it contains itself");
        assertThat(messages("a: 1\n---\nb: 2")).singleElement().asString().contains("Invalid YAML: ");
        assertThat(messages("[".repeat(200_000))).singleElement().asString().contains("Invalid YAML: ");
    }

    @Test
    void aFileThatIsNotThereOrNotUtf8IsSaid() throws IOException {
        Path latin1 = folder.resolve("latin1.yaml");
        Files.write(latin1, "migration: müll".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(refused(latin1).problems().get(0).message()).isEqualTo("Invalid encoding: the file must be UTF-8");
        assertThat(refused(folder.resolve("none.yaml")).problems().get(0).message())
                .startsWith("Missing file: there is no ");
    }

    @Test
    void theTextOfATargetUrlIsNeverShown() {
        assertThat(messages(HEAD.replace("embedded", "mysql://u:secret@host/db") + AN_ORDER))
                .noneMatch(text -> text.contains("secret"))
                .hasSize(1);
    }

    @Test
    void oneOfPostgresqlAndSqliteIsTheTarget() {
        assertThat(messages(HEAD.replace("postgresql: embedded", "schema: x") + AN_ORDER))
                .containsExactly(
                        "3:9: Invalid target: it is either postgresql, with a URL or embedded, or sqlite, with a path");
        assertThat(read(HEAD.replace("postgresql: embedded", "sqlite: x.db") + AN_ORDER)
                        .stores()
                        .targetUrl())
                .isEqualTo("sqlite:" + folder.resolve("x.db"));
    }

    private Field fieldOf(String type) {
        return read(HEAD + AN_ORDER.replace("text?", type)).entity("orders").field("note");
    }

    private static TableLayout table(Migration migration, String entity) {
        return (TableLayout) migration.entity(entity).target().orElseThrow();
    }

    /** Each problem as {@code line:column: message}. */
    private List<String> messages(String text) {
        return refused(text).problems().stream()
                .map(problem -> problem.line() + ":" + problem.column() + ": " + problem.message())
                .toList();
    }

    private DefinitionException refused(String text) {
        return refused(write(text));
    }

    private static DefinitionException refused(Path file) {
        DefinitionException refused =
                catchThrowableOfType(DefinitionException.class, () -> DefinitionReader.read(file, name -> null));
        assertThat(refused).as("refused").isNotNull();
        return refused;
    }

    private Migration read(String text) {
        return DefinitionReader.read(write(text), name -> null);
    }

    private Path write(String text) {
        try {
            return Files.writeString(folder.resolve("migration.yaml"), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
