package dev.changeover.app.simulation;

import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Headers;
import dev.changeover.producer.gateway.GatewayState.Served;
import dev.changeover.producer.publisher.Published;
import dev.changeover.producer.publisher.SteppedPublisher;
import dev.changeover.producer.publisher.Write;
import dev.changeover.store.Reading;
import dev.changeover.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Clients at one gateway. They write and read users, and remember what they were told. */
final class Client extends GatewayProcess.ThreadOf {
    private static final int MOST_UNDER_WAY = 4;

    private final GatewayProcess process;
    private final Place place;
    private final World world;
    private final ClientMemory memory;
    private final SwitchChecks checks;
    private final List<Writing> writing = new ArrayList<>();
    private final List<Looking> looking = new ArrayList<>();

    /** A write with its idempotency key, as it is sent and sent again. */
    record Wish(ChangeEvent event, String request) {}

    private record Writing(Wish wish, CompletableFuture<Published> result) {}

    Client(GatewayProcess process, Place place, ClientMemory memory, SwitchChecks checks) {
        super(process, "clients");
        this.process = process;
        this.place = place;
        this.world = place.world;
        this.memory = memory;
        this.checks = checks;
    }

    /** Who waits for something here. */
    List<String> waiting() {
        List<String> all = new ArrayList<>();
        writing.forEach(each -> all.add("write " + each.wish().request()));
        looking.forEach(
                each -> all.add("read of %s, served: %s, read: %s".formatted(each.key, each.serves, each.reading)));
        return all;
    }

    @Override
    void step() {
        answered();
        for (Looking each : List.copyOf(looking)) {
            if (each.goOn()) {
                looking.remove(each);
            }
        }
        if (!memory.unanswered().isEmpty()) {
            write(memory.unanswered().remove(0));
        } else if (!world.healed() && writing.size() + looking.size() < MOST_UNDER_WAY) {
            int user = world.random().nextInt(3);
            if (world.random().nextInt(3) != 0) {
                looking.add(new Looking(Chats.userKey(user)));
            } else {
                int version = memory.nextVersion();
                ChangeEvent event = world.random().nextInt(5) == 0
                        ? ChangeEvent.delete(Chats.userKey(user), "client", 0)
                        : ChangeEvent.put(Chats.user(user, version), "client", 0);
                write(new Wish(event, "request-" + version));
            }
        }
    }

    /** What dies with the process nobody has an answer for. */
    void forget() {
        writing.forEach(each -> memory.unanswered().add(each.wish()));
    }

    private void write(Wish wish) {
        SteppedPublisher.Sending sending =
                process.publisher().begin(Write.of(wish.event()).withIdempotencyKey(wish.request()));
        writing.add(new Writing(wish, sending.result()));
        ProducerRecord<byte[], byte[]> event = Writes.of(wish.event());
        HeaderText.add(event.headers(), Headers.IDEMPOTENCY_KEY, wish.request());
        HeaderText.add(event.headers(), Writes.REQUEST, wish.request());
        HeaderText.add(event.headers(), Headers.ANSWER, "1");
        world.at(this, "writes " + wish.event().key().label());
        long offset = place.log.send(event);
        world.at(this, "has written " + wish.event().key().label());
        world.say("%s: %s is on the log at %d@%d".formatted(process.name(), wish.request(), event.partition(), offset));
        sending.onLog(event.partition(), offset);
    }

    private void answered() {
        for (Writing each : List.copyOf(writing)) {
            Published told = each.result().getNow(null);
            if (told == null) {
                continue;
            }
            writing.remove(each);
            long change = checks.acknowledged(each.wish(), told);
            memory.learn(each.wish().event().key(), change);
            world.say("%s: %s %s is acknowledged by %s"
                    .formatted(
                            process.name(),
                            each.wish().event().key().label(),
                            each.wish().request(),
                            told.applied()));
        }
    }

    /** A read on its way, as the gateway goes about it: who serves, what it holds, whether that may be shown. */
    private final class Looking {
        private final RecordKey key;
        private final long mustKnow;
        private CompletableFuture<Served> serves = process.serving().served();
        private @Nullable CompletableFuture<Boolean> shown;
        private @Nullable Reading reading;

        Looking(RecordKey key) {
            this.key = key;
            this.mustKnow = memory.known(key);
        }

        /** @return whether it is over */
        boolean goOn() {
            Served served = serves.getNow(null);
            if (served == null) {
                return false;
            }
            CompletableFuture<Boolean> may = shown;
            if (may == null) {
                try {
                    look(served);
                } catch (StoreUnavailableException e) {
                    return true; // its client is told so, and has seen nothing
                }
                return false;
            }
            Boolean yes = may.getNow(null);
            if (yes == null) {
                return false;
            }
            if (!yes) {
                serves = process.serving().served();
                shown = null;
                return false;
            }
            Reading what = reading;
            if (what != null) {
                memory.learn(key, checks.shown(key, served.primary(), what, mustKnow, process.name()));
            }
            return true;
        }

        private void look(Served served) {
            Side primary = served.primary();
            Reading held = place.store(primary, Client.this).read(key.entity(), List.of(key));
            reading = held;
            int partition = Chats.MIGRATION.partitionOf(key);
            shown = world.has(Flaw.READS_ARE_SHOWN_AT_ONCE)
                    ? CompletableFuture.completedFuture(true)
                    : process.serving()
                            .mayShow(served, Map.of(partition, held.positions().getOrDefault(partition, 0L)));
        }
    }
}
