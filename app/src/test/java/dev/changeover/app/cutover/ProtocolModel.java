package dev.changeover.app.cutover;

import dev.changeover.log.ControlState;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The protocol of a switch, small enough to look at every state it can come into: two gateways, one record that is written a few
 * times, two sides that apply the log at their own pace, an operator, {@code control}. What decides is the real code: {@link
 * ControlState} says what a record on {@code control} counts for, {@link Serving} whom a gateway waits for and which sides acknowledge,
 * {@link Cutover#silent} whom the operator waits for.
 *
 * <p>A step is one message read, one record appended, one event applied, one answer given, one tick of time. Any part may do nothing for
 * as long as it likes (it sleeps, or the network does), the operator may vanish, a gateway may be killed, and anybody may fall back at
 * any time. A lease is {@link #LONG} ticks, and {@link #SHORT} while the primary is being switched.
 */
final class ProtocolModel {
    static final int SHORT = 1;
    static final int LONG = 2;

    private static final int GATEWAYS = 2;
    private static final List<String> NAMES = List.of("g0", "g1");
    private static final int NOT_FRESH = LONG;
    /** The gateway whose reads take their time; those of the other one are one step. */
    private static final int LINGERS = 0;

    private static final int LEGACY = 0;
    private static final int TARGET = 1;

    /** What is left out of the protocol, to see whether it is missed. */
    enum Flaw {
        LEASE_OF_OTHERS_NOT_WAITED_FOR,
        READS_WITHOUT_A_LEASE,
        LONG_LEASE_KEPT_WHILE_SWITCHING,
        CONFIRMATIONS_NOT_WAITED_FOR,
        SHOWN_BEFORE_BOTH_HAVE_IT,
        SHOWN_WITHOUT_LOOKING_AGAIN,
        OPENS_WITHOUT_CONFIRMING,
        NO_COMPARE_AND_SET,
        FLIP_WITHOUT_BARRIER,
        NOBODY_FALLS_BACK
    }

    /** A node of the tree of all contents of {@code control}. */
    private record Node(int id, @Nullable Node parent, int depth, ControlState state) {
        Node at(int wanted) {
            Node node = this;
            while (node.depth > wanted) {
                node = java.util.Objects.requireNonNull(node.parent);
            }
            return node;
        }
    }

    /** One state, packed: two are the same if their numbers are. */
    private record Packed(long parts, long data) {}

    /** One state, to be changed on the way to the next one. */
    private static final class World {
        Node log;
        final int[] read = new int[GATEWAYS]; // depth
        final int[] age = new int[GATEWAYS]; // ticks since it knew that it had read all; NOT_FRESH: no lease
        final int[] epochAge = new int[GATEWAYS]; // ticks since it learnt of its epoch
        final boolean[] open = new boolean[GATEWAYS]; // for the epoch it knows
        final int[] waiting = new int[GATEWAYS]; // write that its client waits for
        int held; // what was read at LINGERS and is not shown yet
        int end; // writes on the log
        final int[] applied = new int[2];
        int acknowledged;
        int seen;
        int operator; // 0 none, 1 waits for confirmations, 2 has sent the barrier, 3 has the certificate
        int operatorEpoch;
        int operatorAge;
        int barrier;
        int switches; // begun so far

        World(Node log) {
            this.log = log;
        }

        World copy() {
            World copy = new World(log);
            for (int g = 0; g < GATEWAYS; g++) {
                copy.read[g] = read[g];
                copy.age[g] = age[g];
                copy.epochAge[g] = epochAge[g];
                copy.open[g] = open[g];
                copy.waiting[g] = waiting[g];
                copy.applied[g] = applied[g];
            }
            copy.held = held;
            copy.end = end;
            copy.acknowledged = acknowledged;
            copy.seen = seen;
            copy.operator = operator;
            copy.operatorEpoch = operatorEpoch;
            copy.operatorAge = operatorAge;
            copy.barrier = barrier;
            copy.switches = switches;
            return copy;
        }

        Packed packed() {
            long parts = log.id;
            for (int g = 0; g < GATEWAYS; g++) {
                parts = parts << 5 | read[g];
                parts = parts << 2 | age[g];
                parts = parts << 2 | epochAge[g];
                parts = parts << 1 | (open[g] ? 1 : 0);
                parts = parts << 2 | waiting[g];
            }
            long data = end;
            data = data << 2 | applied[LEGACY];
            data = data << 2 | applied[TARGET];
            data = data << 2 | acknowledged;
            data = data << 2 | seen;
            data = data << 2 | operator;
            data = data << 4 | operatorEpoch;
            data = data << 2 | operatorAge;
            data = data << 2 | barrier;
            data = data << 3 | switches;
            data = data << 2 | held;
            return new Packed(parts, data);
        }

        ControlState known(int gateway) {
            return log.at(read[gateway]).state;
        }
    }

    private World unpacked(Packed packed) {
        long parts = packed.parts;
        long data = packed.data;
        World world = new World(all.get(0));
        for (int g = GATEWAYS - 1; g >= 0; g--) {
            world.waiting[g] = (int) (parts & 3);
            world.open[g] = (parts >> 2 & 1) == 1;
            world.epochAge[g] = (int) (parts >> 3 & 3);
            world.age[g] = (int) (parts >> 5 & 3);
            world.read[g] = (int) (parts >> 7 & 31);
            parts >>= 12;
        }
        world.log = all.get((int) parts);
        world.held = (int) (data & 3);
        data >>= 2;
        world.switches = (int) (data & 7);
        world.barrier = (int) (data >> 3 & 3);
        world.operatorAge = (int) (data >> 5 & 3);
        world.operatorEpoch = (int) (data >> 7 & 15);
        world.operator = (int) (data >> 11 & 3);
        world.seen = (int) (data >> 13 & 3);
        world.acknowledged = (int) (data >> 15 & 3);
        world.applied[TARGET] = (int) (data >> 17 & 3);
        world.applied[LEGACY] = (int) (data >> 19 & 3);
        world.end = (int) (data >> 21 & 3);
        return world;
    }

    /** What the exploration came to. */
    record Explored(
            int states,
            int flips,
            int fallbacks,
            int readsOfTarget,
            int stuck,
            @Nullable String violation) {}

    private final int writes;
    private final int maxSwitches;
    private final Set<Flaw> flaws;
    private final Map<Packed, Integer> ids = new HashMap<>();
    private final ArrayDeque<Packed> open = new ArrayDeque<>();
    private final List<Node> all = new ArrayList<>();
    private final List<int[]> next = new ArrayList<>();
    private final List<Boolean> settled = new ArrayList<>();
    private final List<Integer> cameFrom = new ArrayList<>();
    private final List<String> cameBy = new ArrayList<>();
    private final Map<Integer, Map<String, Node>> children = new HashMap<>();
    private int flips;
    private int fallbacks;
    private int readsOfTarget;
    private @Nullable String violation;

    ProtocolModel(int writes, int maxSwitches, Set<Flaw> flaws) {
        this.writes = writes;
        this.maxSwitches = maxSwitches;
        this.flaws = flaws.isEmpty() ? EnumSet.noneOf(Flaw.class) : EnumSet.copyOf(flaws);
    }

    /** Every state that can be reached, or all up to the first that must not be. */
    Explored explore(int limit) {
        meet(start(), -1, "start");
        List<Integer> successors = new ArrayList<>();
        int looked = 0;
        while (!open.isEmpty() && violation == null) {
            World world = unpacked(open.poll());
            int id = looked++;
            successors.clear();
            int from = id;
            new Steps(world, (to, words) -> successors.add(meet(to, from, words))).all();
            next.add(successors.stream().mapToInt(Integer::intValue).toArray());
            if (ids.size() > limit) {
                throw new AssertionError("More than %d states: the model has grown".formatted(limit));
            }
        }
        return new Explored(ids.size(), flips, fallbacks, readsOfTarget, violation == null ? stuck() : 0, violation);
    }

    private World start() {
        Node node = new Node(0, null, 0, ControlState.START);
        all.add(node);
        for (Phase phase : List.of(Phase.BACKFILLING, Phase.DUAL_WRITE)) {
            node = entered(node, phase);
        }
        for (int g = 0; g < GATEWAYS; g++) {
            node = confirmed(node, g);
        }
        World world = new World(node);
        for (int g = 0; g < GATEWAYS; g++) {
            world.read[g] = node.depth;
            world.open[g] = true;
            world.epochAge[g] = LONG;
        }
        return world;
    }

    private int meet(World world, int from, String words) {
        Packed packed = world.packed();
        Integer known = ids.get(packed);
        if (known != null) {
            return known;
        }
        int id = ids.size();
        ids.put(packed, id);
        cameFrom.add(from);
        cameBy.add(words);
        settled.add(isSettled(world));
        open.add(packed);
        return id;
    }

    /** Nothing is half done: one primary, everybody serves from it, nobody waits. */
    private boolean isSettled(World world) {
        if (world.log.state.phase().switching()) {
            return false;
        }
        for (int g = 0; g < GATEWAYS; g++) {
            if (!serves(world, g) || world.read[g] != world.log.depth || world.waiting[g] != 0) {
                return false;
            }
        }
        return true;
    }

    /** States from which nothing that anybody can do leads to a settled one. */
    private int stuck() {
        boolean[] good = new boolean[next.size()];
        for (int i = 0; i < good.length; i++) {
            good[i] = settled.get(i);
        }
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = good.length - 1; i >= 0; i--) {
                if (!good[i]) {
                    for (int to : next.get(i)) {
                        if (good[to]) {
                            good[i] = true;
                            changed = true;
                            break;
                        }
                    }
                }
            }
        }
        int stuck = 0;
        for (boolean one : good) {
            stuck += one ? 0 : 1;
        }
        return stuck;
    }

    private boolean has(Flaw flaw) {
        return flaws.contains(flaw);
    }

    private int lease(ControlState state) {
        boolean shortOne = state.phase().switching() && !has(Flaw.LONG_LEASE_KEPT_WHILE_SWITCHING);
        return shortOne ? SHORT : LONG;
    }

    private boolean serves(World world, int gateway) {
        ControlState known = world.known(gateway);
        return world.open[gateway] && (world.age[gateway] < lease(known) || has(Flaw.READS_WITHOUT_A_LEASE));
    }

    private Set<Side> sides(World world, int gateway) {
        return Serving.sides(world.known(gateway), serves(world, gateway));
    }

    private static String name(int gateway) {
        return NAMES.get(gateway);
    }

    private static ControlRecord.Stamp stamp(long epoch) {
        return new ControlRecord.Stamp("", epoch, "", "", 0);
    }

    /** @param epoch in which it was decided */
    private static ControlRecord change(long epoch, Phase phase) {
        return new ControlRecord.PhaseChange(stamp(epoch), phase, phase.primary(), epoch + 1, null);
    }

    private static ControlRecord confirmation(ControlState state, int gateway) {
        int ticks = state.phase().switching() ? SHORT : LONG;
        return new ControlRecord.GatewayConfirmation(
                stamp(state.epoch()),
                name(gateway),
                state.epoch(),
                Duration.ofSeconds(ticks).toMillis());
    }

    /** {@code control} with one record more, written by somebody who has read all of it. */
    private Node entered(Node node, Phase phase) {
        return child(node, phase.name(), () -> change(node.state.epoch(), phase));
    }

    private Node confirmed(Node node, int gateway) {
        return child(node, name(gateway), () -> confirmation(node.state, gateway));
    }

    private Node child(Node node, String what, Supplier<ControlRecord> record) {
        Map<String, Node> known = children.computeIfAbsent(node.id, id -> new HashMap<>());
        Node child = known.get(what);
        if (child == null) {
            ControlRecord next = record.get();
            if (!node.state.counts(next)) {
                throw new AssertionError("Does not count: " + next);
            }
            child = new Node(all.size(), node, node.depth + 1, node.state.apply(next));
            all.add(child);
            known.put(what, child);
        }
        return child;
    }

    /** All that can happen in one state. */
    private final class Steps {
        private final World world;
        private final BiConsumer<World, String> met;

        Steps(World world, BiConsumer<World, String> met) {
            this.world = world;
            this.met = met;
        }

        void all() {
            for (int g = 0; g < GATEWAYS; g++) {
                control(g);
                writing(g);
                reading(g);
            }
            for (int side = 0; side < 2; side++) {
                int applying = side;
                if (world.applied[side] < world.end) {
                    step(side == LEGACY ? "legacy applies" : "target applies", to -> to.applied[applying]++);
                }
            }
            operating();
            step("a tick", this::tick);
        }

        private void step(String words, Consumer<World> what) {
            World to = world.copy();
            what.accept(to);
            met.accept(to, words);
        }

        private void tick(World to) {
            for (int g = 0; g < GATEWAYS; g++) {
                to.age[g] = Math.min(NOT_FRESH, to.age[g] + 1);
                to.epochAge[g] = Math.min(LONG, to.epochAge[g] + 1);
            }
            if (to.operator == 1) {
                to.operatorAge = Math.min(LONG, to.operatorAge + 1);
            }
        }

        /**
         * A gateway reads all of control, renews its lease and confirms the epoch in one step: whoever does only a part of it, or does
         * it later, may serve less.
         */
        private void control(int g) {
            ControlState known = world.known(g);
            if (world.read[g] < world.log.depth || world.age[g] > 0) {
                step(name(g) + " reads control", to -> {
                    ControlState now = to.log.state;
                    if (now.epoch() != known.epoch()) {
                        to.open[g] = false;
                        to.epochAge[g] = 0;
                        if (g == LINGERS && !has(Flaw.SHOWN_WITHOUT_LOOKING_AGAIN)) {
                            to.held = 0; // it is read anew
                        }
                    }
                    if (!confirmedBy(now, g) && !has(Flaw.OPENS_WITHOUT_CONFIRMING)) {
                        to.log = confirmed(to.log, g);
                    }
                    to.read[g] = to.log.depth;
                    to.age[g] = 0;
                    if (!Serving.bringsNewPrimary(now)) {
                        opens(to, g);
                    }
                });
            }
            if (!world.open[g] && mayOpen(known, g)) {
                step(name(g) + " opens", to -> opens(to, g));
            }
            if (world.open[g]) {
                step(name(g) + " is killed and started again", to -> {
                    to.open[g] = false;
                    to.age[g] = NOT_FRESH;
                    to.epochAge[g] = 0;
                    to.waiting[g] = 0;
                    to.held = g == LINGERS ? 0 : to.held;
                });
            }
        }

        private void opens(World to, int g) {
            to.open[g] = true;
            to.epochAge[g] = LONG; // it does not matter any more
        }

        private boolean confirmedBy(ControlState state, int g) {
            ControlRecord.GatewayConfirmation last = state.gateways().get(name(g));
            return last != null && last.epoch() == state.epoch();
        }

        private boolean mayOpen(ControlState known, int g) {
            if (world.age[g] == NOT_FRESH || !Serving.bringsNewPrimary(known)) {
                return false; // it would not serve; or it is open since it has read of it
            }
            return has(Flaw.LEASE_OF_OTHERS_NOT_WAITED_FOR)
                    || Serving.settled(known, name(g), Duration.ofSeconds(world.epochAge[g]));
        }

        private void writing(int g) {
            if (world.waiting[g] == 0 && world.end < writes) {
                step(name(g) + " publishes", to -> to.waiting[g] = ++to.end);
            }
            int write = world.waiting[g];
            if (write != 0
                    && sides(world, g).stream()
                            .allMatch(side -> world.applied[side == Side.LEGACY ? LEGACY : TARGET] >= write)) {
                step(name(g) + " acknowledges " + write, to -> {
                    to.waiting[g] = 0;
                    to.acknowledged = Math.max(to.acknowledged, write);
                    to.seen = Math.max(to.seen, write); // from now on each read must give it
                });
            }
        }

        /**
         * A read looks into the store and, at one of the gateways, is shown later. It must give what was known when it began, so the later
         * it begins the more it must give. What was known before need not be told again.
         */
        private void reading(int g) {
            if (serves(world, g)) {
                look(g);
            }
            int held = world.held;
            if (g == LINGERS && held != 0 && mayShow(g, held)) {
                step(name(g) + " shows " + held, to -> {
                    to.held = 0;
                    to.seen = Math.max(to.seen, held);
                });
            }
        }

        private void look(int g) {
            int side = world.known(g).primary() == Side.LEGACY ? LEGACY : TARGET;
            int value = world.applied[side];
            readsOfTarget += side == TARGET ? 1 : 0;
            if (value < world.seen) {
                violate("%s gives %d of %s; %d was acknowledged and %d was read before"
                        .formatted(
                                name(g),
                                value,
                                side == TARGET ? Side.TARGET : Side.LEGACY,
                                world.acknowledged,
                                world.seen));
            }
            if (value <= world.seen) {
                return;
            }
            if (g == LINGERS && value != world.held) {
                step(name(g) + " reads " + value, to -> to.held = value);
            } else if (g != LINGERS && mayShow(g, value)) {
                step(name(g) + " reads and shows " + value, to -> to.seen = value);
            }
        }

        private boolean mayShow(int g, int value) {
            if (has(Flaw.SHOWN_WITHOUT_LOOKING_AGAIN)) {
                return true;
            }
            boolean bothHaveIt = Math.min(world.applied[LEGACY], world.applied[TARGET]) >= value;
            return serves(world, g)
                    && (Serving.shows(world.known(g)) || bothHaveIt || has(Flaw.SHOWN_BEFORE_BOTH_HAVE_IT));
        }

        private void operating() {
            ControlState now = world.log.state;
            boolean ours = world.operatorEpoch == now.epoch();
            if (world.operator == 0 && !now.phase().switching() && world.switches < maxSwitches) {
                Phase via = now.phase() == Phase.CUT_OVER ? Phase.ROLLING_BACK : Phase.CUTTING_OVER;
                step("the operator enters " + via, to -> {
                    to.log = entered(to.log, via);
                    to.operator = 1;
                    to.operatorEpoch = (int) to.log.state.epoch();
                    to.operatorAge = 0;
                    to.barrier = 0;
                    to.switches++;
                });
            }
            if (world.operator == 1
                    && ours
                    && (has(Flaw.CONFIRMATIONS_NOT_WAITED_FOR)
                            || Cutover.silent(now, Duration.ofSeconds(world.operatorAge)) == 0)) {
                step("the barrier is sent", to -> {
                    to.operator = 2;
                    to.barrier = to.end;
                });
            }
            if (world.operator == 2 && Math.min(world.applied[LEGACY], world.applied[TARGET]) >= world.barrier) {
                step("the certificate is there", to -> to.operator = 3);
            }
            if (world.operator == 3 || (world.operator == 1 && has(Flaw.FLIP_WITHOUT_BARRIER))) {
                flip(now);
            }
            if (now.phase().switching() && !has(Flaw.NOBODY_FALLS_BACK)) {
                step("somebody falls back", to -> {
                    fallbacks++;
                    to.log = entered(to.log, now.phase() == Phase.CUTTING_OVER ? Phase.DUAL_WRITE : Phase.CUT_OVER);
                });
            }
            if (world.operator != 0) {
                step("the operator is killed", Steps.this::forget);
            }
        }

        private void flip(ControlState now) {
            Phase to = now.phase().primary() == Side.TARGET ? Phase.DUAL_WRITE : Phase.CUT_OVER;
            boolean counts = now.counts(change(world.operatorEpoch, to));
            if (!counts && !has(Flaw.NO_COMPARE_AND_SET)) {
                step("the flip does not count", this::forget);
                return;
            }
            step("the primary is switched", after -> {
                flips++;
                if (!counts) {
                    violate("the flip counts although somebody had fallen back");
                    return;
                }
                if (after.acknowledged > after.applied[to == Phase.CUT_OVER ? TARGET : LEGACY]) {
                    violate("write %d is acknowledged and not on the new primary".formatted(after.acknowledged));
                }
                after.log = entered(after.log, to);
                forget(after);
            });
        }

        private void forget(World to) {
            to.operator = 0;
            to.operatorEpoch = 0;
            to.operatorAge = 0;
            to.barrier = 0;
        }

        private void violate(String words) {
            if (violation == null) {
                violation = words + trace(ids.get(world.packed()));
            }
        }
    }

    private String trace(int id) {
        StringBuilder words = new StringBuilder();
        for (int at = id; at >= 0; at = cameFrom.get(at)) {
            words.insert(0, "\n    " + cameBy.get(at));
        }
        return words.toString();
    }
}
