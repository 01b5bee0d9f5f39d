package dev.changeover.app.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checker finds what it is there to find, and nothing in the history of a store that does one thing after the other. */
class CheckerTest {
    private final List<Op> ops = new ArrayList<>();

    @Test
    void aHistoryOfOneThingAfterTheOtherIsClean() {
        put(1, 0, 10);
        read(1, 20, 30);
        put(2, 40, 50);
        read(2, 60, 70);

        assertThat(result(2, 2).all()).isEmpty();
    }

    @Test
    void aReadDuringAWriteMayGiveEitherValue() {
        put(1, 0, 10);
        put(2, 40, 80);
        read(1, 50, 55);
        read(2, 56, 60);

        assertThat(result(2, 2).all()).isEmpty();
    }

    @Test
    void aReadOfWhatWasOverwrittenBeforeItBeganIsStale() {
        put(1, 0, 10);
        put(2, 40, 50);
        read(1, 60, 70);

        assertThat(result(2, 2).stale).hasSize(1);
    }

    @Test
    void aReadThatGoesBackBehindAnEarlierOneIsStaleAlthoughTheWriteIsNotAnswered() {
        put(1, 0, 10);
        put(2, 40, 200);
        read(2, 50, 60);
        read(1, 70, 80);

        assertThat(result(2, 2).stale).hasSize(1);
    }

    @Test
    void aReadThatGoesBackBehindAnUnknownWriteThatWasSeenIsStale() {
        put(1, 0, 10);
        add(Op.Kind.PUT, 2, 20, Op.NEVER, Op.Outcome.UNKNOWN);
        read(2, 50, 60);
        read(1, 70, 80);

        assertThat(result(2, 2).stale).hasSize(1);
    }

    @Test
    void aReadThatFindsNothingAfterTheFirstWriteIsStale() {
        put(1, 0, 10);
        read(Op.ABSENT, 20, 30);

        assertThat(result(1, 1).stale).hasSize(1);
    }

    @Test
    void whatIsOlderAtTheEndThanAnAcknowledgedWriteIsLost() {
        put(1, 0, 10);
        put(2, 20, 30);

        Checker.Result result = result(1, 2);

        assertThat(result.lost).hasSize(1);
        assertThat(result.unequal).hasSize(1);
    }

    @Test
    void whatWasPublishedOnlyMustBeThereInTheEnd() {
        put(1, 0, 10);
        add(Op.Kind.PUT, 2, 20, 30, Op.Outcome.PUBLISHED);

        assertThat(result(1, 1).lost).hasSize(2);
    }

    @Test
    void aWriteOfUnknownOutcomeMayBeThereInTheEndOrNot() {
        put(1, 0, 10);
        add(Op.Kind.PUT, 2, 20, Op.NEVER, Op.Outcome.UNKNOWN);

        assertThat(result(1, 1).all()).isEmpty();
        assertThat(result(2, 2).all()).isEmpty();
    }

    @Test
    void aRecordThatIsGoneIsLostUnlessItWasDeleted() {
        put(1, 0, 10);
        assertThat(result(Op.ABSENT, Op.ABSENT).lost).hasSize(2);

        add(Op.Kind.DELETE, Op.ABSENT, 20, 30, Op.Outcome.OK);
        assertThat(result(Op.ABSENT, Op.ABSENT).all()).isEmpty();
        assertThat(result(1, 1).lost).hasSize(2);
    }

    @Test
    void aDeletedRecordThatIsReadAgainIsStale() {
        put(1, 0, 10);
        add(Op.Kind.DELETE, Op.ABSENT, 20, 30, Op.Outcome.OK);
        read(1, 40, 50);
        read(Op.ABSENT, 60, 70);

        assertThat(result(Op.ABSENT, Op.ABSENT).stale).hasSize(1);
    }

    @Test
    void aValueThatNobodyWroteAndOneWhoseWriteFailedAreFromNowhere() {
        put(1, 0, 10);
        add(Op.Kind.PUT, 2, 20, 30, Op.Outcome.FAIL);
        read(2, 40, 50);

        Checker.Result result = result(3, 1);

        assertThat(result.fromNowhere).hasSize(2);
        assertThat(result.refused).hasSize(1);
    }

    /** One register, many clients, each operation done at one moment within its time: whatever that gives is clean. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatARealRegisterGivesIsClean(long seed) {
        long last = randomHistory(new Random(seed), 0);

        assertThat(result(last, last).all()).isEmpty();
    }

    /** As above, but one read in a hundred gives what was there some writes ago. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aRegisterThatIsReadFromAStaleCopyNowAndThenIsFound(long seed) {
        long last = randomHistory(new Random(seed), 100);

        assertThat(result(last, last).stale).isNotEmpty();
    }

    private long randomHistory(Random random, int staleOneIn) {
        List<Long> values = new ArrayList<>(List.of(Op.ABSENT));
        for (int moment = 1_000; moment < 200_000; moment += 20) {
            long begin = moment - (long) random.nextInt(100);
            long end = moment + 1L + random.nextInt(100);
            if (random.nextInt(3) == 0) {
                values.add((long) moment);
                boolean answered = random.nextInt(10) > 0;
                add(
                        Op.Kind.PUT,
                        moment,
                        begin,
                        answered ? end : Op.NEVER,
                        answered ? Op.Outcome.OK : Op.Outcome.UNKNOWN);
            } else {
                boolean stale = staleOneIn > 0 && values.size() > 40 && random.nextInt(staleOneIn) == 0;
                read(values.get(values.size() - (stale ? 30 : 1)), begin, end);
            }
        }
        return values.get(values.size() - 1);
    }

    private void put(long value, long from, long to) {
        add(Op.Kind.PUT, value, from, to, Op.Outcome.OK);
    }

    private void read(long value, long from, long to) {
        add(Op.Kind.READ, value, from, to, Op.Outcome.OK);
    }

    private void add(Op.Kind kind, long value, long from, long to, Op.Outcome outcome) {
        ops.add(new Op(kind, "k", value, from, to, outcome, ""));
    }

    private Checker.Result result(long legacy, long target) {
        return Checker.check(ops, Map.of("legacy", held(legacy), "target", held(target)));
    }

    private static Map<String, Long> held(long value) {
        return value == Op.ABSENT ? Map.of() : Map.of("k", value);
    }
}
