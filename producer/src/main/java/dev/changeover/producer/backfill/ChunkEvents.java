package dev.changeover.producer.backfill;

import dev.changeover.log.HeaderText;
import dev.changeover.log.LogLimits;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.BackfillTask;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.Scanned;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes of what a scan meets the records that go to the log: snapshot reads, and dead letters of the bad ones. */
final class ChunkEvents {
    /** How much of a record that is too large goes into its dead letter. */
    private static final int MAX_CONTENT_BYTES = 1024 * 1024;

    private static final int OVERHEAD_BYTES = 1024;

    private final Migration migration;
    private final Topics topics;
    private final EventCodec codec;
    private final InstantSource clock;
    private final RandomGenerator random;

    ChunkEvents(Migration migration, InstantSource clock, RandomGenerator random) {
        this.migration = migration;
        this.topics = new Topics(migration.name());
        this.codec = new EventCodec(migration);
        this.clock = clock;
        this.random = random;
    }

    ProducerRecord<byte[], byte[]> of(BackfillTask task, Scanned scanned) {
        EntityRecord record = scanned.record();
        return record == null ? bad(task, scanned) : good(task, record, scanned.origin());
    }

    /** Whether it goes to {@code dead-letters}. */
    boolean isBad(ProducerRecord<byte[], byte[]> made) {
        return made.topic().equals(topics.deadLetters());
    }

    private ProducerRecord<byte[], byte[]> good(BackfillTask task, EntityRecord record, String origin) {
        RecordKey key = record.key();
        byte[] value = codec.write(ChangeEvent.snapshot(record, origin, clock.millis()));
        byte[] keyBytes = key.bytes();
        if (value.length + keyBytes.length + OVERHEAD_BYTES > LogLimits.MAX_EVENT_BYTES) {
            return tooLarge(task, key, origin, value);
        }
        ProducerRecord<byte[], byte[]> made =
                new ProducerRecord<>(topics.writes(), migration.partitionOf(key), null, keyBytes, value);
        HeaderText.add(made.headers(), Headers.EVENT_ID, new UUID(random.nextLong(), random.nextLong()).toString());
        return made;
    }

    private ProducerRecord<byte[], byte[]> tooLarge(BackfillTask task, RecordKey key, String origin, byte[] value) {
        return letter(
                task,
                key.text(),
                "The record takes %d bytes; at most %d fit into an event. The letter holds the first %d of them."
                        .formatted(value.length, LogLimits.MAX_EVENT_BYTES, MAX_CONTENT_BYTES),
                origin,
                Bytes.copyOf(Arrays.copyOf(value, MAX_CONTENT_BYTES)));
    }

    private ProducerRecord<byte[], byte[]> bad(BackfillTask task, Scanned scanned) {
        Bytes content = scanned.content();
        return letter(
                task,
                scanned.keyText(),
                scanned.fault(),
                scanned.origin(),
                content == null ? Bytes.copyOf(new byte[0]) : content);
    }

    private ProducerRecord<byte[], byte[]> letter(
            BackfillTask task, String keyText, String reason, String origin, Bytes content) {
        DeadLetter letter = new DeadLetter(
                "scan-%s-%s".formatted(task.entity(), origin),
                keyText,
                task.entity(),
                "scan",
                Side.LEGACY,
                reason,
                origin,
                clock.millis(),
                content);
        Map<String, String> headers = new HashMap<>(Wire.headers(letter));
        headers.put(Headers.CHUNK, task.id());
        return new ProducerRecord<>(
                topics.deadLetters(),
                Math.floorMod(letter.id().hashCode(), migration.partitions()),
                null,
                keyText.getBytes(StandardCharsets.UTF_8),
                content.toArray(),
                HeaderText.of(headers));
    }
}
