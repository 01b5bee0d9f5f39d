package dev.changeover.app.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.app.demo.RunningRoles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred clients, ten cutovers and ten rollbacks in a row, a random role killed in the midst of each. Run by {@code mvn verify
 * -Psoak}; {@code -Dsoak.seed=N} repeats the choices of a run, {@code -Dsoak.rounds} and {@code -Dsoak.clients} change its size.
 */
@Tag("soak")
class SoakIT {
    private static final int ROUNDS = Integer.getInteger("soak.rounds", 10);
    private static final int CLIENTS = Integer.getInteger("soak.clients", 100);
    private static final long MOST_MILLIS_INTO_A_SWITCH = 2_500;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    @Test
    void aHundredClientsNoticeNothingOfTenCutoversAndRollbacksWithAKillInEach() throws Exception {
        Map<String, String> processes = new LinkedHashMap<>();
        for (String role : List.of("gateway", "processor", "legacy-sink", "target-sink", "verifier")) {
            processes.put(role, role);
        }
        processes.put("gateway-2", "gateway");
        long seed = Long.getLong("soak.seed", System.nanoTime());
        Random random = new Random(seed);
        Path history = Path.of("target", "histories", "soak.jsonl");
        try (Fleet fleet = new Fleet(directory, "gateway,dashboard", processes);
                Switching run = new Switching(
                        fleet, List.of("gateway", "gateway-2"), fleet.process("verifier"), CLIENTS, seed, history)) {
            List<RunningRoles> operators = new ArrayList<>(List.of(fleet.base()));
            fleet.names().forEach(name -> operators.add(fleet.process(name)));
            for (int round = 0; round < ROUNDS; round++) {
                for (String primary : List.of("target", "legacy")) {
                    RunningRoles by = operators.get(random.nextInt(operators.size()));
                    String name = fleet.names().get(random.nextInt(fleet.names().size()));
                    long after = random.nextLong(MOST_MILLIS_INTO_A_SWITCH);
                    long began = System.nanoTime();
                    int asked = run.switchTo(primary, by, () -> {
                        LockSupport.parkNanos(Duration.ofMillis(after).toNanos());
                        fleet.process(name).kill();
                        fleet.process(name).startAgain();
                    });
                    System.out.printf(
                            "round %d: %s is the primary after %.1f s, asked %d times, %s killed after %d ms%n",
                            round + 1, primary, (System.nanoTime() - began) / 1e9, asked, name, after);
                    fleet.process(name).awaitReady();
                    run.awaitMore(CLIENTS);
                }
            }

            Outcome outcome = run.end();
            System.out.printf("%d clients, -Dsoak.seed=%d%n%s%n", CLIENTS, seed, outcome.words());
            assertThat(outcome.result().all())
                    .as("-Dsoak.seed=%d, history %s\n%s", seed, history, outcome.violations())
                    .isEmpty();
            run.assertEqualAndConserved();
        }
    }
}
