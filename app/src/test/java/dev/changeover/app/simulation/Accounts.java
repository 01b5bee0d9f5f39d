package dev.changeover.app.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.HeaderText;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.ProcessorProgress;
import dev.changeover.model.topic.Wire;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * At the end: every event on {@code writes} became a change or a dead letter, or repeats an earlier one, or is a snapshot read that was
 * beaten; and the processor's own counters say the same.
 */
final class Accounts {
    private final Place place;

    Accounts(Place place) {
        this.place = place;
    }

    void check() {
        long met = 0;
        long changes = 0;
        long letters = 0;
        ProcessorProgress.Counters counters = ProcessorProgress.Counters.ZERO;
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            met += accountFor(partition);
            changes += place.log.records(Place.TOPICS.changes(), partition).stream()
                    .filter(each -> HeaderText.find(each.headers(), Headers.CONTROL) == null)
                    .count();
            letters += place.log.records(Place.TOPICS.deadLetters(), partition).stream()
                    .filter(each -> "processor".equals(HeaderText.find(each.headers(), Headers.STAGE)))
                    .count();
            ProcessorProgress last = lastProgress(partition);
            counters = counters.plus(last == null ? ProcessorProgress.Counters.ZERO : last.counters());
        }
        assertThat(counters.conserved()).as("%s is conserved", counters).isTrue();
        assertThat(counters.changes()).as("changes counted and on the log").isEqualTo(changes);
        assertThat(counters.deadLetters())
                .as("dead letters counted and on the log")
                .isEqualTo(letters);
        assertThat(counters.writes()).as("writes counted, derived ones too").isGreaterThanOrEqualTo(met);
    }

    private long accountFor(int partition) {
        Map<Long, Set<String>> changed = new HashMap<>();
        long last = -1;
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.changes(), partition)) {
            long from = HeaderText.number(each.headers(), Headers.WRITE_OFFSET, -1);
            assertThat(from)
                    .as("changes are in the order of writes at %d-%d", partition, each.offset())
                    .isGreaterThanOrEqualTo(last);
            last = from;
            if (!Reference.isDerived(each)) {
                changed.computeIfAbsent(from, none -> new HashSet<>()).add(text(each.key()));
            }
        }
        Set<String> letters = new HashSet<>();
        place.log
                .records(Place.TOPICS.deadLetters(), partition)
                .forEach(each -> letters.add(HeaderText.find(each.headers(), Headers.ORIGIN)));
        long met = 0;
        Set<String> requests = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.writes(), partition)) {
            if (!Reference.counts(each)) {
                continue;
            }
            met++;
            String request = HeaderText.find(each.headers(), Writes.REQUEST);
            boolean first = request == null || requests.add(text(each.key()) + request);
            boolean becameChange = changed.getOrDefault(each.offset(), Set.of()).contains(text(each.key()));
            boolean becameLetter = letters.contains(each.topic() + "-" + partition + "@" + each.offset());
            boolean snapshot = Reference.isSnapshot(each);
            String what = "%s at %d@%d".formatted(text(each.key()), partition, each.offset());
            assertThat(becameChange && becameLetter)
                    .as("%s has two fates", what)
                    .isFalse();
            assertThat(becameChange || becameLetter || !first || snapshot)
                    .as("%s became something", what)
                    .isTrue();
            assertThat(becameChange && !first)
                    .as("%s is a repeat and counts again", what)
                    .isFalse();
        }
        return met;
    }

    /** Whether the processor has told how it stands at the end of the log. */
    boolean told() {
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            List<ConsumerRecord<byte[], byte[]>> writes = place.log.records(Place.TOPICS.writes(), partition);
            ProcessorProgress last = lastProgress(partition);
            if (!writes.isEmpty()
                    && (last == null
                            || last.next() <= writes.get(writes.size() - 1).offset())) {
                return false;
            }
        }
        return true;
    }

    private @Nullable ProcessorProgress lastProgress(int partition) {
        ProcessorProgress last = null;
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.progress(), 0)) {
            if (text(each.key()).startsWith("processor")) {
                ProcessorProgress said = Wire.processorProgress(each.value());
                if (said.partition() == partition) {
                    last = said;
                }
            }
        }
        return last;
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
