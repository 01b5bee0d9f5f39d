package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;

class PartTest {
    private final PartitionState state =
            new PartitionState(Stores.inMemoryKeyValueStore("state").get(), 1);
    private final Part mine = new Part(state, 'b');

    @Test
    void aPartSeesItsOwnEntriesOnly() {
        Part before = new Part(state, 'a');
        Part behind = new Part(state, 'c');
        for (Part part : List.of(before, mine, behind)) {
            part.put(bytes("key"), bytes("of " + (part == mine ? "mine" : "others")));
            part.put(bytes("key2"), bytes(""));
        }
        before.put(bytes("\u00ff"), bytes(""));

        before.delete(bytes("key2"));

        assertThat(mine.get(bytes("key"))).isEqualTo(bytes("of mine"));
        assertThat(mine.get(bytes("\u00ff"))).isNull();
        assertThat(keys(mine.startingWith(bytes("")))).containsExactly("key", "key2");
        assertThat(keys(mine.startingWith(bytes("key2")))).containsExactly("key2");
        assertThat(keys(mine.from(bytes("")))).containsExactly("key", "key2");
        assertThat(keys(mine.from(bytes("key1")))).containsExactly("key2");
    }

    private static List<String> keys(Part.Entries entries) {
        List<String> keys = new ArrayList<>();
        try (entries) {
            while (entries.hasNext()) {
                keys.add(new String(entries.next().key, StandardCharsets.UTF_8));
            }
        }
        return keys;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
