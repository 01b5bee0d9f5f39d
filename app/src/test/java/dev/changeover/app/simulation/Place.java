package dev.changeover.app.simulation;

import dev.changeover.log.LogIdentity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Side;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.topic.Topics;
import dev.changeover.store.MemoryStore;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What outlives every process: the log, both stores, and what tasks have committed. */
final class Place {
    static final Topics TOPICS = new Topics(Chats.MIGRATION.name());
    static final EventCodec CODEC = new EventCodec(Chats.MIGRATION);
    static final LogIdentity IDENTITY = new LogIdentity("cluster", "topic", Chats.PARTITIONS);
    private static final int OF_EACH = 3;

    final World world;
    final SimulatedLog log;
    final Map<Side, MemoryStore.Contents> contents = new EnumMap<>(Side.class);
    final Map<Side, SimulatedStore.Disk> disks = new EnumMap<>(Side.class);
    final List<EntityRecord> initial = new ArrayList<>();

    Place(World world) {
        this(world, OF_EACH);
    }

    /** @param ofEach how many users, badges and chats the legacy side has at first */
    Place(World world, int ofEach) {
        this.world = world;
        this.log = new SimulatedLog(world, Chats.PARTITIONS);
        for (Side side : Side.values()) {
            contents.put(side, new MemoryStore.Contents());
            disks.put(side, new SimulatedStore.Disk());
        }
        for (int i = 0; i < ofEach; i++) {
            initial.add(Chats.user(i, 0));
            initial.add(Chats.badge(i, i));
            initial.add(Chats.chat(i, i, 0));
            initial.add(Chats.message(i, 1, 0));
            initial.add(Chats.message(i, 2, 0));
        }
        initial.forEach(contents(Side.LEGACY)::putDirectly);
    }

    MemoryStore.Contents contents(Side side) {
        return contents.get(side);
    }

    SimulatedStore store(Side side, Role owner) {
        MemoryStore store = new MemoryStore(Chats.MIGRATION, side, contents(side));
        if (world.has(Flaw.STORE_DOES_NOT_FENCE)) {
            store.withoutFence();
        }
        if (world.has(Flaw.LOST_ANSWER_MEANS_NOT_APPLIED)) {
            store.withoutPosition();
        }
        return new SimulatedStore(world, owner, store, disks.get(side));
    }
}
