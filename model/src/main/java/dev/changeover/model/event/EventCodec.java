package dev.changeover.model.event;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.json.FieldError;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Change events of one migration in Debezium's JSON envelope without schema:
 *
 * <pre>{@code
 * {"before":{…},"after":{…},"patch":{…},
 *  "source":{"version":"1","connector":"changeover","name":"donna","ts_ms":1700000000000,"snapshot":"false",
 *            "db":"donna","table":"users","origin":"gateway"},
 *  "op":"u","ts_ms":1700000000000}
 * }</pre>
 *
 * {@code before} and {@code after} are records as {@link RecordJson} has them, or {@code null}; {@code patch} is there only
 * on {@code writes}. Read in any order of the members; members that are not named here are passed over, and but for
 * {@code op} and the state each of them may be missing. Which record it is about is said by the event's key, not its value.
 *
 * <p>Safe for use by several threads; the buffers are the thread's own.
 */
public final class EventCodec {
    private static final String VERSION = "1";

    private final Migration migration;
    /** What is the same in every event, and what is in every event of an entity: a tenth of the time of writing. */
    private final String sourceHead;

    private final Map<String, String> sourceTables = new HashMap<>();

    private final OwnTail ownTail;

    public EventCodec(Migration migration) {
        this.migration = migration;
        String name = JsonMembers.quoted(migration.name()).text();
        this.sourceHead =
                "{\"version\":\"%s\",\"connector\":\"changeover\",\"name\":%s,\"ts_ms\":".formatted(VERSION, name);
        for (Entity entity : migration.entities()) {
            String table = JsonMembers.quoted(entity.name()).text();
            sourceTables.put(entity.name(), ",\"db\":%s,\"table\":%s".formatted(name, table));
        }
        this.ownTail = new OwnTail(sourceHead, sourceTables);
    }

    /** The value of {@code event}'s record on the log; its key is {@code event.key().bytes()}. */
    public byte[] write(ChangeEvent event) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator generator = StrictJson.factory().createGenerator(bytes)) {
            generator.writeStartObject();
            writeState("before", event.before(), generator);
            writeState("after", event.after(), generator);
            if (event.patch() != null) {
                generator.writeFieldName("patch");
                generator.writeRawValue(event.patch().text());
            }
            writeSource(event, generator);
            generator.writeStringField("op", event.op().letter());
            generator.writeNumberField("ts_ms", event.timestampMillis());
            generator.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * An event with both of its states. On {@code writes} what a client says of {@code before} decides nothing, and a
     * client that sends only the key there is right by Debezium's rules: use {@link #readAfterOnly}.
     *
     * @throws MalformedEventException if it is none of this migration, or against its entity's definition
     */
    public ChangeEvent read(byte[] key, byte[] value) throws MalformedEventException {
        return read(key, value, true);
    }

    /** As {@link #read}, but with {@code before} passed over, whatever it holds. */
    public ChangeEvent readAfterOnly(byte[] key, byte[] value) throws MalformedEventException {
        return read(key, value, false);
    }

    /**
     * As {@link #readAfterOnly}, for who has nothing to do for a snapshot read: of one that {@link #write} wrote only the key is read, and
     * the event has no state.
     *
     * @param value one that was read before and found to be an event
     */
    public ChangeEvent readUnlessSnapshot(byte[] key, byte[] value) throws MalformedEventException {
        return OwnTail.isSurelySnapshot(value)
                ? new ChangeEvent(Op.SNAPSHOT, KeyJson.read(migration, key), null, null, null, "", 0)
                : readAfterOnly(key, value);
    }

    private ChangeEvent read(byte[] key, byte[] value, boolean withBefore) throws MalformedEventException {
        RecordKey recordKey = KeyJson.read(migration, key);
        try (JsonParser parser = StrictJson.parserOfKnownNames(value)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedEventException("value: a Debezium envelope without schema is expected, an object");
            }
            Envelope envelope = new Envelope(recordKey, withBefore);
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                parser.nextToken();
                envelope.read(name, parser);
                // Only here: behind a text the parser may stand at its beginning.
                if (name.equals("after")
                        && envelope.isReadyForTail()
                        && envelope.take(ownTail(value, parser, recordKey))) {
                    return envelope.event();
                }
            }
            StrictJson.end(parser);
            return envelope.event();
        } catch (IOException e) {
            throw new MalformedEventException(
                    "value: " + InvalidJsonException.of(e).getMessage());
        }
    }

    private OwnTail.@Nullable Tail ownTail(byte[] value, JsonParser parser, RecordKey key) {
        int behindAfter = (int) parser.currentLocation().getByteOffset(); // of at most 16 MiB
        return ownTail.read(value, behindAfter, key.entity().name());
    }

    private static void writeState(String name, @Nullable EntityRecord state, JsonGenerator generator)
            throws IOException {
        generator.writeFieldName(name);
        if (state == null) {
            generator.writeNull();
        } else {
            RecordJson.write(state, generator);
        }
    }

    private void writeSource(ChangeEvent event, JsonGenerator generator) throws IOException {
        String source = sourceHead
                + event.timestampMillis()
                + (event.op() == Op.SNAPSHOT ? ",\"snapshot\":\"true\"" : ",\"snapshot\":\"false\"")
                + sourceTables.get(event.key().entity().name())
                + ",\"origin\":"
                + JsonMembers.quoted(event.origin()).text()
                + "}";
        generator.writeFieldName("source");
        generator.writeRawValue(source);
    }

    /** What has been read of one envelope. */
    private static final class Envelope {
        private static final int OP = 1;
        private static final int BEFORE = 2;
        private static final int AFTER = 4;
        private static final int PATCH = 8;
        private static final int SOURCE = 16;
        private static final int TS_MS = 32;

        private final RecordKey key;
        private final boolean withBefore;
        private int met;
        private @Nullable Op op;
        private @Nullable EntityRecord before;
        private @Nullable EntityRecord after;
        private @Nullable JsonText patch;
        private String origin = "";
        private long timestampMillis;

        Envelope(RecordKey key, boolean withBefore) {
            this.key = key;
            this.withBefore = withBefore;
        }

        void read(String name, JsonParser parser) throws IOException, MalformedEventException {
            switch (name) {
                case "op" -> {
                    once(OP, name);
                    op = readOp(parser);
                }
                case "before" -> {
                    once(BEFORE, name);
                    if (withBefore) {
                        before = readState("before", parser);
                    } else {
                        parser.skipChildren();
                    }
                }
                case "after" -> {
                    once(AFTER, name);
                    after = readState("after", parser);
                }
                case "patch" -> {
                    once(PATCH, name);
                    patch = readPatch(parser);
                }
                case "source" -> {
                    once(SOURCE, name);
                    readSource(parser);
                }
                case "ts_ms" -> {
                    once(TS_MS, name);
                    timestampMillis = readMillis(parser);
                }
                default -> parser.skipChildren();
            }
        }

        /** Whether there is a state, and none yet of what stands behind it. */
        boolean isReadyForTail() {
            return after != null && (met & (OP | PATCH | SOURCE | TS_MS)) == 0;
        }

        /** @return whether there is one; then nothing is missing */
        boolean take(OwnTail.@Nullable Tail tail) {
            if (tail == null) {
                return false;
            }
            op = tail.op();
            origin = tail.origin();
            timestampMillis = tail.timestampMillis();
            return true;
        }

        private void once(int member, String name) throws MalformedEventException {
            if ((met & member) != 0) {
                throw new MalformedEventException("%s: it is there twice".formatted(name));
            }
            met |= member;
        }

        ChangeEvent event() throws MalformedEventException {
            if (op == null) {
                throw new MalformedEventException("op: it is missing; c, u, d or r is expected");
            }
            if (op == Op.DELETE && (after != null || patch != null)) {
                throw new MalformedEventException("op: d with a state after; a delete has none");
            }
            if (op != Op.DELETE && after == null && patch == null) {
                throw new MalformedEventException("after: it is missing, and op is " + op.letter());
            }
            if (patch != null && (op != Op.UPDATE || after != null)) {
                throw new MalformedEventException("patch: it stands alone, without after, and op is u");
            }
            return new ChangeEvent(op, key, before, after, patch, origin, timestampMillis);
        }

        private static Op readOp(JsonParser parser) throws IOException, MalformedEventException {
            if (parser.currentToken() == JsonToken.VALUE_STRING) {
                for (Op op : Op.values()) {
                    if (op.letter().equals(parser.getText())) {
                        return op;
                    }
                }
            }
            throw new MalformedEventException("op: c, u, d or r is expected");
        }

        private @Nullable EntityRecord readState(String name, JsonParser parser)
                throws IOException, MalformedEventException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            try {
                return RecordJson.read(key, parser);
            } catch (InvalidRecordException e) {
                throw new MalformedEventException(
                        e.errors().stream().map(error -> at(name, error)).collect(Collectors.joining("; ")));
            }
        }

        private static String at(String name, FieldError error) {
            return String.format(
                    Locale.ROOT, "%s%s: %s", name, error.field().isEmpty() ? "" : "." + error.field(), error.message());
        }

        private static @Nullable JsonText readPatch(JsonParser parser) throws IOException, MalformedEventException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return null;
            }
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new MalformedEventException("patch: an object is expected (RFC 7396)");
            }
            try {
                return StrictJson.copy(parser);
            } catch (InvalidJsonException e) {
                throw new MalformedEventException("patch: " + e.getMessage());
            }
        }

        private void readSource(JsonParser parser) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                parser.skipChildren();
                return;
            }
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                if (parser.nextToken() == JsonToken.VALUE_STRING && name.equals("origin")) {
                    origin = parser.getText();
                } else {
                    parser.skipChildren();
                }
            }
        }

        private static long readMillis(JsonParser parser) throws IOException, MalformedEventException {
            if (parser.currentToken() == JsonToken.VALUE_NULL) {
                return 0;
            }
            if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getTextLength() > 18) {
                throw new MalformedEventException("ts_ms: a whole number of milliseconds is expected");
            }
            return parser.getLongValue();
        }
    }
}
