package dev.changeover.sink;

import dev.changeover.log.HeaderText;
import dev.changeover.log.ProgressKey;
import dev.changeover.log.Unapplied;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.ParkedChange;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log what the store has: first its refusals as dead letters, then the progress, so that who sees the progress can
 * find the dead letter. What could not be sent is owed and sent later; the store remembers it over a restart.
 *
 * <p>Used by one thread at a time; only {@link #owed} and {@link #oweWhatWasSaidLongAgo} by any.
 */
final class Announcer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final Duration SEND_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    /**
     * After so long it is said again where a partition is. Who was replaced while it slept may say, when it wakes, where the store was
     * then; that would stand until the next change.
     */
    private static final Duration SAY_AGAIN_AFTER = Duration.ofSeconds(10);

    private final Side side;
    private final Topics topics;
    private final Store store;
    private final InstantSource clock;
    private final Consumer<SinkStep> reached;
    private final EventCodec codec;
    private final Producer<byte[], byte[]> producer;
    private final Map<Integer, Long> refusedBefore = new HashMap<>();
    private final Set<Integer> owedProgress = ConcurrentHashMap.newKeySet();
    /** By partition: when its progress was last said. */
    private final Map<Integer, Long> saidMillis = new ConcurrentHashMap<>();

    private volatile boolean owedLetters;
    private volatile boolean owedOrphans;

    /** @param producer from now on ours */
    Announcer(
            Migration migration,
            Side side,
            Store store,
            Producer<byte[], byte[]> producer,
            InstantSource clock,
            Consumer<SinkStep> reached) {
        this.side = side;
        this.topics = new Topics(migration.name());
        this.store = store;
        this.clock = clock;
        this.reached = reached;
        this.codec = new EventCodec(migration);
        this.producer = producer;
    }

    /** After {@code batch} was applied with these outcomes. */
    void announce(PendingBatch batch, List<ApplyOutcome> outcomes) {
        Map<Integer, Store.Applied> positions = store.positions();
        if (hasRefused(outcomes) || refusedMore(batch.partitions(), positions)) {
            sendDeadLetters(batch);
        }
        sendProgress(batch.partitions(), positions, unapplied(batch, outcomes));
        reached.accept(SinkStep.AFTER_PROGRESS);
    }

    /** What the log may not know yet: after a claim, when the writer before may have died at any moment. */
    void announceAll(Set<Integer> partitions) {
        Map<Integer, Store.Applied> positions = store.positions();
        refusedBefore.clear();
        refusedMore(partitions, positions);
        Map<Integer, List<Unapplied>> unapplied = new HashMap<>();
        for (ParkedChange parked : store.parked()) {
            note(
                    unapplied,
                    parked.partition(),
                    new Unapplied(
                            -1,
                            parked.event().key().text(),
                            Unapplied.Kind.PARKED,
                            waitsFor(parked.parent().label())));
        }
        for (Refusal refusal : store.unannounced()) {
            note(
                    unapplied,
                    refusal.partition(),
                    new Unapplied(-1, refusal.event().key().text(), Unapplied.Kind.REFUSED, refusal.reason()));
        }
        sendDeadLetters(new PendingBatch());
        sendProgress(partitions, positions, unapplied);
    }

    /**
     * What waits now waits for something that is not on the log: each becomes a dead letter, and goes on waiting. Sent twice it is
     * one letter. Of very many the oldest are named; the others are when these are dealt with.
     */
    void announceOrphans() {
        owedOrphans = false;
        List<ParkedChange> orphans = store.parked();
        if (orphans.isEmpty()) {
            return;
        }
        if (!sendAll(orphans.stream().map(this::orphan).toList())) {
            owedOrphans = true;
            return;
        }
        LOG.atWarn()
                .addKeyValue("side", side)
                .addKeyValue("orphans", orphans.size())
                .log("Records wait for others that are not there; they are on dead-letters");
    }

    /** Whether something could not be sent. */
    boolean owed() {
        return owedLetters || owedOrphans || !owedProgress.isEmpty();
    }

    /** What nothing has been said of for some time is owed again. */
    void oweWhatWasSaidLongAgo(Set<Integer> partitions) {
        long now = clock.millis();
        for (int partition : partitions) {
            Long said = saidMillis.get(partition);
            if (said != null && now - said > SAY_AGAIN_AFTER.toMillis()) {
                owedProgress.add(partition);
            }
        }
    }

    void sendOwed() {
        if (owedLetters) {
            sendDeadLetters(new PendingBatch());
        }
        if (owedOrphans) {
            announceOrphans();
        }
        Set<Integer> again = Set.copyOf(owedProgress);
        owedProgress.removeAll(again);
        sendProgress(again, store.positions(), Map.of());
    }

    private static boolean hasRefused(List<ApplyOutcome> outcomes) {
        return outcomes.stream().anyMatch(outcome -> outcome instanceof ApplyOutcome.Refused);
    }

    /** A change that was parked may be refused when it is released: then no outcome of the batch says so, but the count does. */
    private boolean refusedMore(Collection<Integer> partitions, Map<Integer, Store.Applied> positions) {
        boolean more = false;
        for (int partition : partitions) {
            Store.Applied applied = positions.get(partition);
            long refused = applied == null ? 0 : applied.refused();
            Long before = refusedBefore.put(partition, refused);
            more |= refused > (before == null ? 0 : before);
        }
        return more;
    }

    /** A store may tell its refusals in portions. */
    private void sendDeadLetters(PendingBatch batch) {
        owedLetters = false;
        for (List<Refusal> refusals = store.unannounced(); !refusals.isEmpty(); refusals = store.unannounced()) {
            if (!send(refusals, batch)) {
                owedLetters = true;
                return;
            }
            reached.accept(SinkStep.AFTER_DEAD_LETTERS);
            store.announced(refusals);
            LOG.atWarn()
                    .addKeyValue("side", side)
                    .addKeyValue("refusals", refusals.size())
                    .log("The store refused changes; they are on dead-letters");
        }
    }

    /** @return whether all of them are on the log */
    private boolean send(List<Refusal> refusals, PendingBatch batch) {
        return sendAll(
                refusals.stream().map(refusal -> deadLetter(refusal, batch)).toList());
    }

    private boolean sendAll(List<ProducerRecord<byte[], byte[]>> letters) {
        List<Future<RecordMetadata>> sending = new ArrayList<>();
        try {
            for (ProducerRecord<byte[], byte[]> letter : letters) {
                sending.add(producer.send(letter));
            }
            for (Future<RecordMetadata> sent : sending) {
                sent.get(SEND_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException | KafkaException e) {
            LOG.atWarn()
                    .addKeyValue("side", side)
                    .addKeyValue("letters", letters.size())
                    .setCause(e)
                    .log("Cannot send dead letters now; the store keeps them, they are sent later");
            return false;
        }
    }

    private ProducerRecord<byte[], byte[]> deadLetter(Refusal refusal, PendingBatch batch) {
        String origin = topics.changes() + "-" + refusal.partition() + "@" + refusal.offset();
        Bytes asItWas = batch.valueOrNull(refusal.partition(), refusal.offset());
        DeadLetter letter = new DeadLetter(
                "%s-changes-%d@%d".formatted(side.word(), refusal.partition(), refusal.offset()),
                refusal.event().key().text(),
                refusal.event().key().entity().name(),
                "sink",
                side,
                refusal.reason(),
                origin,
                clock.millis(),
                asItWas == null ? Bytes.copyOf(codec.write(refusal.event())) : asItWas);
        return onTheLog(letter, refusal.partition());
    }

    private ProducerRecord<byte[], byte[]> orphan(ParkedChange parked) {
        String place = topics.changes() + "-" + parked.partition() + "@" + parked.offset();
        DeadLetter letter = new DeadLetter(
                "%s-parked-%d@%d".formatted(side.word(), parked.partition(), parked.offset()),
                parked.event().key().text(),
                parked.event().key().entity().name(),
                "sink",
                side,
                "%s refers to %s, which is not there. It goes in by itself when that is written; or delete it. Then retry this letter."
                        .formatted(parked.event().key().label(), parked.parent().label()),
                parked.event().origin().isEmpty() ? place : parked.event().origin() + ", " + place,
                clock.millis(),
                Bytes.copyOf(codec.write(parked.event())));
        return onTheLog(letter, parked.partition());
    }

    private ProducerRecord<byte[], byte[]> onTheLog(DeadLetter letter, int partition) {
        return new ProducerRecord<>(
                topics.deadLetters(),
                partition,
                null,
                letter.keyText().getBytes(StandardCharsets.UTF_8),
                letter.content().toArray(),
                HeaderText.of(Wire.headers(letter)));
    }

    private static Map<Integer, List<Unapplied>> unapplied(PendingBatch batch, List<ApplyOutcome> outcomes) {
        Map<Integer, List<Unapplied>> all = new HashMap<>();
        for (int i = 0; i < outcomes.size(); i++) {
            ApplyOutcome outcome = outcomes.get(i);
            if (outcome instanceof ApplyOutcome.Applied) {
                continue;
            }
            int partition = batch.changes().get(i).partition();
            String keyText = batch.changes().get(i).event().key().text();
            long writeOffset = batch.writeOffset(i);
            note(
                    all,
                    partition,
                    outcome.match(
                            applied -> new Unapplied(writeOffset, keyText, Unapplied.Kind.REFUSED, ""),
                            parked -> new Unapplied(
                                    writeOffset,
                                    keyText,
                                    Unapplied.Kind.PARKED,
                                    waitsFor(parked.parent().label())),
                            refused -> new Unapplied(writeOffset, keyText, Unapplied.Kind.REFUSED, refused.reason())));
        }
        return all;
    }

    private static String waitsFor(String label) {
        return "waits for %s, which is not there".formatted(label);
    }

    private static void note(Map<Integer, List<Unapplied>> all, int partition, Unapplied one) {
        all.computeIfAbsent(partition, ignored -> new ArrayList<>()).add(one);
    }

    private void sendProgress(
            Collection<Integer> partitions,
            Map<Integer, Store.Applied> positions,
            Map<Integer, List<Unapplied>> unapplied) {
        for (int partition : new HashSet<>(partitions)) {
            Store.Applied applied = positions.get(partition);
            if (applied == null) {
                continue;
            }
            Progress progress = new Progress(
                    side,
                    partition,
                    applied.next(),
                    applied.writesNext(),
                    applied.applied(),
                    applied.parked(),
                    applied.refused(),
                    applied.epoch(),
                    clock.millis());
            ProducerRecord<byte[], byte[]> sending =
                    new ProducerRecord<>(topics.progress(), 0, ProgressKey.of(side, partition), Wire.write(progress));
            Unapplied.add(sending.headers(), unapplied.getOrDefault(partition, List.of()));
            saidMillis.put(partition, progress.atMillis());
            send(sending, partition);
        }
    }

    private void send(ProducerRecord<byte[], byte[]> sending, int partition) {
        try {
            producer.send(sending, (ignored, failure) -> {
                if (failure != null) {
                    owe(partition, failure);
                }
            });
        } catch (KafkaException e) {
            owe(partition, e);
        }
    }

    private void owe(int partition, Exception failure) {
        owedProgress.add(partition);
        LOG.atWarn()
                .addKeyValue("side", side)
                .addKeyValue("partition", partition)
                .log("Cannot send progress now; it is sent later: {}", failure.getMessage());
    }

    @Override
    public void close() {
        producer.close(CLOSE_LIMIT);
    }
}
