package dev.changeover.app.simulation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Time, chance and whose turn it is, all on one thread.
 *
 * <p>A role's step is ordinary code. Whenever it touches the log, a store or the clock it passes {@link #at}, and there time goes on, the
 * role may die, or it may fall asleep: then the steps of others run inside of its own, until it goes on with what it knew. So
 * whatever can happen between any two of its calls does, and nothing needs a second thread.
 */
final class World {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final int DEEPEST = 4;
    private static final int LONGEST_SLEEP_STEPS = 15;
    private static final int TRACE = 400;

    private final Random random;
    private final Set<Flaw> flaws;
    private final List<Role> roles = new ArrayList<>();
    private final Deque<Role> running = new ArrayDeque<>();
    private final Deque<String> trace = new ArrayDeque<>();
    private int switches;
    private Runnable afterEachStep = () -> {};
    private Runnable surroundings = () -> {};
    private long stepNanos = 3_000_000;
    private int deathsPerThousand = 8;
    private int taken;
    private long nanos;
    private boolean healed;
    private @Nullable AssertionError violation;

    World(long seed, Set<Flaw> flaws) {
        this.random = new Random(seed);
        this.flaws = flaws.isEmpty() ? Set.of() : EnumSet.copyOf(flaws);
    }

    /**
     * @param check what must hold after each step
     * @param around what else happens before each step: faults begin and end, the dead come back
     */
    void begin(Runnable check, Runnable around) {
        afterEachStep = check;
        surroundings = around;
    }

    /**
     * @param longest how long a step takes at most
     * @param deaths how many of a thousand calls a role does not survive
     */
    void pace(Duration longest, int deaths) {
        stepNanos = longest.toNanos();
        deathsPerThousand = deaths;
    }

    /** Whether somebody who does nothing just now is killed. */
    boolean mayKill() {
        return !healed && random.nextInt(3_200 / deathsPerThousand) == 0;
    }

    /** How many steps were taken, those inside of others too. */
    int taken() {
        return taken;
    }

    Random random() {
        return random;
    }

    boolean has(Flaw flaw) {
        return flaws.contains(flaw);
    }

    /** From now on nothing fails any more, and nobody sleeps. */
    void heal() {
        healed = true;
        say("all faults are healed");
    }

    boolean healed() {
        return healed;
    }

    /** A chance in a hundred, as long as faults are at work. */
    boolean fault(int percent) {
        return !healed && random.nextInt(100) < percent;
    }

    long nanos() {
        return nanos;
    }

    void pass(Duration time) {
        nanos += time.toNanos();
    }

    /** The clock that people read. */
    InstantSource clock() {
        return () -> START.plusNanos(nanos);
    }

    void say(String what) {
        if (trace.size() == TRACE) {
            trace.removeFirst();
        }
        trace.add("  ".repeat(running.size()) + what);
    }

    /** Somebody has switched the primary. */
    void switched() {
        switches++;
    }

    int switches() {
        return switches;
    }

    List<String> trace() {
        return List.copyOf(trace);
    }

    void add(Role role) {
        roles.add(role);
    }

    List<Role> roles() {
        return List.copyOf(roles);
    }

    /** Whose step is the innermost one. */
    @Nullable
    Role current() {
        return running.peek();
    }

    /** {@code role} touches the world: it may die here, or sleep while others go on. Whoever is nobody's role is not disturbed. */
    void at(@Nullable Role role, String what) {
        if (role == null) {
            return;
        }
        sleepWhileStopped(role);
        dieIfDead(role);
        nanos += random.nextInt(500_000);
        if (!healed) {
            int dice = random.nextInt(1_000);
            if (dice < deathsPerThousand) {
                say(role + " dies at: " + what);
                role.kill();
            } else if (dice < deathsPerThousand + 20 && running.size() < DEEPEST) {
                sleep(role, what);
            }
        }
        dieIfDead(role);
    }

    private void sleepWhileStopped(Role role) {
        while (!role.awake() && !role.dead() && !healed) {
            step();
        }
    }

    private static void dieIfDead(Role role) {
        if (role.dead()) {
            throw new Crash(role);
        }
    }

    private void sleep(Role role, String what) {
        int steps = 1 + random.nextInt(LONGEST_SLEEP_STEPS);
        say("%s sleeps at: %s".formatted(role, what));
        if (random.nextInt(3) == 0) {
            nanos += random.nextLong(Duration.ofSeconds(20).toNanos());
        }
        for (int i = 0; i < steps && !healed; i++) {
            step();
        }
        say(role + (role.dead() ? " is dead" : " wakes"));
    }

    /** {@code role} waits a moment, at most for {@code limit}: others go on, and what it waits for may have come. */
    void await(@Nullable Role role, Duration limit) {
        long before = nanos;
        step();
        nanos = Math.max(nanos, Math.min(before + limit.toNanos(), nanos + random.nextLong(5 * stepNanos)));
        if (role != null) {
            sleepWhileStopped(role);
            dieIfDead(role);
        }
    }

    /** One step of one role that is not in the middle of another one. */
    void step() {
        taken++;
        surroundings.run();
        bury();
        nanos += random.nextLong(stepNanos);
        List<Role> able = roles.stream()
                .filter(role -> !role.busy() && role.awake() && role.ready())
                .toList();
        if (!able.isEmpty()) {
            turn(able.get(random.nextInt(able.size())));
        }
        check();
    }

    private void turn(Role role) {
        running.push(role);
        role.busy(true);
        try {
            role.step();
        } catch (Crash e) {
            // It is dead: see below.
        } catch (AssertionError e) {
            violated(e);
        } catch (RuntimeException e) {
            violated(new AssertionError("%s ended with %s".formatted(role, e), e));
        } finally {
            role.busy(false);
            running.pop();
        }
        bury();
    }

    /** Who is dead takes no step any more, not even a last one. */
    private void bury() {
        for (Role role : List.copyOf(roles)) {
            if (role.dead() && !role.busy()) {
                roles.remove(role);
                role.timeOut();
            }
        }
    }

    private void check() {
        try {
            afterEachStep.run();
        } catch (AssertionError e) {
            violated(e);
        }
        if (violation != null) {
            throw violation;
        }
    }

    /** The first one counts, whoever catches it on its way. */
    private void violated(AssertionError e) {
        if (violation == null) {
            violation = e;
            say("VIOLATED: " + e.getMessage());
        }
        throw violation;
    }
}
