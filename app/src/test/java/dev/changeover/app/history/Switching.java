package dev.changeover.app.history;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.demo.RunningRoles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/** A fleet, clients at its gateways, and an operator who switches while something happens to a process. */
final class Switching implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    final Fleet fleet;
    final Operator operator;
    final Clients clients;
    private final RunningRoles verifier;
    private final History history;
    private final List<Outcome.Window> switches = new ArrayList<>();

    /** What happens in the midst of a switch. */
    interface Mishap {
        void happen() throws Exception;
    }

    /**
     * @param gateways names of processes that are gateways, beside the base process
     * @param verifier that has this role
     */
    Switching(Fleet fleet, List<String> gateways, RunningRoles verifier, int clients, long seed, Path historyFile)
            throws Exception {
        this.fleet = fleet;
        this.verifier = verifier;
        this.operator = new Operator(fleet.base());
        operator.prepare(fleet.base(), verifier);
        this.history = new History(historyFile);
        List<RunningRoles> doors = new java.util.ArrayList<>(List.of(fleet.base()));
        gateways.forEach(name -> doors.add(fleet.process(name)));
        this.clients = new Clients(history, doors, clients).start(seed);
        awaitMore(5 * clients);
    }

    void awaitMore(int writes) {
        long wanted = clients.acknowledged.get() + writes;
        Awaitility.await().atMost(LIMIT).until(() -> clients.acknowledged.get() >= wanted);
    }

    /** @return how often the operator had to ask */
    int switchTo(String primary, RunningRoles by, Mishap mishap) throws Exception {
        long epoch = operator.epoch();
        CompletableFuture<Integer> switched =
                CompletableFuture.supplyAsync(() -> operator.switchTo(primary, by), task -> new Thread(task).start());
        operator.awaitStepAfter(epoch);
        long began = System.nanoTime();
        mishap.happen();
        int asked = done(switched);
        switches.add(new Outcome.Window(began, System.nanoTime()));
        return asked;
    }

    private static int done(CompletableFuture<Integer> switched)
            throws InterruptedException, ExecutionException, TimeoutException {
        return switched.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    /** Everybody stops; then both stores are read. */
    Outcome end() throws Exception {
        clients.stop();
        history.close();
        operator.awaitCaughtUp();
        return Outcome.of(history.ops(), BothSides.read(fleet.legacy(), fleet.target()), switches);
    }

    /** What Changeover itself says of it. */
    void assertEqualAndConserved() {
        JsonNode scan = operator.run(verifier, "verify", "{\"deep\":true}");
        assertThat(scan.path("result").path("verdict").asText())
                .as(scan.toPrettyString())
                .isEqualTo("equal");
        Map<String, Object> counters = new com.fasterxml.jackson.databind.ObjectMapper()
                .convertValue(
                        operator.status().path("counters"), new com.fasterxml.jackson.core.type.TypeReference<>() {});
        long parts = counters.entrySet().stream()
                .filter(counter -> List.of("changes", "dead_letters", "duplicates", "beaten_snapshot_reads")
                        .contains(counter.getKey()))
                .mapToLong(counter -> ((Number) counter.getValue()).longValue())
                .sum();
        assertThat(parts).as(counters.toString()).isEqualTo(((Number) counters.get("writes")).longValue());
    }

    @Override
    public void close() {
        clients.close();
    }
}
