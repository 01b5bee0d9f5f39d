package dev.changeover.processor;

import static dev.changeover.processor.Chats.badgeOf;
import static dev.changeover.processor.Chats.chat;
import static dev.changeover.processor.Chats.chatKey;
import static dev.changeover.processor.Chats.chatOf;
import static dev.changeover.processor.Chats.message;
import static dev.changeover.processor.Chats.user;
import static dev.changeover.processor.Chats.userKey;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Missing;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.ProcessorProgress.Counters;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class CascadeTest {
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void childrenAreDeletedBeforeTheirParent() {
        rig.put(chat("c", "t"));
        rig.snapshot(message("c", 1));
        rig.put(message("c", 12));
        rig.put(chat("c2", "t"));
        rig.put(message("c2", 1));
        rig.changes();

        rig.delete(chatKey("c"));

        List<Rig.Change> changes = rig.changes();
        assertThat(changes)
                .extracting(change -> change.op() + " " + change.key())
                .containsExactlyInAnyOrder("d messages c/1", "d messages c/12", "d chats c");
        assertThat(changes).last().extracting(Rig.Change::key).isEqualTo("chats c");
        assertThat(changes.get(0).event().before()).isNotNull();
        assertThat(rig.counters()).isEqualTo(new Counters(8, 8, 0, 0, 0));
    }

    @Test
    void whoWaitsForTheDeleteDoesNotTakeAChildsForIt() {
        rig.put(chat("c", "t"));
        rig.put(message("c", 1));
        rig.changes();

        rig.delete(chatKey("c"));

        assertThat(rig.changes())
                .extracting(change -> change.headers().get(Headers.WRITE_OFFSET))
                .containsExactly("1", "2");
    }

    @Test
    void aChildThatIsGoneAlreadyIsNotDeletedAgain() {
        rig.put(chat("c", "t"));
        rig.put(message("c", 1));
        rig.delete(message("c", 1).key());
        rig.changes();

        rig.delete(chatKey("c"));

        assertThat(rig.changesInWords()).containsExactly("d chats c");
    }

    @Test
    void aLateSnapshotReadOfAChildDoesNotBringItBackEvenIfItsParentIsWrittenAnew() {
        rig.delete(chatKey("c"));
        rig.snapshot(message("c", 1));
        rig.put(chat("c", "again"));

        rig.snapshot(message("c", 2));
        rig.put(message("c", 3));

        assertThat(rig.changesInWords()).containsExactly("d chats c", "c chats c", "c messages c/3");
        assertThat(rig.counters().beatenSnapshotReads()).isEqualTo(2);
    }

    @Test
    void aLiveChildOfADeletedParentIsRejected() {
        rig.put(chat("c", "t"));
        rig.delete(chatKey("c"));

        rig.put(message("c", 1));

        assertThat(rig.reasons()).singleElement().asString().contains("messages c/1", "chats c", "is deleted");
    }

    @Test
    void aDeletedUserLeavesTheChatsAndTakesTheBadges() {
        rig.put(user("7", "Ada"));
        rig.put(chatOf("7", "c"));
        rig.snapshot(badgeOf("7", "b"));
        rig.put(badgeOf("8", "b8"));
        rig.changes();

        rig.delete(userKey("7"));

        List<Rig.Change> changes = rig.changes();
        assertThat(changes)
                .extracting(change -> change.op() + " " + change.key())
                .containsExactlyInAnyOrder("d users 7", "u chats c", "d badges b");
        Rig.Change cut = changes.stream()
                .filter(change -> change.op().equals("u"))
                .findFirst()
                .orElseThrow();
        assertThat(cut.event().before()).isEqualTo(chatOf("7", "c"));
        assertThat(cut.event().after().value("user_id")).isEqualTo(Missing.NULL);
        assertThat(rig.counters()).isEqualTo(new Counters(7, 7, 0, 0, 0));
    }

    @Test
    void aChatThatWasGivenToAnotherUserStaysWithThatOne() {
        rig.put(chatOf("7", "c"));
        rig.patch(chatKey("c"), "{\"user_id\":\"8\"}");
        rig.changes();

        rig.delete(userKey("7"));

        assertThat(rig.changesInWords()).containsExactly("d users 7");
    }

    @Test
    void aLateSnapshotReadThatPointsToADeletedUserIsCutOrBeaten() {
        rig.delete(userKey("7"));
        rig.changes();

        rig.snapshot(chatOf("7", "c"));
        rig.snapshot(badgeOf("7", "b"));

        List<Rig.Change> changes = rig.changes();
        assertThat(changes)
                .extracting(change -> change.op() + " " + change.key())
                .containsExactly("r chats c", "u chats c");
        assertThat(changes.get(1).event().after().value("user_id")).isEqualTo(Missing.NULL);
        assertThat(rig.counters().beatenSnapshotReads()).isEqualTo(1);
        assertThat(rig.counters().conserved()).isTrue();
    }
}
