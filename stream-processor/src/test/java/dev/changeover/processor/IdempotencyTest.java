package dev.changeover.processor;

import static dev.changeover.processor.Chats.user;
import static dev.changeover.processor.Chats.userKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.Answer;
import dev.changeover.model.topic.Answer.Outcome;
import dev.changeover.model.topic.ProcessorProgress.Counters;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class IdempotencyTest {
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aRepeatIsDroppedAndAnsweredWithTheFirstAlsoAfterNewerWrites() {
        rig.put(user("7", "Ada"), asking("k1"));
        rig.put(user("7", "Bob"), asking("k2"));

        rig.put(user("7", "Ada"), asking("k1"));

        assertThat(rig.changesInWords()).containsExactly("c users 7", "u users 7");
        assertThat(rig.answers()).last().isEqualTo(new Answer(0, 2, Outcome.DUPLICATE, 0, ""));
        assertThat(rig.counters()).isEqualTo(new Counters(3, 2, 0, 1, 0));
    }

    @Test
    void theSameKeyWithAnotherBodyIsRefusedAndTheFirstOneStands() {
        rig.put(user("7", "Ada"), asking("k1"));

        rig.put(user("7", "Bob"), asking("k1"));

        assertThat(rig.changesInWords()).containsExactly("c users 7");
        assertThat(rig.answers()).last().satisfies(answer -> {
            assertThat(answer.outcome()).isEqualTo(Outcome.KEY_REUSED);
            assertThat(answer.reason()).contains("\"k1\"", "offset 0");
        });
        assertThat(rig.counters()).isEqualTo(new Counters(2, 1, 1, 0, 0));
    }

    @Test
    void theSameKeyOfAnotherRecordIsAnotherWrite() {
        rig.put(user("7", "Ada"), asking("k1"));

        rig.put(user("8", "Ada"), asking("k1"));

        assertThat(rig.changesInWords()).containsExactly("c users 7", "c users 8");
    }

    @Test
    void aDeleteAndAPutUnderOneKeyAreTwoBodies() {
        rig.put(user("7", "Ada"), asking("k1"));

        rig.delete(userKey("7"), asking("k1"));

        assertThat(rig.answers()).last().extracting("outcome").isEqualTo(Outcome.KEY_REUSED);
    }

    @Test
    void aRepeatOfWhatWasNotFoundIsNotFoundAgainThoughTheRecordIsThereNow() {
        rig.patch(userKey("7"), "{\"name\":\"Ada\"}", asking("k1"));
        rig.put(user("7", "Bob"));

        rig.patch(userKey("7"), "{\"name\":\"Ada\"}", asking("k1"));

        assertThat(rig.changesInWords()).containsExactly("c users 7");
        assertThat(rig.answers()).extracting("outcome").containsExactly(Outcome.NOT_FOUND, Outcome.NOT_FOUND);
        assertThat(rig.counters()).isEqualTo(new Counters(3, 1, 1, 1, 0));
    }

    @Test
    void aKeyIsRememberedForADayAndThenForgotten() {
        rig.put(user("7", "Ada"), asking("k1"));

        rig.pass(Duration.ofHours(24));
        rig.put(user("7", "Ada"), asking("k1"));
        rig.pass(Duration.ofHours(2));
        rig.put(user("8", "time goes"));
        rig.pass(Duration.ofMinutes(2));
        rig.put(user("7", "Ada"), asking("k1"));

        assertThat(rig.answers())
                .extracting("outcome")
                .containsExactly(Outcome.ACCEPTED, Outcome.DUPLICATE, Outcome.ACCEPTED);
    }

    @Test
    void aKeyThatIsTooLongIsInvalid() {
        rig.put(user("7", "Ada"), asking("k".repeat(501)));

        assertThat(rig.answers()).singleElement().extracting("outcome").isEqualTo(Outcome.INVALID);
    }

    private static String[] asking(String idempotencyKey) {
        return new String[] {Headers.IDEMPOTENCY_KEY, idempotencyKey, Headers.ANSWER, "1"};
    }
}
