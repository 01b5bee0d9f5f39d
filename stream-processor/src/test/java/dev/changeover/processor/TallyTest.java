package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.log.LogException;
import dev.changeover.model.topic.ProcessorProgress;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class TallyTest {
    private static final String LOG = "cluster/topic";

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("state").get();

    @Test
    void theFiguresStandWithTheLastEventThatWasProcessed() {
        Tally first = new Tally(new PartitionState(store, 1), LOG);
        first.write();
        first.change();
        first.processed(6);
        first.write();
        first.duplicate();
        first.processed(7);
        first.write();

        Tally again = new Tally(new PartitionState(store, 1), LOG);

        assertThat(again.passed(7)).isTrue();
        assertThat(again.passed(8)).isFalse();
        assertThat(again.progress(2, 9))
                .isEqualTo(new ProcessorProgress(2, 8, new ProcessorProgress.Counters(2, 1, 0, 1, 0), 9));
    }

    @Test
    void stateThatAnEarlierBuildKeptOtherwiseIsNotTakenForNone() {
        new Part(new PartitionState(store, 1), 'r').put("a record".getBytes(StandardCharsets.UTF_8), new byte[] {1});

        assertThatThrownBy(() -> new Tally(new PartitionState(store, 1), LOG))
                .isInstanceOf(LogException.class)
                .hasMessageContaining("another build of Changeover");
    }

    @Test
    void theStateOfAnotherLogIsRefused() {
        new Tally(new PartitionState(store, 1), "cluster/old").processed(3);

        assertThatThrownBy(() -> new Tally(new PartitionState(store, 1), LOG))
                .isInstanceOf(LogException.class)
                .hasMessageContainingAll("log cluster/old and this is log cluster/topic");
    }
}
