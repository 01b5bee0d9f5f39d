package dev.changeover.model.topic;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.Headers;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of this package as JSON in UTF-8, the way they travel: one object each, names in snake case, times in
 * milliseconds of Unix time under {@code at}. Readers tolerate members that they do not know.
 *
 * <p>Readers throw {@link IllegalArgumentException} on anything else: only Changeover writes these topics.
 */
public final class Wire {
    private Wire() {}

    public static byte[] write(Progress progress) {
        return new ObjectWriter()
                .text("side", progress.side().word())
                .number("partition", progress.partition())
                .number("next", progress.next())
                .number("writes_next", progress.writesNext())
                .number("applied", progress.applied())
                .number("parked", progress.parked())
                .number("refused", progress.refused())
                .number("epoch", progress.epoch())
                .number("at", progress.atMillis())
                .bytes();
    }

    public static Progress progress(byte[] json) {
        Members members = Members.of("progress", json);
        return new Progress(
                Side.of(members.text("side")),
                members.smallNumber("partition"),
                members.number("next"),
                members.number("writes_next"),
                members.number("applied"),
                members.number("parked"),
                members.number("refused"),
                members.number("epoch"),
                members.number("at"));
    }

    public static byte[] write(Answer answer) {
        return new ObjectWriter()
                .number("partition", answer.partition())
                .number("offset", answer.offset())
                .text("outcome", word(answer.outcome()))
                .number("first_offset", answer.firstOffset())
                .text("reason", answer.reason())
                .bytes();
    }

    public static Answer answer(byte[] json) {
        Members members = Members.of("answer", json);
        return new Answer(
                members.smallNumber("partition"),
                members.number("offset"),
                constant(Answer.Outcome.class, members.text("outcome")),
                members.number("first_offset"),
                members.text("reason"));
    }

    public static byte[] write(Observation observation) {
        Digest digest = observation.digest();
        return new ObjectWriter()
                .text("side", observation.side().word())
                .json("record", new JsonText(observation.key().text()))
                .number("partition", observation.partition())
                .number("position", observation.position())
                .text("digest", digest == null ? null : digest.hex())
                .flag("ours", observation.ours())
                .number("at", observation.atMillis())
                .bytes();
    }

    public static Observation observation(Migration migration, byte[] json) {
        Members members = Members.of("observation", json);
        String digest = members.textOrNull("digest");
        return new Observation(
                Side.of(members.text("side")),
                key(migration, members.json("record")),
                members.smallNumber("partition"),
                members.number("position"),
                digest == null ? null : Digest.ofHex(digest),
                members.flag("ours"),
                members.number("at"));
    }

    /** All verdicts of one key. */
    public static byte[] write(List<Verdict> verdicts) {
        return new ObjectWriter().objects("findings", verdicts, Wire::object).bytes();
    }

    private static void object(ObjectWriter finding, Verdict verdict) {
        finding.json("record", new JsonText(verdict.key().text()))
                .text("verdict", verdict.kind().word())
                .text("side", verdict.side().word())
                .number("partition", verdict.partition())
                .number("position", verdict.position())
                .number("since", verdict.sinceMillis())
                .text("source", verdict.source())
                .objects(
                        "fields",
                        verdict.differences(),
                        (field, difference) -> field.text("field", difference.field())
                                .text("legacy", textOf(difference.legacy()))
                                .text("log", textOf(difference.log()))
                                .text("target", textOf(difference.target()))
                                .text("cause", difference.cause()));
    }

    public static List<Verdict> verdicts(Migration migration, byte[] json) {
        Members members = Members.of("verdicts", json);
        return members.jsonOrNull("findings") != null
                ? members.objects("findings", finding -> verdict(migration, finding))
                : List.of(verdict(migration, members)); // as earlier builds wrote them: one to a key
    }

    private static Verdict verdict(Migration migration, Members members) {
        return new Verdict(
                key(migration, members.json("record")),
                constant(Verdict.Kind.class, members.text("verdict")),
                Side.of(members.text("side")),
                members.smallNumber("partition"),
                members.number("position"),
                members.number("since"),
                members.text("source"),
                members.objects(
                        "fields",
                        field -> new Verdict.Difference(
                                field.text("field"),
                                jsonOf(field.textOrNull("legacy")),
                                jsonOf(field.textOrNull("log")),
                                jsonOf(field.textOrNull("target")),
                                field.text("cause"))));
    }

    public static byte[] write(Barrier barrier) {
        return object(barrier).bytes();
    }

    public static Barrier barrier(byte[] json) {
        return barrier(Members.of("barrier", json));
    }

    static ObjectWriter object(Barrier barrier) {
        return new ObjectWriter().text("id", barrier.id()).text("kind", barrier.kind());
    }

    static Barrier barrier(Members members) {
        return new Barrier(members.text("id"), members.text("kind"));
    }

    public static byte[] write(Position position) {
        return new ObjectWriter().numbers("next", position.next()).bytes();
    }

    public static Position position(byte[] json) {
        return new Position(Members.of("position", json).numbers("next"));
    }

    public static byte[] write(Certificate certificate) {
        return object(certificate).bytes();
    }

    public static Certificate certificate(byte[] json) {
        return certificate(Members.of("certificate", json));
    }

    static ObjectWriter object(Certificate certificate) {
        return new ObjectWriter()
                .text("id", certificate.id())
                .text("barrier_id", certificate.barrierId())
                .numbers("barrier", certificate.barrier().next())
                .number("issued_at", certificate.issuedAtMillis())
                .flag("equal", certificate.equal())
                .objects(
                        "entities",
                        certificate.entities(),
                        (entity, state) -> entity.text("entity", state.entity())
                                .number("legacy_count", state.legacyCount())
                                .text("legacy_digest", state.legacyDigest().hex())
                                .number("target_count", state.targetCount())
                                .text("target_digest", state.targetDigest().hex())
                                .texts(
                                        "buckets",
                                        state.buckets().stream().map(Wire::text).toList()))
                .texts("reasons", certificate.reasons())
                .json("evidence", object(certificate.evidence()).end());
    }

    /** As {@code 12:DIGEST}: there are many of them. */
    private static String text(Certificate.BucketState bucket) {
        return bucket.count() + ":" + bucket.digest().hex();
    }

    private static Certificate.BucketState bucket(String text) {
        int colon = text.indexOf(':');
        return new Certificate.BucketState(Long.parseLong(text, 0, colon, 10), Digest.ofHex(text.substring(colon + 1)));
    }

    private static ObjectWriter object(Certificate.Evidence evidence) {
        return new ObjectWriter()
                .text("config_hash", evidence.configHash())
                .number("scan_started_at", evidence.scanStartedMillis())
                .number("scan_ended_at", evidence.scanEndedMillis())
                .numbers("scanned_from", evidence.scannedFrom().next())
                .number("scanned", evidence.scanned())
                .number("reread", evidence.reread())
                .number("by_others", evidence.byOthers())
                .number("findings", evidence.findings())
                .number("planted", evidence.planted())
                .number("detected", evidence.detected());
    }

    private static Certificate.Evidence evidence(Members members) {
        return new Certificate.Evidence(
                members.text("config_hash"),
                members.number("scan_started_at"),
                members.number("scan_ended_at"),
                new Position(members.numbers("scanned_from")),
                members.number("scanned"),
                members.number("reread"),
                members.number("by_others"),
                members.number("findings"),
                members.smallNumber("planted"),
                members.smallNumber("detected"));
    }

    static Certificate certificate(Members members) {
        return new Certificate(
                members.text("id"),
                members.text("barrier_id"),
                new Position(members.numbers("barrier")),
                members.number("issued_at"),
                members.flag("equal"),
                members.objects(
                        "entities",
                        entity -> new Certificate.EntityState(
                                entity.text("entity"),
                                entity.number("legacy_count"),
                                Digest.ofHex(entity.text("legacy_digest")),
                                entity.number("target_count"),
                                Digest.ofHex(entity.text("target_digest")),
                                entity.texts("buckets").stream()
                                        .map(Wire::bucket)
                                        .toList())),
                members.texts("reasons"),
                evidence(members.object("evidence")));
    }

    public static byte[] write(ControlRecord controlRecord) {
        return ControlJson.write(controlRecord).bytes();
    }

    public static ControlRecord control(byte[] json) {
        return ControlJson.read(Members.of("control record", json));
    }

    public static byte[] write(BackfillTask task) {
        return new ObjectWriter()
                .text("id", task.id())
                .text("entity", task.entity())
                .text("from", task.from())
                .text("to", task.to())
                .number("records", task.records())
                .bytes();
    }

    public static BackfillTask backfillTask(byte[] json) {
        Members members = Members.of("backfill task", json);
        return new BackfillTask(
                members.text("id"),
                members.text("entity"),
                members.text("from"),
                members.text("to"),
                members.number("records"));
    }

    public static byte[] write(BackfillResult result) {
        return new ObjectWriter()
                .text("task", result.taskId())
                .text("entity", result.entity())
                .number("published", result.published())
                .number("bad", result.bad())
                .number("at", result.atMillis())
                .text("where", result.where())
                .bytes();
    }

    public static BackfillResult backfillResult(byte[] json) {
        Members members = Members.of("backfill result", json);
        return new BackfillResult(
                members.text("task"),
                members.text("entity"),
                members.number("published"),
                members.number("bad"),
                members.number("at"),
                members.text("where"));
    }

    /** All of a dead letter, its bytes in base64: for lists and stores, not for {@code dead-letters}. */
    public static byte[] write(DeadLetter letter) {
        Side side = letter.side();
        return new ObjectWriter()
                .text("id", letter.id())
                .text("key", letter.keyText())
                .text("entity", letter.entity())
                .text("stage", letter.stage())
                .text("side", side == null ? null : side.word())
                .text("reason", letter.reason())
                .text("origin", letter.origin())
                .number("at", letter.atMillis())
                .text("content", letter.content().base64())
                .bytes();
    }

    public static DeadLetter deadLetter(byte[] json) {
        Members members = Members.of("dead letter", json);
        return new DeadLetter(
                members.text("id"),
                members.text("key"),
                members.text("entity"),
                members.text("stage"),
                sideOf(members.textOrNull("side")),
                members.text("reason"),
                members.text("origin"),
                members.number("at"),
                Bytes.copyOf(Base64.getDecoder().decode(members.text("content"))));
    }

    /** The headers of {@code letter} on {@code dead-letters}; its record's key is its key text, its value its content. */
    public static Map<String, String> headers(DeadLetter letter) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(Headers.DEAD_LETTER_ID, letter.id());
        headers.put(Headers.STAGE, letter.stage());
        if (letter.side() != null) {
            headers.put(Headers.SIDE, letter.side().word());
        }
        headers.put(Headers.REASON, letter.reason());
        headers.put(Headers.ORIGIN, letter.origin());
        return headers;
    }

    /**
     * The dead letter that a record of {@code dead-letters} holds. Its entity is the one that the key names, if it names
     * one; headers that are missing are empty.
     *
     * @param atMillis the record's timestamp
     */
    public static DeadLetter deadLetter(String key, Map<String, String> headers, Bytes content, long atMillis) {
        return new DeadLetter(
                headers.getOrDefault(Headers.DEAD_LETTER_ID, ""),
                key,
                entityIn(key),
                headers.getOrDefault(Headers.STAGE, ""),
                sideOf(headers.get(Headers.SIDE)),
                headers.getOrDefault(Headers.REASON, ""),
                headers.getOrDefault(Headers.ORIGIN, ""),
                atMillis,
                content);
    }

    private static String entityIn(String key) {
        try {
            JsonText entity = JsonMembers.of(StrictJson.compact(key)).get("entity");
            String name = entity == null ? null : JsonMembers.string(entity);
            return name == null ? "" : name;
        } catch (InvalidJsonException e) {
            return ""; // that may be why it is a dead letter
        }
    }

    private static RecordKey key(Migration migration, JsonText text) {
        try {
            return KeyJson.read(migration, text.text().getBytes(StandardCharsets.UTF_8));
        } catch (MalformedEventException e) {
            throw new IllegalArgumentException("Invalid record " + e.getMessage(), e);
        }
    }

    private static @Nullable Side sideOf(@Nullable String word) {
        return word == null ? null : Side.of(word);
    }

    private static @Nullable String textOf(@Nullable JsonText json) {
        return json == null ? null : json.text();
    }

    private static @Nullable JsonText jsonOf(@Nullable String text) {
        return text == null ? null : new JsonText(text);
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> E constant(Class<E> type, String word) {
        return Enum.valueOf(type, word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    public static byte[] write(ProcessorProgress progress) {
        return new ObjectWriter()
                .number("partition", progress.partition())
                .number("next", progress.next())
                .number("writes", progress.counters().writes())
                .number("changes", progress.counters().changes())
                .number("dead_letters", progress.counters().deadLetters())
                .number("duplicates", progress.counters().duplicates())
                .number("beaten_snapshot_reads", progress.counters().beatenSnapshotReads())
                .number("at", progress.atMillis())
                .bytes();
    }

    public static ProcessorProgress processorProgress(byte[] json) {
        Members members = Members.of("processor progress", json);
        return new ProcessorProgress(
                members.smallNumber("partition"),
                members.number("next"),
                new ProcessorProgress.Counters(
                        members.number("writes"),
                        members.number("changes"),
                        members.number("dead_letters"),
                        members.number("duplicates"),
                        members.number("beaten_snapshot_reads")),
                members.number("at"));
    }
}
