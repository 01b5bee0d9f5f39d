package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.Headers;
import dev.changeover.model.topic.ProcessorProgress.Counters;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of a record whose children are counted in it. */
final class TotalsTest {
    private final Rig rig = new Rig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static EntityRecord pair(long wins, long losses, String rest) {
        return Chats.of(Chats.PAIRS, "{\"pair\":\"p\",\"wins\":%d,\"losses\":%d%s}".formatted(wins, losses, rest));
    }

    private static EntityRecord outcome(String event, boolean won, String cost) {
        return Chats.of(
                Chats.OUTCOMES,
                "{\"pair\":\"p\",\"event\":\"%s\",\"won\":%s,\"cost\":%s,\"at\":\"day %s\"}"
                        .formatted(event, won, cost, event));
    }

    private EntityRecord lastPair() {
        List<Rig.Change> changes = rig.changes().stream()
                .filter(change -> change.key().equals("pairs p"))
                .toList();
        return changes.get(changes.size() - 1).event().after();
    }

    @Test
    void aRecordAddsToItsParentAheadOfItself() {
        rig.snapshot(pair(42, 3, ",\"cost\":1.5,\"note\":\"kept\""));
        rig.changes();

        rig.put(outcome("1", true, "0.5"));

        List<Rig.Change> changes = rig.changes();
        assertThat(changes)
                .extracting(change -> change.op() + " " + change.key())
                .containsExactly("u pairs p", "c outcomes p/1");
        assertThat(changes.get(0).event().after())
                .isEqualTo(pair(43, 3, ",\"cost\":2.0,\"last\":\"day 1\",\"note\":\"kept\""));
        assertThat(rig.counters()).isEqualTo(new Counters(3, 3, 0, 0, 0));
    }

    @Test
    void aParentThatIsNotThereIsMadeOfItsTotals() {
        rig.put(outcome("1", false, "0.25"));

        List<Rig.Change> changes = rig.changes();
        assertThat(changes.get(0).op()).isEqualTo("c");
        assertThat(changes.get(0).event().after()).isEqualTo(pair(0, 1, ",\"cost\":0.25,\"last\":\"day 1\""));
    }

    @Test
    void aRepeatAddsNothingAndACorrectionWhatItDiffersBy() {
        rig.put(outcome("1", true, "1"));
        rig.put(outcome("1", true, "1"));
        rig.put(outcome("1", true, "1"), Headers.IDEMPOTENCY_KEY, "k");
        rig.put(outcome("1", true, "1"), Headers.IDEMPOTENCY_KEY, "k");
        assertThat(lastPair()).isEqualTo(pair(1, 0, ",\"cost\":1.0,\"last\":\"day 1\""));

        rig.put(outcome("1", false, "3"));

        assertThat(lastPair()).isEqualTo(pair(0, 1, ",\"cost\":3.0,\"last\":\"day 1\""));
    }

    @Test
    void aSnapshotReadAddsNothingForTheBaselineHasItAlready() {
        rig.snapshot(pair(5, 5, ""));
        rig.snapshot(outcome("1", true, "1"));
        rig.put(outcome("2", true, "1"));

        assertThat(lastPair()).isEqualTo(pair(6, 5, ",\"cost\":1.0,\"last\":\"day 2\""));
    }

    @Test
    void whatHasHappenedIsNotTakenBackByADeleteNorCountedTwiceAfterIt() {
        rig.put(outcome("1", true, "1"));
        rig.delete(RecordKey.of(Chats.OUTCOMES, List.of("p", "1")));
        rig.put(outcome("1", true, "1"));
        rig.put(outcome("2", true, "1"));

        assertThat(lastPair()).isEqualTo(pair(2, 0, ",\"cost\":2.0,\"last\":\"day 2\""));
    }

    private static EntityRecord book(String name, boolean lent) {
        return Chats.of(Chats.BOOKS, "{\"shelf\":\"s\",\"book\":\"%s\",\"lent\":%s}".formatted(name, lent));
    }

    private static EntityRecord shelf(int books, int there, int ever) {
        return Chats.of(
                Chats.SHELVES, "{\"shelf\":\"s\",\"books\":%d,\"there\":%d,\"ever\":%d}".formatted(books, there, ever));
    }

    private static RecordKey bookKey(String name) {
        return RecordKey.of(Chats.BOOKS, List.of("s", name));
    }

    private EntityRecord lastShelf() {
        List<Rig.Change> changes = rig.changes().stream()
                .filter(change -> change.key().equals("shelves s"))
                .toList();
        return changes.get(changes.size() - 1).event().after();
    }

    @Test
    void whatExistsIsCountedAlsoWhereRecordsAreDeletedAndComeAgain() {
        rig.put(book("a", false));
        rig.put(book("b", true));
        assertThat(lastShelf()).isEqualTo(shelf(2, 1, 2));

        rig.delete(bookKey("a"));
        assertThat(lastShelf()).isEqualTo(shelf(1, 0, 2));

        rig.put(book("b", false));
        rig.put(book("a", false));
        assertThat(lastShelf()).isEqualTo(shelf(2, 2, 2));
    }

    @Test
    void aDeleteTakesBackAheadOfItselfAndOnlyOnce() {
        rig.put(book("a", false));
        rig.changes();

        rig.delete(bookKey("a"));
        rig.delete(bookKey("a"));

        assertThat(rig.changes())
                .extracting(change -> change.op() + " " + change.key())
                .containsExactly("u shelves s", "d books s/a", "d books s/a");
    }

    @Test
    void childrenThatGoWithTheirParentTakeNothingBackFromIt() {
        rig.put(book("a", false));
        rig.put(book("b", false));
        rig.changes();

        rig.delete(RecordKey.of(Chats.SHELVES, List.of("s")));

        assertThat(rig.changes())
                .extracting(change -> change.op() + " " + change.key())
                .containsExactly("d books s/b", "d books s/a", "d shelves s");
    }

    @Test
    void whatComesAgainAfterItsParentWentIsThereAndWhatHasHappenedBeginsAtNothing() {
        rig.put(book("a", false));
        rig.delete(RecordKey.of(Chats.SHELVES, List.of("s")));

        rig.put(book("a", false));

        assertThat(lastShelf()).isEqualTo(shelf(1, 1, 0));
    }

    @Test
    void aCountOfWhatExistsIsNeverLessThanNone() {
        rig.snapshot(shelf(0, 0, 7));
        rig.snapshot(book("a", false));
        rig.snapshot(book("b", false));

        rig.delete(bookKey("a"));
        rig.put(book("b", true));

        assertThat(rig.changes())
                .extracting(change -> change.op() + " " + change.key())
                .containsExactly("r shelves s", "r books s/a", "r books s/b", "d books s/a", "u books s/b");
    }

    @Test
    void afterADeleteOfTheParentItBeginsAtNothing() {
        rig.put(outcome("1", true, "1"));
        rig.delete(RecordKey.of(Chats.PAIRS, List.of("p")));
        rig.put(outcome("2", true, "1"));

        assertThat(lastPair()).isEqualTo(pair(1, 0, ",\"cost\":1.0,\"last\":\"day 2\""));
    }

    @Test
    void aTotalBeyondItsRangeRejectsTheRecordWhole() {
        rig.put(pair(Long.MAX_VALUE, 0, ""));
        rig.changes();

        rig.put(outcome("1", true, "1"));

        assertThat(rig.changes()).isEmpty();
        assertThat(rig.counters()).isEqualTo(new Counters(2, 1, 1, 0, 0));
    }
}
