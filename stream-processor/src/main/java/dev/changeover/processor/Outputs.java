package dev.changeover.processor;

import dev.changeover.log.AnswerTail;
import dev.changeover.log.Control;
import dev.changeover.log.HeaderText;
import dev.changeover.log.ProgressKey;
import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.DeadLetter;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Where {@link Admit} sends what it makes; the names are those of the topology's sinks. */
final class Outputs {
    static final String CHANGES = "changes";
    static final String DEAD_LETTERS = "dead-letters";
    static final String ANSWERS = "answers";
    static final String PROGRESS = "progress";
    /** Back to {@code writes}: what belongs to another partition, or to all of them. */
    static final String AGAIN = "writes-again";

    private static final int PROGRESS_PARTITION = 0;
    private static final int MAX_REASON_CHARS = 2_000;

    private final ProcessorContext<Routed, byte[]> context;
    private final Pace pace;

    Outputs(ProcessorContext<Routed, byte[]> context, Pace pace) {
        this.context = context;
        this.pace = pace;
    }

    void change(Write write, byte[] key, byte[] value, org.apache.kafka.common.header.Headers headers) {
        send(CHANGES, write, new Routed(key, write.partition()), value, headers);
    }

    /** A barrier goes on at its place. */
    void barrier(Write write) {
        org.apache.kafka.common.header.Headers headers = write.headers();
        HeaderText.replace(headers, Headers.WRITE_OFFSET, Long.toString(write.offset()));
        send(CHANGES, write, new Routed(write.key(), write.partition()), valueOf(write), headers);
    }

    void deadLetter(Write write, String keyText, String entity, String reason) {
        DeadLetter letter = new DeadLetter(
                "processor-" + write.origin(),
                keyText,
                entity,
                "processor",
                null,
                reason.length() > MAX_REASON_CHARS ? reason.substring(0, MAX_REASON_CHARS) + "…" : reason,
                write.origin(),
                write.timestampMillis(),
                Bytes.copyOf(new byte[0])); // the bytes go into the value, not into headers
        org.apache.kafka.common.header.Headers headers = write.headers();
        Wire.headers(letter).forEach((name, value) -> HeaderText.replace(headers, name, value));
        if (write.header(Headers.ANSWER) != null) {
            HeaderText.replace(headers, Headers.RESOLVED, "answered");
        }
        byte[] content = Sizes.tooLargeForADeadLetter(write) ? new byte[0] : valueOf(write);
        send(DEAD_LETTERS, write, new Routed(write.key(), write.partition()), content, headers);
    }

    /** Who waits for it follows all partitions. */
    void answer(Write write, Answer answer) {
        send(
                ANSWERS,
                write,
                new Routed(AnswerTail.key(answer.partition(), answer.offset()), pace.home(write.partition())),
                Wire.write(answer),
                HeaderText.of(Map.of()));
    }

    /** To the partition where the record's other events are. */
    void reroute(Write write, int partition) {
        org.apache.kafka.common.header.Headers headers = write.headers();
        HeaderText.replace(headers, Headers.CONTROL, Control.REROUTED);
        send(AGAIN, write, new Routed(write.key(), partition), valueOf(write), headers);
    }

    /** Tells every partition that a record is gone that records there may point to. */
    void deletionToEveryPartition(Write write, RecordKey deleted) {
        org.apache.kafka.common.header.Headers headers = write.markerHeaders();
        HeaderText.add(headers, Headers.CONTROL, Control.CASCADE);
        String text = deleted.text();
        String value = text.substring(0, text.length() - 1) + ",\"op\":\"d\"}";
        send(AGAIN, write, new Routed(deleted.bytes(), Routed.EVERY), value.getBytes(StandardCharsets.UTF_8), headers);
    }

    void progress(ProcessorProgress progress) {
        context.forward(
                new Record<>(
                        new Routed(ProgressKey.ofProcessor(progress.partition()), PROGRESS_PARTITION),
                        Wire.write(progress),
                        progress.atMillis()),
                PROGRESS);
    }

    private void send(
            String sink, Write write, Routed to, byte[] value, org.apache.kafka.common.header.Headers headers) {
        context.forward(new Record<>(to, value, write.timestampMillis(), headers), sink);
    }

    private static byte[] valueOf(Write write) {
        byte[] value = write.value();
        return value == null ? new byte[0] : value;
    }
}
