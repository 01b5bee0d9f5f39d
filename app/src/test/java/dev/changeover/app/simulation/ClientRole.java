package dev.changeover.app.simulation;

import dev.changeover.log.HeaderText;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Clients, as the gateway serves them: each write has an idempotency key, and one that is not answered is sent again. Before a patch or a
 * delete the log is told what the legacy side holds of the record and below it.
 */
final class ClientRole extends Role {
    private final Place place;
    private final World world;
    private final Memory memory;

    /** What the clients remember, who are elsewhere and do not die with the gateway. */
    static final class Memory {
        private final List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
        private final List<ProducerRecord<byte[], byte[]>> unanswered = new ArrayList<>();
        private int versions;

        boolean answered() {
            return unanswered.isEmpty();
        }
    }

    ClientRole(Place place, Memory memory, String name) {
        super(name);
        this.place = place;
        this.world = place.world;
        this.memory = memory;
    }

    @Override
    boolean ready() {
        return !world.healed() || !memory.unanswered.isEmpty();
    }

    @Override
    void step() {
        if (!memory.unanswered.isEmpty() && (world.healed() || world.random().nextBoolean())) {
            ProducerRecord<byte[], byte[]> again = memory.unanswered.remove(0);
            world.say("a client sends again " + keyOf(again));
            send(again);
        } else if (!memory.sent.isEmpty() && world.fault(10)) {
            ProducerRecord<byte[], byte[]> again =
                    memory.sent.get(world.random().nextInt(memory.sent.size()));
            world.say("a client repeats " + keyOf(again));
            send(again);
        } else if (!world.healed()) {
            write(world.random().nextInt(3));
        }
    }

    private void write(int number) {
        int version = ++memory.versions;
        int user = world.random().nextInt(3);
        switch (world.random().nextInt(8)) {
            case 0, 1 -> put(Chats.user(number, version));
            case 2 -> delete(Chats.userKey(number));
            case 3 -> put(Chats.chat(number, user, version));
            case 4 -> delete(Chats.chatKey(number));
            case 5 -> put(Chats.message(number, 1 + world.random().nextInt(3), version));
            case 6 -> patch(Chats.user(number, version));
            default -> put(Chats.badge(number, user));
        }
    }

    private void put(EntityRecord wanted) {
        world.say("a client puts " + wanted.key().label() + " v" + memory.versions);
        send(event(ChangeEvent.put(wanted, "client", 0)));
    }

    private void patch(EntityRecord wanted) {
        bringAlong(wanted.key());
        world.say("a client patches " + wanted.key().label() + " v" + memory.versions);
        JsonText patch = new JsonText("{\"name\":\"%s\"}".formatted(wanted.value("name")));
        send(event(ChangeEvent.patch(wanted.key(), patch, "client", 0)));
    }

    private void delete(RecordKey key) {
        if (!world.has(Flaw.DELETE_WITHOUT_ITS_CHILDREN)) {
            bringAlong(key);
        }
        world.say("a client deletes " + key.label());
        send(event(ChangeEvent.delete(key, "client", 0)));
    }

    /** What the legacy side holds of it and below it. */
    private void bringAlong(RecordKey key) {
        Object id = key.values().get(0);
        for (EntityRecord held : place.contents(Side.LEGACY).records().values()) {
            boolean below = (held.key().entity() == Chats.MESSAGES && id.equals(held.value("chat_id")))
                    || (held.key().entity() == Chats.BADGES && id.equals(held.value("user_id")));
            if (below || held.key().equals(key)) {
                world.at(this, "brings along " + held.key().label());
                place.log.send(Writes.of(ChangeEvent.snapshot(held, "gateway", 0)));
            }
        }
    }

    private ProducerRecord<byte[], byte[]> event(ChangeEvent event) {
        ProducerRecord<byte[], byte[]> made = Writes.of(event);
        String request = "request-" + memory.sent.size();
        HeaderText.add(made.headers(), Writes.REQUEST, request);
        if (!world.has(Flaw.REPEATS_HAVE_NO_IDEMPOTENCY_KEY)) {
            HeaderText.add(made.headers(), Headers.IDEMPOTENCY_KEY, request);
        }
        memory.sent.add(made);
        if (!world.fault(4)) {
            return made;
        }
        int elsewhere = (made.partition() + 1) % Chats.PARTITIONS;
        world.say("a plain client takes the wrong partition");
        ProducerRecord<byte[], byte[]> misplaced =
                new ProducerRecord<>(made.topic(), elsewhere, null, made.key(), made.value(), made.headers());
        memory.sent.set(memory.sent.size() - 1, misplaced);
        return misplaced;
    }

    private void send(ProducerRecord<byte[], byte[]> event) {
        boolean lost = world.fault(8);
        if (!lost || world.random().nextBoolean()) {
            place.log.send(event);
        }
        if (lost) {
            memory.unanswered.add(event);
        }
    }

    private static String keyOf(ProducerRecord<byte[], byte[]> event) {
        Map<String, String> headers = HeaderText.all(event.headers());
        return new String(event.key(), java.nio.charset.StandardCharsets.UTF_8)
                + " "
                + headers.getOrDefault(Writes.REQUEST, "");
    }
}
