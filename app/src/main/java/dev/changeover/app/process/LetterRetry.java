package dev.changeover.app.process;

import dev.changeover.log.DeadLetterTail;
import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.event.Op;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.Publisher;
import dev.changeover.producer.publisher.Wait;
import dev.changeover.producer.publisher.Write;
import dev.changeover.store.Chunk;
import dev.changeover.store.Reading;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.verifier.deepscan.ChangesHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One dead letter once more, by where it failed.
 *
 * <p>What a store refused or parks was tried again by the sink before: it is settled when the side holds what the log says now. What the
 * processor rejected is published again, but only if nothing newer of its record was accepted since: a compare-and-set on what the log
 * says now, so that a live write that comes meanwhile is not undone. What a scan could not read is read again from the file, as it is now,
 * and published as a snapshot read, which loses to any live change.
 */
final class LetterRetry {
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(30);
    private static final int CHUNK_RECORDS = 5_000;

    private final Migration migration;
    private final DeadLetterTail letters;
    private final Map<Side, StoreReader> stores;
    private final ChangesHistory history;
    private final @Nullable Publisher publisher;
    private final InstantSource clock;
    private final EventCodec codec;

    LetterRetry(
            Migration migration,
            DeadLetterTail letters,
            Map<Side, StoreReader> stores,
            ChangesHistory history,
            @Nullable Publisher publisher,
            InstantSource clock) {
        this.migration = migration;
        this.letters = letters;
        this.stores = Map.copyOf(stores);
        this.history = history;
        this.publisher = publisher;
        this.clock = clock;
        this.codec = new EventCodec(migration);
    }

    static boolean isOfAStore(DeadLetterTail.Entry letter) {
        return letter.stage().equals("sink");
    }

    /**
     * Tries it once more.
     *
     * @return why it is still open, with what to do; empty if it is settled
     */
    String objection(DeadLetterTail.Entry letter) throws InterruptedException {
        if (isOfAStore(letter)) {
            return stillRefused(letter);
        }
        return letter.stage().equals("scan") ? readAgain(letter) : publishedAgain(letter);
    }

    private String stillRefused(DeadLetterTail.Entry letter) throws InterruptedException {
        Side side = letter.side();
        StoreReader store = side == null ? null : stores.get(side);
        Optional<RecordKey> key = key(letter.keyText());
        if (store == null || key.isEmpty()) {
            return "its record or its side is not in the definition any more; waive it";
        }
        ChangesHistory.Logged logged = logged(key.get());
        EntityRecord wanted = logged == null ? null : logged.state();
        Reading reading = store.read(key.get().entity(), List.of(key.get()));
        EntityRecord found = reading.found().get(key.get());
        boolean isThere = found != null || reading.faults().containsKey(key.get());
        boolean same = wanted == null ? !isThere : isEqual(wanted, found);
        return same ? "" : "the %s side still does not hold it: %s".formatted(letter.side(), letter.reason());
    }

    private static boolean isEqual(EntityRecord wanted, @Nullable EntityRecord found) {
        return found != null && Canonical.digest(wanted).equals(Canonical.digest(found));
    }

    private String publishedAgain(DeadLetterTail.Entry letter) throws InterruptedException {
        DeadLetter whole = letters.read(letter);
        ChangeEvent event;
        try {
            event = codec.readAfterOnly(
                    whole.keyText().getBytes(StandardCharsets.UTF_8),
                    whole.content().toArray());
        } catch (MalformedEventException e) {
            return "it is still no event: %s. Send it again as it should be, then waive this one"
                    .formatted(e.getMessage());
        }
        RecordKey key = event.key();
        if (event.op() == Op.SNAPSHOT) {
            return fromTheLegacyStore(key);
        }
        ChangesHistory.Logged logged = logged(key);
        if (logged != null && logged.writeOffset() > offsetIn(letter.origin())) {
            return "%s was written since, and that is newer; waive this one".formatted(key.label());
        }
        EntityRecord now = logged == null ? null : logged.state();
        Write write = Write.of(event);
        return published(now == null ? write.expectingNone() : write.expecting(Canonical.digest(now)));
    }

    /** @param origin {@code topic-partition@offset} */
    private static long offsetIn(String origin) {
        int at = origin.lastIndexOf('@');
        try {
            return Long.parseLong(origin.substring(at + 1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private String fromTheLegacyStore(RecordKey key) throws InterruptedException {
        Reading reading = legacy().read(key.entity(), List.of(key));
        String fault = reading.faults().get(key);
        if (fault != null) {
            return "it still cannot be read: " + fault;
        }
        EntityRecord found = reading.found().get(key);
        return found == null ? "" : published(snapshot(found, "retry"));
    }

    /** A record whose key could be read is read by it; otherwise its whole file is, which is found by a scan of the entity. */
    private String readAgain(DeadLetterTail.Entry letter) throws InterruptedException {
        Optional<RecordKey> key = key(letter.keyText());
        if (key.isPresent()) {
            return fromTheLegacyStore(key.get());
        }
        String file = file(letter.origin());
        for (Entity entity : migration.entities()) {
            if (entity.legacy().isPresent() && letter.id().startsWith("scan-" + entity.name() + "-")) {
                String objection = scan(entity, file);
                if (!objection.isEmpty()) {
                    return objection;
                }
            }
        }
        return "";
    }

    private String scan(Entity entity, String file) throws InterruptedException {
        Iterator<Chunk> chunks = legacy().chunks(entity, CHUNK_RECORDS);
        Scans scans = legacy().scans();
        while (chunks.hasNext()) {
            try (RecordStream stream = scans.scan(entity, chunks.next())) {
                while (stream.hasNext()) {
                    Scanned scanned = stream.next();
                    if (!file(scanned.origin()).equals(file)) {
                        continue;
                    }
                    EntityRecord found = scanned.record();
                    String objection = found == null ? scanned.fault() : published(snapshot(found, scanned.origin()));
                    if (!objection.isEmpty()) {
                        return "%s: %s".formatted(scanned.origin(), objection);
                    }
                }
            }
        }
        return "";
    }

    private Write snapshot(EntityRecord found, String origin) {
        return Write.of(ChangeEvent.snapshot(found, origin, clock.millis()));
    }

    private String published(Write write) throws InterruptedException {
        Publisher open = publisher;
        if (open == null) {
            return "this process has no gateway to publish it; ask the one that has";
        }
        try {
            Published published = open.publish(write.until(Wait.PRIMARY).within(ANSWER_LIMIT))
                    .get(ANSWER_LIMIT.toMillis() * 2, TimeUnit.MILLISECONDS);
            return switch (published.outcome()) {
                case ACCEPTED, DUPLICATE, BEATEN -> "";
                case PARKED, INVALID, NOT_FOUND, CONFLICT, KEY_REUSED, REFUSED, UNKNOWN, OVERLOADED, UNAVAILABLE ->
                    published.reason();
            };
        } catch (ExecutionException | TimeoutException e) {
            return "no answer: " + e.getMessage();
        }
    }

    private ChangesHistory.@Nullable Logged logged(RecordKey key) throws InterruptedException {
        try (ChangesHistory.Follower follower = history.follow(Set.of(key))) {
            return follower.catchUp().get(key);
        }
    }

    private Optional<RecordKey> key(String text) {
        try {
            return Optional.of(KeyJson.read(migration, text.getBytes(StandardCharsets.UTF_8)));
        } catch (MalformedEventException e) {
            return Optional.empty();
        }
    }

    private static String file(String origin) {
        return origin.replaceFirst("#.*$", "").replaceFirst("(:\\d+)+$", "");
    }

    private StoreReader legacy() {
        StoreReader legacy = stores.get(Side.LEGACY);
        if (legacy == null) {
            throw new IllegalStateException("Cannot read the legacy side before it is open");
        }
        return legacy;
    }
}
