package dev.changeover.processor;

import static dev.changeover.processor.Chats.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka Streams commits whenever something was called at an interval: what is called when, and when no more. */
final class TicksTest {
    private static final Duration FORGET = Duration.ofMinutes(1);
    private static final Duration SAY = Duration.ofMillis(200);

    private final Migration migration = Chats.migration("test", 1);
    private final EventCodec codec = new EventCodec(migration);
    private final Admit admit = new Admit(migration, List.of(), "log-1", ThreadLocal.withInitial(Pace::new));
    private MockProcessorContext<Routed, byte[]> streams;
    private long offset;

    @BeforeEach
    void start(@TempDir File folder) {
        Properties options = new Properties();
        options.putAll(Map.of(
                StreamsConfig.APPLICATION_ID_CONFIG, "test", StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1"));
        streams = new MockProcessorContext<>(options, new TaskId(0, 0), folder);
        streams.setCurrentSystemTimeMs(1_000);
        for (String name : ProcessorRules.STORES) {
            KeyValueStore<Bytes, byte[]> store = Stores.keyValueStoreBuilder(
                            Stores.inMemoryKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
                    .withLoggingDisabled()
                    .build();
            store.init(streams.getStateStoreContext(), store);
        }
        admit.init(streams);
    }

    private List<CapturedPunctuator> running() {
        return streams.scheduledPunctuators().stream()
                .filter(each -> !each.cancelled())
                .toList();
    }

    private List<Duration> intervals() {
        return running().stream().map(CapturedPunctuator::getInterval).toList();
    }

    private void fire(Duration interval) {
        running().stream()
                .filter(each -> each.getInterval().equals(interval))
                .forEach(each -> each.getPunctuator().punctuate(2_000));
    }

    private void process(ChangeEvent event) {
        streams.setRecordMetadata("writes", 0, offset++);
        admit.process(new Record<>(event.key().bytes(), codec.write(event), 990, HeaderText.of(Map.of())));
    }

    @Test
    void whereNothingComesProgressIsSaidOnceAndNothingElseTicks() {
        assertThat(intervals()).containsExactlyInAnyOrder(SAY, FORGET);

        fire(SAY);

        assertThat(intervals()).containsExactly(FORGET);
        assertThat(streams.forwarded())
                .extracting(each -> each.childName().orElse(""))
                .containsExactly(Outputs.PROGRESS);
    }

    @Test
    void aSnapshotReadIsCommittedAsABacklogIs() {
        fire(SAY);

        process(ChangeEvent.snapshot(user("7", "Ada"), "users.json", 5));

        assertThat(intervals()).containsExactlyInAnyOrder(SAY, FORGET);
    }

    @Test
    void aSnapshotReadOfWhatWasKnownBeforeTheTaskBeganAnewIsBeaten() {
        process(ChangeEvent.put(user("7", "Ada"), "gateway", 5));
        admit.close();
        admit.init(streams);
        streams.resetForwards();

        process(ChangeEvent.snapshot(user("7", "Old"), "users.json", 5));

        assertThat(streams.forwarded()).isEmpty();
    }

    @Test
    void whatIsWrittenIsCommittedSoon() {
        fire(SAY);

        process(ChangeEvent.put(user("7", "Ada"), "gateway", 5));
        assertThat(intervals()).containsExactlyInAnyOrder(SAY, FORGET, Pace.TICK);

        fire(Pace.TICK);
        assertThat(streams.committed()).isTrue();
        fire(SAY);
        assertThat(intervals()).containsExactly(FORGET);
    }

    @Test
    void aPartitionThatGoesElsewhereAndComesBackSaysItsProgress() {
        admit.close();
        assertThat(intervals()).containsExactly(FORGET);

        admit.init(streams);

        assertThat(intervals()).contains(SAY);
    }
}
