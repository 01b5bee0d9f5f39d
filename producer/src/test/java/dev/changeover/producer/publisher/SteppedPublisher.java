package dev.changeover.producer.publisher;

import dev.changeover.log.AnswerTail;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What the real publisher waits for before it answers a write, without its threads and its producer: who has it sends. */
public final class SteppedPublisher {
    private final AnswerTail answers;
    private final Acknowledging acknowledging;
    private final AppliedWaits waits = new AppliedWaits();
    private final List<UnderWay> waiting = new ArrayList<>();

    public SteppedPublisher(
            Migration migration, AnswerTail answers, ProgressTail progress, Acknowledging acknowledging) {
        this.answers = answers;
        this.acknowledging = acknowledging;
        progress.listen(waits::on);
        for (Side side : Side.values()) {
            for (int partition = 0; partition < migration.partitions(); partition++) {
                progress.of(side, partition).ifPresent(last -> waits.on(last, List.of()));
            }
        }
    }

    /** A write on its way. */
    public static final class Sending {
        private final UnderWay underWay;

        private Sending(UnderWay underWay) {
            this.underWay = underWay;
        }

        /** The log has it. */
        public void onLog(int partition, long offset) {
            underWay.onLog(partition, offset);
        }

        public CompletableFuture<Published> result() {
            return underWay.result();
        }
    }

    public Sending begin(Write write) {
        UnderWay underWay = new UnderWay(write, answers, waits, acknowledging, Runnable::run);
        waiting.add(underWay);
        return new Sending(underWay);
    }

    /** The sides that acknowledge may have changed. */
    public void reconsider() {
        waiting.removeIf(each -> each.result().isDone());
        List.copyOf(waiting).forEach(UnderWay::reconsider);
    }
}
