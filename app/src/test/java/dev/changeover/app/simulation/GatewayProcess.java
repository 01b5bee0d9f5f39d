package dev.changeover.app.simulation;

import dev.changeover.app.cutover.Cutover;
import dev.changeover.app.cutover.Direction;
import dev.changeover.app.cutover.Fallback;
import dev.changeover.app.cutover.NotSwitchedException;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.cutover.Serving;
import dev.changeover.app.cutover.Stepped;
import dev.changeover.log.ControlLog;
import dev.changeover.log.HandedTail;
import dev.changeover.log.LogException;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.Waiting;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.model.topic.Progress;
import dev.changeover.model.topic.Wire;
import dev.changeover.producer.publisher.Acknowledging;
import dev.changeover.producer.publisher.SteppedPublisher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A process with a gateway, an operator at it, and a certificate desk. Its threads are roles, which sleep one by one; it can be stopped
 * as a whole, and be killed as a whole.
 */
final class GatewayProcess {
    private static final Duration SWITCH_LIMIT = Duration.ofSeconds(20);
    private static final TopicPartition CONTROL = new TopicPartition(Place.TOPICS.control(), 0);

    private final Place place;
    private final World world;
    private final String name;
    private final HandedTail controlTail = new HandedTail();
    private final HandedTail progressTail = new HandedTail();
    private final HandedTail answersTail = new HandedTail();
    private final Waiting waiting;
    private final ControlLog control;
    private final Phases phases;
    private final ProgressTail progress;
    private final Serving serving;
    private final SteppedPublisher publisher;
    private final Client client;
    private final List<Role> threads = new ArrayList<>();
    private final long[] answersRead = new long[Chats.PARTITIONS];
    private long controlRead;
    private long progressRead;
    private long stoppedUntil;
    private long stoppedFor;
    private boolean begun;

    GatewayProcess(Place place, ClientMemory clients, SwitchChecks checks, String name) {
        this.place = place;
        this.world = place.world;
        this.name = name;
        this.waiting = new SimulatedWaiting(world, this::nanos);
        this.control = controlTail.control(
                Chats.MIGRATION, new SimulatedProducer(world, place.log), () -> place.log.end(CONTROL), waiting);
        this.progress = progressTail.progress(waiting);
        this.phases = new Phases(control, world.clock());
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            answersRead[partition] = place.log.end(new TopicPartition(Place.TOPICS.answers(), partition));
        }
        while (hearOfControl() || hearOfProgress()) {
            // A process that starts reads these to their ends before it does anything.
        }
        this.serving = Stepped.serving(control, phases, name, this::has, waiting, Runnable::run);
        progress.listen(ignored -> serving.progressed());
        this.publisher = new SteppedPublisher(Chats.MIGRATION, answersTail.answers(), progress, acknowledging());
        serving.onChange(publisher::reconsider);
        Fallback fallback = Stepped.fallback(control, phases, progress, Chats.PARTITIONS, name, waiting);
        thread("tails", this::hear);
        thread("serving", Stepped.of(serving));
        thread("fallback", () -> {
            if (!begun) {
                Stepped.beginningOf(fallback).run();
                begun = true;
            }
            Stepped.of(fallback).run();
        });
        thread("operator", this::operate);
        this.client = new Client(this, place, clients, checks);
        threads.add(client);
        Desk desk = new Desk(this, place);
        desk.works(Stepped.desk(control, phases, desk, name));
        threads.add(desk);
        threads.forEach(world::add);
    }

    /** One of its threads. */
    abstract static class ThreadOf extends Role {
        private final GatewayProcess process;

        ThreadOf(GatewayProcess process, String name) {
            super(process.name + "/" + name);
            this.process = process;
        }

        @Override
        boolean awake() {
            return process.world.nanos() >= process.stoppedUntil;
        }
    }

    private void thread(String which, Stepped.Step step) {
        threads.add(new ThreadOf(this, which) {
            /** Most of their turns they look whether there is something to do. */
            @Override
            boolean ready() {
                return which.equals("tails") || world.random().nextInt(3) == 0;
            }

            @Override
            void step() {
                try {
                    step.run();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }

    /** The clock that it sees; one whose clock stands still with it never learns that it was stopped. */
    private long nanos() {
        return world.has(Flaw.LEASES_DO_NOT_RUN_OUT) ? world.nanos() - stoppedFor : world.nanos();
    }

    /** Nothing of it runs for so long. */
    void stop(Duration time) {
        world.say("%s is stopped for %s".formatted(name, time));
        stoppedUntil = world.nanos() + time.toNanos();
        stoppedFor += time.toNanos();
    }

    boolean stopped() {
        return world.nanos() < stoppedUntil;
    }

    void goOn() {
        stoppedUntil = 0;
    }

    void kill() {
        threads.forEach(Role::kill);
    }

    /** A process dies as a whole. */
    boolean dead() {
        return threads.stream().anyMatch(Role::dead);
    }

    /** What was under way in it when it died is nobody's now. */
    void forget() {
        client.forget();
    }

    List<String> unanswered() {
        return client.waiting();
    }

    Serving serving() {
        return serving;
    }

    ControlLog control() {
        return control;
    }

    /** Up to which record of control its state is. */
    long controlRead() {
        return controlRead;
    }

    SteppedPublisher publisher() {
        return publisher;
    }

    ProgressTail progress() {
        return progress;
    }

    Waiting waiting() {
        return waiting;
    }

    String name() {
        return name;
    }

    private Acknowledging acknowledging() {
        if (!world.has(Flaw.ONE_SIDE_ACKNOWLEDGES_WHILE_SWITCHING)) {
            return serving;
        }
        return new Acknowledging() {
            @Override
            public Set<Side> sides() {
                return EnumSet.of(control.state().primary());
            }

            @Override
            public long epoch() {
                return serving.epoch();
            }
        };
    }

    private boolean has(Side side, Map<Integer, Long> positions) {
        return positions.entrySet().stream()
                .allMatch(position -> progress.of(side, position.getKey())
                        .map(Progress::next)
                        .map(next -> next >= position.getValue())
                        .orElse(position.getValue() == 0));
    }

    private void hear() {
        if (world.random().nextInt(4) != 0) {
            hearAnswers();
            hearOfProgress();
        }
        if (world.random().nextBoolean()) {
            hearOfControl();
        }
    }

    private boolean hearOfControl() {
        for (ConsumerRecord<byte[], byte[]> each : place.log.records(CONTROL.topic(), 0, controlRead)) {
            controlRead = each.offset() + 1;
            controlTail.hand(world.has(Flaw.EPOCHS_ARE_NOT_COMPARED) ? asIfDecidedNow(each) : each);
            return true;
        }
        return false;
    }

    /** For a flaw: the same decision, based on whatever holds now. */
    private ConsumerRecord<byte[], byte[]> asIfDecidedNow(ConsumerRecord<byte[], byte[]> found) {
        ControlRecord decided = Wire.control(found.value());
        long epoch = control.state().epoch();
        ControlRecord.Stamp old = decided.stamp();
        ControlRecord.Stamp stamp = new ControlRecord.Stamp(old.id(), epoch, old.who(), old.why(), old.atMillis());
        if (!(decided instanceof ControlRecord.PhaseChange change)) {
            return found;
        }
        return new ConsumerRecord<>(
                found.topic(),
                found.partition(),
                found.offset(),
                found.key(),
                Wire.write(new ControlRecord.PhaseChange(
                        stamp, change.phase(), change.primary(), epoch + 1, change.certificate())));
    }

    private boolean hearOfProgress() {
        List<ConsumerRecord<byte[], byte[]>> news = place.log.records(Place.TOPICS.progress(), 0, progressRead);
        for (ConsumerRecord<byte[], byte[]> each : news) {
            progressRead = each.offset() + 1;
            progressTail.hand(each);
        }
        return !news.isEmpty();
    }

    private void hearAnswers() {
        for (int partition = 0; partition < Chats.PARTITIONS; partition++) {
            for (ConsumerRecord<byte[], byte[]> each :
                    place.log.records(Place.TOPICS.answers(), partition, answersRead[partition])) {
                answersRead[partition] = each.offset() + 1;
                answersTail.hand(each);
            }
        }
    }

    /** Somebody who likes to switch. */
    private void operate() throws InterruptedException {
        Phase phase = control.state().phase();
        if (world.healed() || !begun || world.random().nextInt(8) != 0) {
            return;
        }
        if (phase != Phase.DUAL_WRITE && phase != Phase.CUT_OVER) {
            return;
        }
        Direction direction = phase == Phase.DUAL_WRITE ? Direction.CUTOVER : Direction.ROLLBACK;
        boolean dry = world.random().nextInt(6) == 0;
        world.say("%s begins a %s%s".formatted(name, direction.word(), dry ? ", dry" : ""));
        try {
            Cutover.Report report = Stepped.cutover(
                            control,
                            phases,
                            progress,
                            serving,
                            Chats.PARTITIONS,
                            Fallback.by("operator", name),
                            waiting)
                    .run(direction, dry, SWITCH_LIMIT, step -> world.say("%s: %s".formatted(name, step.name())));
            world.say("%s: switched: %s".formatted(name, report.switched()));
            if (report.switched()) {
                world.switched();
            }
        } catch (NotSwitchedException | LogException e) {
            world.say("%s did not switch: %s".formatted(name, e.getMessage()));
        }
    }
}
