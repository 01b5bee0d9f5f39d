package dev.changeover.verifier.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.canonical.Digest;
import dev.changeover.model.topic.Verdict;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyStateTest {
    @Test
    void everyStateComesBackFromItsBytes() {
        List<KeyState> states = new ArrayList<>();
        for (Said said : new Said[] {null, new Said(0, null, true), new Said(7, new Digest(1, -2), false)}) {
            for (Seen seen : new Seen[] {null, new Seen(5, null, false), new Seen(Long.MAX_VALUE, Digest.ZERO, true)}) {
                for (Verdict.Kind kind : Verdict.Kind.values()) {
                    states.add(new KeyState(said, seen, null, null, null));
                    Open onTarget = new Open(kind, -1, 3, Open.Source.DEEP_SCAN);
                    Open onLegacy = new Open(kind, 9, 3, Open.Source.STREAM);
                    states.add(new KeyState(said, null, seen, null, onTarget));
                    states.add(new KeyState(said, seen, seen, onLegacy, null));
                    states.add(new KeyState(said, seen, seen, onLegacy, onTarget));
                }
            }
        }

        assertThat(states)
                .allSatisfy(state -> assertThat(KeyState.of(state.toBytes())).isEqualTo(state));
    }

    @Test
    void aStateThatAnEarlierBuildWroteIsUnderstood() {
        byte[] parked = HexFormat.of()
                .parseHex("01" + "0d" + "010000000000000007" + "0000000000000001" + "0000000000000002"
                        + "000000000000000008" + "040100" + "0000000000000007" + "0000000000000003");

        assertThat(KeyState.of(parked))
                .isEqualTo(new KeyState(
                        new Said(7, new Digest(1, 2), false),
                        null,
                        new Seen(8, null, false),
                        null,
                        new Open(Verdict.Kind.PARKED, 7, 3, Open.Source.STREAM)));
    }

    @Test
    void aStateOfALaterBuildIsRefused() {
        assertThatThrownBy(() -> KeyState.of(new byte[] {3, 0}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("format 3");
    }

    @Test
    void aKeyThatWasOnlyBackfilledTakesAFewBytes() {
        assertThat(KeyState.NONE.with(new Said(1, new Digest(1, 2), false)).toBytes())
                .hasSizeLessThan(32);
    }
}
