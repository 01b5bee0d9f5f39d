package dev.changeover.app.simulation;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.topic.Barrier;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.ProducerFencedException;

/** A worker of the backfill: reads some records, publishes them some time later in one transaction with its progress. */
final class BackfillRole extends Role {
    static final String ORIGIN = "backfill";

    private static final String ID = "backfill";

    private final Place place;
    private final World world;
    private final Tasks tasks;
    private final long epoch;

    /** What is still to do; on the log, so that it outlives the worker. */
    static final class Tasks {
        private final List<RecordKey> unread = new ArrayList<>();
        private boolean complete;

        Tasks(List<EntityRecord> initial) {
            initial.forEach(each -> unread.add(each.key()));
        }

        boolean complete() {
            return complete;
        }
    }

    BackfillRole(Place place, Tasks tasks, String name) {
        super(name);
        this.place = place;
        this.world = place.world;
        this.tasks = tasks;
        this.epoch = place.log.takeOver(ID);
    }

    @Override
    boolean ready() {
        return !tasks.complete;
    }

    @Override
    void step() {
        try {
            if (tasks.unread.isEmpty()) {
                complete();
            } else {
                chunk();
            }
        } catch (ProducerFencedException e) {
            kill();
        }
    }

    private void chunk() {
        List<RecordKey> chunk = new ArrayList<>();
        int from = world.random().nextInt(tasks.unread.size());
        int most = 1 + world.random().nextInt(4);
        for (int i = from; i < Math.min(tasks.unread.size(), from + most); i++) {
            chunk.add(tasks.unread.get(i));
        }
        List<EntityRecord> read = new ArrayList<>();
        for (RecordKey key : chunk) {
            EntityRecord held = place.contents(Side.LEGACY).records().get(key);
            if (held != null) {
                read.add(held);
            }
        }
        world.say("the backfill has read " + chunk);
        world.at(this, "has read");
        SimulatedLog.Transaction transaction = place.log.begin(ID, epoch);
        for (EntityRecord each : read) {
            transaction.send(Writes.of(
                    world.has(Flaw.SNAPSHOT_READS_WRITE_AS_CLIENTS_DO)
                            ? ChangeEvent.put(each, ORIGIN, 0)
                            : ChangeEvent.snapshot(each, ORIGIN, 0)));
            world.at(this, "has published one");
        }
        transaction.state(() -> tasks.unread.removeAll(chunk));
        transaction.commit();
        world.say("the backfill has published " + read.size());
    }

    /** One that dies in between sends another barrier. */
    private void complete() {
        Barrier barrier = new Barrier("backfill-" + epoch, "backfill-complete");
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            world.at(this, "sends the last barrier");
            place.log.send(Writes.of(barrier, partition));
        }
        tasks.complete = true;
    }
}
