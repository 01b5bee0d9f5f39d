package dev.changeover.producer.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Samples;
import dev.changeover.model.topic.BackfillResult;
import dev.changeover.model.topic.BackfillTask;
import org.junit.jupiter.api.Test;

class LedgerTest {
    private final Ledger ledger = new Ledger(Samples.MIGRATION);

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
    void anEmptyPlanIsDone() {
        ledger.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", 0));

        assertThat(ledger.allDone()).isTrue();
        assertThat(ledger.timeLeft()).isEmpty();
    }

    private static BackfillTask task(String id) {
        return new BackfillTask(id, "chats", "", "", 10);
    }

    private static BackfillResult result(String id) {
        return new BackfillResult(id, "chats", 9, 1, 1, "");
    }
}
