package dev.changeover.app.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Condition;
import dev.changeover.app.cutover.Gate;
import dev.changeover.app.cutover.Watched;
import dev.changeover.log.ControlLog;
import dev.changeover.log.ControlState;
import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.LogEnd;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Certificate;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Verdict;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/** What a migration looks like from outside, put together from the log's tails and both stores; safe for use by several threads. */
public final class MigrationView {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long RATES_KEPT_MILLIS = 1000;

    private final Migration migration;
    private final Topics topics;
    private final ControlLog control;
    private final ProgressTail progress;
    private final DeadLetterTail deadLetters;
    private final VerdictTail verdicts;
    private final Counts counts;
    private final Admin admin;
    private final Findings findings;
    private final Gate gate;
    private final Supplier<Optional<Watched>> watched;
    private final InstantSource clock;
    private volatile Supplier<ObjectNode> reads = MAPPER::createObjectNode;
    private long ratesAtMillis;
    private final Map<Side, Long> appliedBefore = new HashMap<>();
    private ObjectNode rates = MAPPER.createObjectNode();

    /** Open verdicts, with the fields that differ where somebody can read them. */
    public interface Findings {
        List<Verdict> open(Predicate<Verdict> matching, int limit);
    }

    public MigrationView(
            Migration migration,
            ControlLog control,
            ProgressTail progress,
            DeadLetterTail deadLetters,
            VerdictTail verdicts,
            Counts counts,
            Admin admin,
            Findings findings,
            Gate gate,
            Supplier<Optional<Watched>> watched,
            InstantSource clock) {
        this.migration = migration;
        this.topics = new Topics(migration.name());
        this.control = control;
        this.progress = progress;
        this.deadLetters = deadLetters;
        this.verdicts = verdicts;
        this.counts = counts;
        this.admin = admin;
        this.findings = findings;
        this.gate = gate;
        this.watched = watched;
        this.clock = clock;
    }

    /** What to show of reads by percentage and of shadow reads. */
    public void showReads(Supplier<ObjectNode> shown) {
        reads = shown;
    }

    /** As {@code GET /v1/{migration}/status} shows it. */
    public ObjectNode status() {
        ControlState state = control.state();
        ObjectNode status = MAPPER.createObjectNode();
        status.put("migration", migration.name());
        status.put("phase", state.phase().word());
        status.put("primary", state.primary().word());
        status.put("epoch", state.epoch());
        status.set("entities", entities());
        status.set("lag", lag());
        status.set("rates", rates());
        status.set("counters", counters());
        status.put("mismatches", verdicts.count());
        status.put("dead_letters", openDeadLetters());
        status.put("parked", parked());
        watched.get().ifPresent(now -> {
            ObjectNode capture = status.putObject("capture");
            capture.put("captured", now.captured());
            capture.put("pending", now.pending());
            capture.put("held_deletes", now.allHeld());
            capture.put("fault", now.fault());
        });
        status.set("reads", reads.get());
        status.set("gate", gate(gate.conditions()));
        return status;
    }

    private ObjectNode entities() {
        Map<String, Long> open = new HashMap<>();
        for (Verdict verdict : verdicts.open(any -> true, Integer.MAX_VALUE)) {
            open.merge(verdict.key().entity().name(), 1L, Long::sum);
        }
        Map<String, Map<Side, OptionalLong>> counted = counts.latest();
        ObjectNode all = MAPPER.createObjectNode();
        for (Entity entity : migration.entities()) {
            ObjectNode sides = all.putObject(entity.name());
            counted.getOrDefault(entity.name(), Map.of()).forEach((side, count) -> {
                if (count.isPresent()) {
                    sides.put(side.word(), count.getAsLong());
                } else {
                    sides.putNull(side.word()); // unknown is not zero
                }
            });
            sides.put("mismatches", open.getOrDefault(entity.name(), 0L));
        }
        return all;
    }

    /** Events that a side has not applied yet, and that the processor has not looked at yet. */
    public ObjectNode lag() {
        Position changes = LogEnd.of(migration, topics.changes(), admin);
        Position writes = LogEnd.of(migration, topics.writes(), admin);
        ObjectNode lag = MAPPER.createObjectNode();
        for (Side side : Side.values()) {
            long behind = 0;
            for (int partition = 0; partition < migration.partitions(); partition++) {
                long next = progress.of(side, partition).map(Progress::next).orElse(0L);
                behind += Math.max(0, changes.next().get(partition) - next);
            }
            lag.put(side.word(), behind);
        }
        Position done = LogEnd.committed(migration, topics.writes(), topics.processorGroup(), admin);
        long behind = 0;
        for (int partition = 0; partition < migration.partitions(); partition++) {
            behind += Math.max(0, writes.next().get(partition) - done.next().get(partition));
        }
        lag.put("writes", behind);
        return lag;
    }

    private synchronized ObjectNode rates() {
        long now = clock.millis();
        long passed = now - ratesAtMillis;
        if (passed >= RATES_KEPT_MILLIS) {
            ObjectNode fresh = MAPPER.createObjectNode();
            for (Side side : Side.values()) {
                long applied = 0;
                for (int partition = 0; partition < migration.partitions(); partition++) {
                    applied +=
                            progress.of(side, partition).map(Progress::applied).orElse(0L);
                }
                @Nullable Long before = appliedBefore.put(side, applied);
                fresh.put(side.word(), before == null || ratesAtMillis == 0 ? 0 : (applied - before) * 1000 / passed);
            }
            ratesAtMillis = now;
            rates = fresh;
        }
        return rates.deepCopy();
    }

    private ObjectNode counters() {
        ProcessorProgress.Counters sums = progress.counters();
        ObjectNode counters = MAPPER.createObjectNode();
        counters.put("writes", sums.writes());
        counters.put("changes", sums.changes());
        counters.put("dead_letters", sums.deadLetters());
        counters.put("duplicates", sums.duplicates());
        counters.put("beaten_snapshot_reads", sums.beatenSnapshotReads());
        return counters;
    }

    private long openDeadLetters() {
        return deadLetters.list(letter -> !letter.answered(), Integer.MAX_VALUE).size();
    }

    private long parked() {
        long parked = 0;
        for (Side side : Side.values()) {
            for (int partition = 0; partition < migration.partitions(); partition++) {
                parked += progress.of(side, partition).map(Progress::parked).orElse(0L);
            }
        }
        return parked;
    }

    /** The conditions as the API shows them. */
    public static ArrayNode gate(List<Condition> conditions) {
        ArrayNode gate = MAPPER.createArrayNode();
        for (Condition condition : conditions) {
            gate.addObject()
                    .put("name", condition.name())
                    .put("open", condition.open())
                    .put("figure", condition.figure())
                    .put("reason", condition.reason());
        }
        return gate;
    }

    /** Open mismatches in the order of their keys; a record that is wrong on both sides is there twice. */
    public ObjectNode mismatches(@Nullable String entity, Page page) {
        ObjectNode list = MAPPER.createObjectNode();
        ArrayNode items = list.putArray("items");
        String last = "";
        for (Verdict verdict : findings.open(
                open -> open.place().compareTo(page.after()) > 0
                        && (entity == null || open.key().entity().name().equals(entity)),
                page.limit())) {
            items.add(mismatch(verdict));
            last = verdict.place();
        }
        list.put("total", verdicts.count());
        list.put("next", items.size() < page.limit() ? null : Page.cursor(last));
        return list;
    }

    /** One verdict as the API shows it. */
    public static ObjectNode mismatch(Verdict verdict) {
        ObjectNode item = MAPPER.createObjectNode();
        item.put("entity", verdict.key().entity().name());
        item.set("key", parsed(new JsonText(verdict.key().text())).path("key"));
        item.put("verdict", verdict.kind().word());
        item.put("side", verdict.side().word());
        item.put("since", Instant.ofEpochMilli(verdict.sinceMillis()).toString());
        item.put("source", verdict.source());
        item.put("partition", verdict.partition());
        item.put("position", verdict.position());
        ArrayNode fields = item.putArray("fields");
        for (Verdict.Difference difference : verdict.differences()) {
            ObjectNode field = fields.addObject();
            field.put("field", difference.field());
            value(field, "legacy", difference.legacy());
            value(field, "log", difference.log());
            value(field, "target", difference.target());
            field.put("cause", difference.cause());
        }
        return item;
    }

    private static void value(ObjectNode field, String name, @Nullable JsonText value) {
        if (value != null) {
            field.set(name, parsed(value));
        }
    }

    /** Dead letters that somebody has to deal with, oldest first. */
    public ObjectNode deadLetters(@Nullable String entity, Page page) {
        List<DeadLetterTail.Entry> open = deadLetters.list(
                letter ->
                        !letter.answered() && (entity == null || letter.entity().equals(entity)),
                Integer.MAX_VALUE);
        ObjectNode list = MAPPER.createObjectNode();
        ArrayNode items = list.putArray("items");
        String last = "";
        for (DeadLetterTail.Entry letter : open.stream()
                .filter(letter -> place(letter).compareTo(page.after()) > 0)
                .sorted(Comparator.comparing(MigrationView::place))
                .limit(page.limit())
                .toList()) {
            items.add(letter(letter));
            last = place(letter);
        }
        list.put("total", openDeadLetters());
        list.put("next", items.size() < page.limit() ? null : Page.cursor(last));
        return list;
    }

    /** By age, and then by id: the same for a letter always. */
    private static String place(DeadLetterTail.Entry letter) {
        return "%016d %s".formatted(letter.atMillis(), letter.id());
    }

    /** One dead letter with its bytes. */
    public Optional<ObjectNode> deadLetter(String id) {
        return deadLetters.find(id).map(entry -> {
            DeadLetter whole = deadLetters.read(entry);
            ObjectNode item = letter(entry);
            item.put("content", new String(whole.content().toArray(), java.nio.charset.StandardCharsets.UTF_8));
            item.put("content_base64", whole.content().base64());
            return item;
        });
    }

    private static ObjectNode letter(DeadLetterTail.Entry letter) {
        ObjectNode item = MAPPER.createObjectNode();
        item.put("id", letter.id());
        item.put("entity", letter.entity());
        if (letter.keyText().startsWith("{")) {
            try {
                item.set("key", MAPPER.readTree(letter.keyText()).path("key"));
            } catch (JsonProcessingException e) {
                item.put("key", letter.keyText());
            }
        }
        item.put("stage", letter.stage());
        @Nullable Side side = letter.side();
        item.put("side", side == null ? null : side.word());
        item.put("reason", letter.reason());
        item.put("origin", letter.origin());
        item.put("at", Instant.ofEpochMilli(letter.atMillis()).toString());
        return item;
    }

    /** Who did what, oldest first. */
    public ObjectNode audit() {
        ControlState state = control.state();
        ObjectNode list = MAPPER.createObjectNode();
        ArrayNode items = list.putArray("items");
        for (ControlRecord.PhaseChange change : state.phases()) {
            ObjectNode item = stamped(items, change.stamp());
            item.put("action", "phase");
            item.put("phase", change.phase().word());
            item.put("primary", change.primary().word());
            item.put("epoch", change.epoch());
        }
        for (ControlRecord.AuditEntry entry : state.audit()) {
            ObjectNode item = stamped(items, entry.stamp());
            item.put("action", entry.action());
            item.set("detail", parsed(entry.detail()));
        }
        list.putNull("next");
        return list;
    }

    private static ObjectNode stamped(ArrayNode items, ControlRecord.Stamp stamp) {
        ObjectNode item = items.addObject();
        item.put("at", Instant.ofEpochMilli(stamp.atMillis()).toString());
        item.put("who", stamp.who());
        item.put("why", stamp.why());
        return item;
    }

    /** Certificates, oldest first. */
    public ObjectNode certificates() {
        ObjectNode list = MAPPER.createObjectNode();
        ArrayNode items = list.putArray("items");
        control.state().certificates().forEach(certificate -> items.add(certificate(certificate)));
        list.putNull("next");
        return list;
    }

    /** One certificate as the API shows it. */
    public static ObjectNode certificate(Certificate certificate) {
        ObjectNode item = MAPPER.createObjectNode();
        item.put("id", certificate.id());
        item.put("issued_at", Instant.ofEpochMilli(certificate.issuedAtMillis()).toString());
        item.put("equal", certificate.equal());
        ArrayNode barrier = item.putArray("barrier");
        certificate.barrier().next().forEach(barrier::add);
        item.put("barrier_id", certificate.barrierId());
        ObjectNode entities = item.putObject("entities");
        for (Certificate.EntityState state : certificate.entities()) {
            ObjectNode entity = entities.putObject(state.entity());
            entity.putObject("legacy")
                    .put("count", state.legacyCount())
                    .put("digest", state.legacyDigest().hex());
            entity.putObject("target")
                    .put("count", state.targetCount())
                    .put("digest", state.targetDigest().hex());
            ArrayNode buckets = entity.putArray("buckets");
            state.buckets()
                    .forEach(bucket -> buckets.addObject()
                            .put("count", bucket.count())
                            .put("digest", bucket.digest().hex()));
        }
        ArrayNode reasons = item.putArray("reasons");
        certificate.reasons().forEach(reasons::add);
        Certificate.Evidence evidence = certificate.evidence();
        ObjectNode looked = item.putObject("evidence");
        looked.put("config_hash", evidence.configHash());
        if (evidence.scanStartedMillis() > 0) {
            looked.put(
                    "scan_started_at",
                    Instant.ofEpochMilli(evidence.scanStartedMillis()).toString());
            looked.put(
                    "scan_ended_at",
                    Instant.ofEpochMilli(evidence.scanEndedMillis()).toString());
        }
        ArrayNode from = looked.putArray("scanned_from");
        evidence.scannedFrom().next().forEach(from::add);
        looked.put("records_scanned", evidence.scanned());
        looked.put("records_read_again", evidence.reread());
        looked.put("written_by_others", evidence.byOthers());
        looked.put("differences", evidence.findings());
        looked.put("planted", evidence.planted());
        looked.put("planted_found", evidence.detected());
        return item;
    }

    /** Why this process cannot tell; empty if it can. */
    public List<String> faults() {
        List<String> faults = new java.util.ArrayList<>();
        if (!control.alive()) {
            faults.add("control is not followed any more");
        }
        if (!progress.alive()) {
            faults.add("progress is not followed any more");
        }
        return faults;
    }

    static JsonNode parsed(JsonText json) {
        try {
            return MAPPER.readTree(json.text());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Cannot read JSON of our own", e);
        }
    }
}
