package dev.changeover.app.cutover;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.log.ControlState;
import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.LogEnd;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.table.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/**
 * What must hold before the primary is switched, each with its figure and, if it does not hold, the reason. What cannot be found out does
 * not hold. Safe for use by several threads.
 */
public final class Gate {
    /** The action of the audit entry in which a deep scan leaves its result. */
    public static final String DEEP_SCAN = "deep-scan";

    /** The most events that a sink may be behind: it has to catch up while writers wait for it. */
    private static final long LAG_LIMIT = 1_000;

    /** For how long there must have been no open mismatch. */
    private static final Duration SOAK = Duration.ofSeconds(5);

    /** For how long an answer of the database is good enough for a status. */
    private static final Duration KEPT = Duration.ofSeconds(10);

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Migration migration;
    private final Topics topics;
    private final Supplier<ControlState> control;
    private final ProgressTail progress;
    private final DeadLetterTail deadLetters;
    private final VerdictTail verdicts;
    private final Admin admin;
    private final Target target;
    private final Supplier<Optional<Watched>> watched;
    private final Map<String, Condition> kept = new TreeMap<>();
    private long keptAtNanos = System.nanoTime() - KEPT.toNanos();

    /** What the target itself is asked; each throws {@link StoreUnavailableException} if it cannot tell. */
    public interface Target {
        Check references();

        Check sequences();

        /** Of what sees the writes of others: a replication slot, or triggers. */
        Check slot();
    }

    public Gate(
            Migration migration,
            Supplier<ControlState> control,
            ProgressTail progress,
            DeadLetterTail deadLetters,
            VerdictTail verdicts,
            Admin admin,
            Target target,
            Supplier<Optional<Watched>> watched) {
        this.migration = migration;
        this.topics = new Topics(migration.name());
        this.control = control;
        this.progress = progress;
        this.deadLetters = deadLetters;
        this.verdicts = verdicts;
        this.admin = admin;
        this.target = target;
        this.watched = watched;
    }

    /** All conditions, in the order in which they are usually met. What the database said may be some seconds old. */
    public List<Condition> conditions() {
        ControlState state = control.get();
        List<Condition> all = new ArrayList<>();
        boolean backfilled = state.phase() != Phase.PLANNED && state.phase() != Phase.BACKFILLING;
        all.add(Condition.of("backfill done", backfilled, state.phase().word(), "run `backfill` to its end"));
        all.addAll(lag());
        all.addAll(deepScan(state));
        all.addAll(mismatches());
        long letters = deadLetters
                .list(letter -> !letter.answered(), Integer.MAX_VALUE)
                .size();
        all.add(
                deadLetters.alive()
                        ? Condition.of(
                                "no dead letters",
                                letters == 0,
                                Long.toString(letters),
                                "`dead-letters list` shows them; retry or waive them")
                        : Condition.unknown("no dead letters", "dead letters are not followed any more"));
        long parked = parked();
        all.add(Condition.of(
                "nothing parked", parked == 0, Long.toString(parked), "they wait for records that are not there"));
        all.addAll(target());
        watched.get().map(Gate::capture).ifPresent(all::add);
        return all;
    }

    /** As {@link #conditions}, and nothing is old. */
    public List<Condition> fresh() {
        synchronized (kept) {
            kept.clear();
        }
        return conditions();
    }

    private static Condition capture(Watched now) {
        String name = "no mass deletion held back";
        return now.fault().isEmpty()
                ? Condition.of(
                        name,
                        now.held().isEmpty(),
                        Integer.toString(now.allHeld()),
                        "too many legacy records are gone at once (%s): bring them back, or run `accept-deletes`"
                                .formatted(String.join(
                                        ", ",
                                        new TreeMap<>(now.held())
                                                .entrySet().stream()
                                                        .map(each -> each.getValue() + " " + each.getKey())
                                                        .toList())))
                : Condition.unknown(name, now.fault());
    }

    private List<Condition> lag() {
        List<Condition> both = new ArrayList<>();
        @Nullable Position end;
        try {
            end = LogEnd.of(migration, topics.changes(), admin);
        } catch (KafkaException | dev.changeover.log.LogException e) {
            end = null;
        }
        for (Side side : Side.values()) {
            both.add(lag(side, progress.alive() ? end : null, partition -> progress.of(side, partition)));
        }
        return both;
    }

    /**
     * Counted from the log's end as it is now: a sink that says nothing any more falls behind.
     *
     * @param end of {@code changes}; null if it is not known, or not how far the sinks are
     * @param said by partition what the sink has said last
     */
    static Condition lag(Side side, @Nullable Position end, IntFunction<Optional<Progress>> said) {
        String name = side.word() + " sink within lag limit";
        if (end == null) {
            return Condition.unknown(name, "Kafka does not answer");
        }
        long behind = 0;
        for (int partition = 0; partition < end.next().size(); partition++) {
            Optional<Progress> last = said.apply(partition);
            long written = end.next().get(partition);
            if (last.isEmpty() && written > 0) {
                return Condition.unknown(name, "the %s sink has said nothing yet: is it running?".formatted(side));
            }
            behind += Math.max(0, written - last.map(Progress::next).orElse(0L));
        }
        return Condition.of(
                name, behind <= LAG_LIMIT, behind + " events", "more than %d events behind".formatted(LAG_LIMIT));
    }

    private static List<Condition> deepScan(ControlState state) {
        Optional<ControlRecord.AuditEntry> last = state.audit().stream()
                .filter(entry -> entry.action().equals(DEEP_SCAN))
                .reduce((first, second) -> second);
        boolean since = last.isPresent() && last.get().stamp().atMillis() >= backfilledAtMillis(state);
        JsonNode detail = last.map(entry -> parsed(entry.detail().text())).orElse(MAPPER.createObjectNode());
        String verdict = detail.path("verdict").asText("none");
        return List.of(
                Condition.of(
                        "deep scan since the backfill",
                        since && verdict.equals("equal"),
                        last.isEmpty() ? "none" : since ? verdict : verdict + ", but before the backfill had ended",
                        "run `verify --deep`"),
                Condition.of(
                        "planted differences found",
                        since && detail.path("planted_found").asBoolean(),
                        detail.path("planted").asText("unknown"),
                        "a deep scan must find every difference that was planted for it"));
    }

    private static long backfilledAtMillis(ControlState state) {
        return state.phases().stream()
                .filter(change -> change.phase() == Phase.DUAL_WRITE)
                .mapToLong(change -> change.stamp().atMillis())
                .findFirst()
                .orElse(Long.MAX_VALUE);
    }

    private List<Condition> mismatches() {
        if (!verdicts.alive()) {
            return List.of(Condition.unknown("no open mismatches", "verdicts are not followed any more"));
        }
        long open = verdicts.count();
        Duration clean = verdicts.cleanFor();
        return List.of(
                Condition.of("no open mismatches", open == 0, Long.toString(open), "`mismatches` lists them"),
                Condition.of(
                        "no mismatch for the soak time",
                        clean.compareTo(SOAK) >= 0,
                        "%d s".formatted(clean.toSeconds()),
                        "there must have been none for %d s".formatted(SOAK.toSeconds())));
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

    private List<Condition> target() {
        synchronized (kept) {
            long now = System.nanoTime();
            if (kept.size() < 3 || now - keptAtNanos > KEPT.toNanos()) {
                kept.put(
                        "references intact on the target",
                        asked("references intact on the target", target::references));
                kept.put("replication slot healthy", asked("replication slot healthy", target::slot));
                kept.put("sequences ahead", asked("sequences ahead", target::sequences));
                keptAtNanos = now;
            }
            return List.copyOf(kept.values());
        }
    }

    private static Condition asked(String name, Supplier<Check> question) {
        try {
            Check check = question.get();
            return Condition.of(name, check.passed(), check.figure(), check.reason());
        } catch (StoreUnavailableException e) {
            return Condition.unknown(name, String.valueOf(e.getMessage()));
        }
    }

    private static JsonNode parsed(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Cannot read JSON of our own", e);
        }
    }
}
