package dev.changeover.producer.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Samples;
import dev.changeover.model.topic.BackfillResult;
import dev.changeover.model.topic.BackfillTask;
import dev.changeover.producer.publisher.Broker;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Ledger ledger = new Ledger(Broker.aMigration(
            3,
            List.of(
                    BackfillIT.onFiles(Samples.CHATS, "chats.jsonl"),
                    BackfillIT.onFiles(Samples.MESSAGES, "messages.jsonl"))));

    @Test
    void itIsDoneWhenThePlanIsWholeAndEachOfItsTasksHasAResult() {
        ledger.add(task("a"));
        ledger.add(result("a"), false);
        assertThat(ledger.allDone()).isFalse();

        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 2));
        assertThat(ledger.allDone()).isFalse();

        ledger.add(task("b"));
        assertThat(ledger.allDone()).isFalse();

        ledger.add(result("b"), true);
        ledger.add(result("b"), true);
        assertThat(ledger.allDone()).isTrue();
        assertThat(ledger.byEntity().get("chats")).isEqualTo(new BackfillProgress.OfEntity(20, 18, 2, 2, 2));
    }

    @Test
    void whatAChunkReallyHadTakesThePlaceOfTheGuess() {
        ledger.add(new BackfillTask("a", "chats", "", "m", 300));
        ledger.add(new BackfillTask("b", "chats", "m", "", 300));
        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 2));

        ledger.add(result("a"), true);
        assertThat(ledger.byEntity().get("chats").expected()).isEqualTo(10 + 300);

        ledger.add(result("b"), true);
        assertThat(ledger.byEntity().get("chats").expected()).isEqualTo(20);
    }

    @Test
    void anEmptyPlanIsDone() {
        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 0));

        assertThat(ledger.allDone()).isTrue();
        assertThat(ledger.timeLeft()).isEmpty();
    }

    @Test
    void aChildWaitsForAllChunksOfItsParentAndForThePlanToBeKnown() {
        BackfillTask child = new BackfillTask("m", "messages", "", "", 10);
        ledger.add(child);
        ledger.add(task("a"));
        assertThat(ledger.parentsAreThrough(child)).as("others may be planned").isFalse();

        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 3));
        ledger.add(task("b"));
        ledger.add(result("a"), true);
        assertThat(ledger.parentsAreThrough(child)).isFalse();
        assertThat(ledger.parentsAreThrough(task("b"))).as("a root").isTrue();

        ledger.add(result("b"), true);
        assertThat(ledger.parentsAreThrough(child)).isTrue();
    }

    @Test
    void aResultThatIsReadBeforeItsTaskCounts() {
        BackfillTask child = new BackfillTask("m", "messages", "", "", 10);
        ledger.add(result("a"), false);
        ledger.add(task("a"));
        ledger.add(task("a"));
        ledger.add(child);
        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 2));

        assertThat(ledger.parentsAreThrough(child)).isTrue();
    }

    @Test
    void anEntityThatWasAskedForByItselfWaitsForNoneSinceItsParentsMayLieBehindIt() {
        BackfillTask child = new BackfillTask("m", "messages", "", "", 10);
        ledger.add(child);
        assertThat(ledger.parentsAreThrough(child))
                .as("it may be one of a whole plan")
                .isFalse();

        ledger.add(new BackfillTask(Ledger.ENTITY_PLANNED + "messages", "", "", "", 1));
        ledger.add(task("a"));
        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 2));

        assertThat(ledger.parentsAreThrough(child)).isTrue();
    }

    private static BackfillTask task(String id) {
        return new BackfillTask(id, "chats", "", "", 10);
    }

    private static BackfillResult result(String id) {
        return new BackfillResult(id, "chats", 9, 1, 1, "");
    }
}
