package dev.changeover.app.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.app.demo.RunningRoles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Clients write and read through a cutover and a rollback while processes die and sleep; an independent checker judges. */
class KilledWhileSwitchingIT {
    private static final int CLIENTS = 8;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    @Test
    void noWriteIsRefusedOrLostAndNoReadIsStaleWhileProcessesAreKilledInTheMidstOfASwitch() throws Exception {
        Map<String, String> processes = new LinkedHashMap<>();
        processes.put("gateway-2", "gateway");
        processes.put("processor", "processor");
        processes.put("legacy-sink", "legacy-sink");
        processes.put("target-sink", "target-sink");
        long seed = System.nanoTime();
        Path history = Path.of("target", "histories", "killed-while-switching.jsonl");
        try (Fleet fleet = new Fleet(directory, "gateway,verifier,dashboard", processes);
                Switching run = new Switching(fleet, List.of("gateway-2"), fleet.base(), CLIENTS, seed, history)) {
            RunningRoles second = fleet.process("gateway-2");

            run.switchTo("target", second, () -> {
                fleet.process("target-sink").kill();
                fleet.process("target-sink").startAgain();
            });
            fleet.process("target-sink").awaitReady();
            run.awaitMore(30);
            run.switchTo("legacy", fleet.base(), () -> {
                second.sleep();
                fleet.process("processor").kill();
                fleet.process("processor").startAgain();
            });
            second.wakeUp();
            fleet.process("processor").awaitReady();
            run.awaitMore(30);

            Outcome outcome = run.end();
            System.out.println(outcome.words());
            assertThat(outcome.result().all())
                    .as("seed %d, history %s\n%s", seed, history, outcome.violations())
                    .isEmpty();
            run.assertEqualAndConserved();
        }
    }
}
