package dev.changeover.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.Headers;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Short schedules by the hundred, of one migration on one thread: the real topology, live clients, a backfill whose reads are old by the
 * time that they are published, and two sides that follow {@code changes} at their own pace and crash. At the end both sides must hold
 * the same, and what the last live write of each record said; no record ever goes back; every write is counted once.
 *
 * <p>{@code -Dsimulation.seed=N} plays the one schedule again that failed, {@code -Dsimulation.schedules=N} so many.
 */
class SimulationTest {
    private static final int SCHEDULES = Integer.getInteger("simulation.schedules", 500);
    private static final int STEPS = 40;

    /** What is left out, to see whether the simulation notices. */
    private enum Flaw {
        BACKFILL_WRITES_AS_CLIENTS_DO,
        DELETE_WITHOUT_ITS_CHILDREN,
        POSITION_APART_FROM_THE_STORE
    }

    @Test
    void underEverySchedulesBothSidesEndEqualAndNothingIsLostOrGoesBack() {
        Long one = Long.getLong("simulation.seed");
        long first = one == null ? System.nanoTime() : one;
        try (Rig rig = new Rig()) {
            for (long seed = first; seed < first + (one == null ? SCHEDULES : 1); seed++) {
                run(rig, seed, EnumSet.noneOf(Flaw.class));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Flaw.class)
    void whateverIsLeftOutIsNoticed(Flaw flaw) {
        try (Rig rig = new Rig()) {
            assertThatThrownBy(() -> {
                        for (long seed = 1; seed <= SCHEDULES; seed++) {
                            run(rig, seed, EnumSet.of(flaw));
                        }
                    })
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("-Dsimulation.seed=");
        }
    }

    private static void run(Rig rig, long seed, Set<Flaw> flaws) {
        Schedule schedule = new Schedule(rig, seed, flaws);
        try {
            schedule.run();
        } catch (AssertionError e) {
            throw new AssertionError(
                    "mvn verify -pl stream-processor -am -Dtest=SimulationTest -Dsimulation.seed=%d\n%s\n%s"
                            .formatted(seed, String.join("\n", schedule.done), e.getMessage()),
                    e);
        }
    }

    /** One side: records, and the position in the same commit. */
    private static final class SideOfIt {
        private final boolean legacy;
        private final Map<String, EntityRecord> records = new TreeMap<>();
        private int position;

        SideOfIt(boolean legacy) {
            this.legacy = legacy;
        }

        void apply(List<Rig.Change> changes, int upTo) {
            for (Rig.Change change : changes.subList(position, upTo)) {
                if (legacy && change.op().equals("r")) {
                    continue; // it was read from there
                }
                EntityRecord after = change.event().after();
                EntityRecord before = after == null ? records.remove(change.key()) : records.put(change.key(), after);
                if (after != null && before != null && change.key().startsWith("users ")) {
                    assertThat(version(after))
                            .as("%s on the %s side", change.key(), legacy ? "legacy" : "target")
                            .isGreaterThanOrEqualTo(version(before));
                }
            }
            position = upTo;
        }

        private static int version(EntityRecord user) {
            return Integer.parseInt(String.valueOf(user.value("name")));
        }
    }

    /** What one seed makes of it. The keys are the schedule's own, so that one topology serves them all. */
    private static final class Schedule {
        private final Rig rig;
        private final Random random;
        private final Set<Flaw> flaws;
        private final String prefix;
        private final SideOfIt legacy = new SideOfIt(true);
        private final SideOfIt target = new SideOfIt(false);
        private final List<Rig.Change> changes = new ArrayList<>();
        private final List<RecordKey> unread = new ArrayList<>();
        private final List<EntityRecord> readNotPublished = new ArrayList<>();
        private final Map<String, @Nullable EntityRecord> lastLive = new LinkedHashMap<>();
        private final List<Runnable> sent = new ArrayList<>();
        private final List<String> done = new ArrayList<>();
        private int versions;

        Schedule(Rig rig, long seed, Set<Flaw> flaws) {
            this.rig = rig;
            this.random = new Random(seed);
            this.flaws = flaws;
            this.prefix = Long.toString(seed, 36) + (flaws.isEmpty() ? "" : "x") + "-";
            for (int i = 0; i < 3; i++) {
                initially(Chats.user(id("u", i), "0"));
                initially(Chats.chatOf(id("u", i), id("c", i)));
                initially(Chats.badgeOf(id("u", i), id("b", i)));
                initially(Chats.message(id("c", i), 1));
                initially(Chats.message(id("c", i), 2));
            }
        }

        private void initially(EntityRecord record) {
            legacy.records.put(record.key().label(), record);
            unread.add(record.key());
            lastLive.put(record.key().label(), record);
        }

        private String id(String kind, int number) {
            return prefix + kind + number;
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                int dice = random.nextInt(100);
                if (dice < 40) {
                    client(random.nextInt(3));
                } else if (dice < 55) {
                    backfillReads();
                } else if (dice < 65) {
                    backfillPublishes();
                } else if (dice < 70 && !sent.isEmpty()) {
                    done.add("a client repeats a write");
                    sent.get(random.nextInt(sent.size())).run();
                } else {
                    sideApplies(random.nextBoolean() ? legacy : target);
                }
                changes.addAll(rig.changes());
            }
            while (!unread.isEmpty()) {
                backfillReads();
            }
            while (!readNotPublished.isEmpty()) {
                backfillPublishes();
            }
            changes.addAll(rig.changes());
            legacy.apply(changes, changes.size());
            target.apply(changes, changes.size());
            judge();
        }

        private void client(int number) {
            switch (random.nextInt(7)) {
                case 0, 1 -> put(Chats.user(id("u", number), Integer.toString(++versions)));
                case 2 -> delete(Chats.userKey(id("u", number)));
                case 3 -> put(Chats.chatOf(id("u", random.nextInt(3)), id("c", number)));
                case 4 -> delete(Chats.chatKey(id("c", number)));
                case 5 -> put(Chats.message(id("c", number), 1 + random.nextInt(3)));
                default -> put(Chats.badgeOf(id("u", random.nextInt(3)), id("b", number)));
            }
        }

        private void put(EntityRecord record) {
            String request = prefix + "r" + sent.size();
            Runnable write = () -> rig.put(record, Headers.IDEMPOTENCY_KEY, request);
            sent.add(write);
            done.add("a client puts " + record.key().label());
            write.run();
            lastLive.put(record.key().label(), record);
        }

        /** As the gateway does it: what the legacy side holds of it and below it goes first. */
        private void delete(RecordKey key) {
            if (!flaws.contains(Flaw.DELETE_WITHOUT_ITS_CHILDREN)) {
                String id = String.valueOf(key.values().get(0));
                for (EntityRecord held : List.copyOf(legacy.records.values())) {
                    boolean below = (held.key().entity() == Chats.MESSAGES
                                    && held.value("chat_id").equals(id))
                            || (held.key().entity() == Chats.BADGES
                                    && held.value("user_id").equals(id));
                    if (below || held.key().equals(key)) {
                        rig.snapshot(held);
                    }
                }
            }
            String request = prefix + "r" + sent.size();
            Runnable write = () -> rig.delete(key, Headers.IDEMPOTENCY_KEY, request);
            sent.add(write);
            done.add("a client deletes " + key.label());
            write.run();
            lastLive.put(key.label(), null);
        }

        private void backfillReads() {
            if (unread.isEmpty()) {
                return;
            }
            RecordKey key = unread.remove(random.nextInt(unread.size()));
            EntityRecord held = legacy.records.get(key.label());
            done.add("the backfill reads " + key.label() + (held == null ? ", which is not there" : ""));
            if (held != null) {
                readNotPublished.add(held);
            }
        }

        private void backfillPublishes() {
            if (readNotPublished.isEmpty()) {
                return;
            }
            EntityRecord read = readNotPublished.remove(random.nextInt(readNotPublished.size()));
            done.add("the backfill publishes " + read.key().label());
            if (flaws.contains(Flaw.BACKFILL_WRITES_AS_CLIENTS_DO)) {
                rig.put(read);
            } else {
                rig.snapshot(read);
            }
        }

        private void sideApplies(SideOfIt side) {
            int upTo = Math.min(changes.size(), side.position + 1 + random.nextInt(4));
            boolean crashes = random.nextInt(4) == 0;
            String name = side.legacy ? "legacy" : "target";
            if (crashes && random.nextBoolean()) {
                done.add(name + " crashes before it commits");
                return; // nothing of the batch is there
            }
            done.add("%s applies up to %d".formatted(name, upTo));
            side.apply(changes, upTo);
            if (crashes && flaws.contains(Flaw.POSITION_APART_FROM_THE_STORE)) {
                side.position = random.nextInt(side.position + 1);
            }
        }

        private void judge() {
            assertThat(target.records).as("both sides").isEqualTo(legacy.records);
            lastLive.forEach((key, last) -> {
                if (key.startsWith("users ")) {
                    assertThat(legacy.records.get(key)).as(key).isEqualTo(last);
                }
            });
            for (EntityRecord held : target.records.values()) {
                if (held.key().entity() == Chats.MESSAGES) {
                    assertThat(target.records)
                            .as("the chat of " + held.key())
                            .containsKey(Chats.chatKey(String.valueOf(held.value("chat_id")))
                                    .label());
                }
            }
            assertThat(rig.counters().conserved())
                    .as("each write is counted once")
                    .isTrue();
        }
    }
}
