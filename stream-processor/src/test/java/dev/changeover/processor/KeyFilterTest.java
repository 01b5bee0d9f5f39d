package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KeyFilterTest {
    private static final int KEYS = 500_000;

    private final KeyFilter filter = new KeyFilter(23);

    @Test
    void allThatWasAddedIsFound() {
        for (int i = 0; i < KEYS; i++) {
            filter.add(key(i));
        }

        assertThat(IntStream.range(0, KEYS)).allMatch(i -> filter.mayContain(key(i)));
    }

    @Test
    void ofWhatWasNotAddedNearlyNothingIs() {
        for (int i = 0; i < KEYS; i++) {
            filter.add(key(i));
        }

        long mistaken = IntStream.range(KEYS, 2 * KEYS)
                .filter(i -> filter.mayContain(key(i)))
                .count();

        assertThat(mistaken).isLessThan(KEYS / 150);
    }

    @Test
    void aSmallOneThatIsFullHasWhatWasAdded() {
        KeyFilter small = new KeyFilter(6);
        for (int i = 0; i < 1_000; i++) {
            small.add(key(i));
        }

        assertThat(IntStream.range(0, 1_000)).allMatch(i -> small.mayContain(key(i)));
    }

    @Test
    void anEmptyOneHasNothing() {
        assertThat(filter.mayContain(new byte[0])).isFalse();
    }

    private static byte[] key(int number) {
        return "r{\"entity\":\"messages\",\"key\":{\"id\":%d}}"
                .formatted(number)
                .getBytes(StandardCharsets.UTF_8);
    }
}
