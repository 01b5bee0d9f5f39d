package dev.changeover.app.simulation;

import dev.changeover.log.HandedTail;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.observe.ReadBackObserver;
import dev.changeover.verifier.observe.SteppedObserver;
import java.util.Collection;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;

/** A process with one real observer, which reads back what a side holds. */
final class ObserverRole extends Role {
    private final Place place;
    private final World world;
    private final SimulatedConsumer consumer;
    private final SteppedObserver observer;
    private final HandedTail progress = new HandedTail();
    private final Supplier<Collection<RecordKey>> differing;
    private long progressRead;

    /** @param differing what is known to differ, and is looked at again now and then, as it may have gone in meanwhile */
    ObserverRole(Place place, Side side, Supplier<Collection<RecordKey>> differing, String name) {
        super(name);
        this.differing = differing;
        this.place = place;
        this.world = place.world;
        this.consumer = new SimulatedConsumer(
                world, place.log, this, ReadBackObserver.group(Chats.MIGRATION, side), Place.TOPICS.changes());
        this.observer = new SteppedObserver(
                Chats.MIGRATION,
                side,
                place.store(side, this),
                consumer,
                new SimulatedProducer(world, place.log, this),
                progress.progress(new SimulatedWaiting(world)),
                world.clock(),
                world::nanos);
    }

    @Override
    void timeOut() {
        consumer.timeOut();
    }

    @Override
    void step() {
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(Place.TOPICS.progress(), 0, progressRead)) {
            world.at(this, "hears of progress");
            progressRead = each.offset() + 1;
            progress.hand(each);
        }
        try {
            observer.step();
            if (world.random().nextInt(10) == 0) {
                observer.lookAgain(differing.get());
            }
        } catch (StoreUnavailableException e) {
            world.say(this + " cannot look");
        } catch (KafkaException e) {
            world.say(this + " ends: " + e.getMessage());
            kill();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Looks at what somebody else was seen to write. */
    void look(Collection<RecordKey> keys) {
        observer.look(keys);
    }
}
