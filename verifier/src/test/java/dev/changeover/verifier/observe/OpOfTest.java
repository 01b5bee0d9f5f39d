package dev.changeover.verifier.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.Op;
import dev.changeover.verifier.Chats;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OpOfTest {
    private final EventCodec codec = new EventCodec(Chats.migration("m", 1));

    @Test
    void theOpIsFoundWhateverTheStatesHold() {
        EntityRecord tricky = Chats.chat("\"op\":\"d\"", "\"op\":\"r\",\"ts_ms\":1}").toBuilder()
                .setUnnamed("op", new JsonText("\"r\""))
                .build();

        assertThat(OpOf.of(codec.write(ChangeEvent.put(tricky, "\"op\":\"u\"", 1))))
                .isEqualTo(Op.CREATE);
        assertThat(OpOf.of(codec.write(ChangeEvent.snapshot(tricky, "x", Long.MAX_VALUE))))
                .isEqualTo(Op.SNAPSHOT);
        assertThat(OpOf.of(codec.write(ChangeEvent.delete(tricky.key(), "x", 0))))
                .isEqualTo(Op.DELETE);
    }

    @Test
    void whatIsNoEventIsRefused() {
        assertThatThrownBy(() -> OpOf.of("{}".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
