package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class PartitionStateTest {
    private static final Bytes OLD = Bytes.wrap("old".getBytes(StandardCharsets.UTF_8));
    private static final Bytes NEW = Bytes.wrap("new".getBytes(StandardCharsets.UTF_8));
    private static final byte[] VALUE = {1};

    private final KeyValueStore<Bytes, byte[]> store =
            Stores.inMemoryKeyValueStore("state").get();

    @Test
    void whatWasThereBeforeIsFoundAfterItIsOpenedAgain() {
        new PartitionState(store, 1).put(OLD, VALUE);

        PartitionState again = new PartitionState(store, 1);
        again.put(NEW, VALUE);

        assertThat(again.beganEmpty()).isFalse();
        assertThat(again.get(OLD)).isEqualTo(VALUE);
        assertThat(again.get(NEW)).isEqualTo(VALUE);
    }

    @Test
    void ofOneThatBeganEmptyOnlyWhatWasPutIsLookedFor() {
        PartitionState state = new PartitionState(store, 1);
        state.put(NEW, VALUE);
        store.put(OLD, VALUE); // behind its back: seen only if it looks

        assertThat(state.beganEmpty()).isTrue();
        assertThat(state.get(NEW)).isEqualTo(VALUE);
        assertThat(state.get(OLD)).isNull();
    }

    @Test
    void whatWasDeletedIsGone() {
        PartitionState state = new PartitionState(store, 1);
        state.put(NEW, VALUE);

        state.delete(NEW);

        assertThat(state.get(NEW)).isNull();
    }
}
