package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.Operations;
import dev.changeover.log.Barriers;
import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.LogException;
import dev.changeover.log.LogSettings;
import dev.changeover.log.ProgressTail;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Barrier;
import dev.changeover.model.topic.Position;
import dev.changeover.model.topic.Progress;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * {@code dead-letters retry} and {@code waive}. A letter is settled by sending it once more with how it was; nothing is ever taken off the
 * log.
 */
final class DeadLetterOperations {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int MAX_AT_ONCE = 1_000;
    private static final Duration RETRY_LIMIT = Duration.ofSeconds(60);
    private static final String WHO = "operator";

    private final Migration migration;
    private final LogSettings log;
    private final DeadLetterTail letters;
    private final ProgressTail progress;
    private final Phases phases;
    private final LetterRetry retry;

    DeadLetterOperations(
            Migration migration,
            LogSettings log,
            DeadLetterTail letters,
            ProgressTail progress,
            Phases phases,
            LetterRetry retry) {
        this.migration = migration;
        this.log = log;
        this.letters = letters;
        this.progress = progress;
        this.phases = phases;
        this.retry = retry;
    }

    /** @throws Problem if none is named, or there is no such letter, or the reason is missing */
    Operations.Work waive(JsonNode options) {
        String reason = options.path("reason").asText("").strip();
        if (reason.isEmpty()) {
            throw Problem.badRequest("Missing reason: why nobody has to deal with it");
        }
        List<DeadLetterTail.Entry> chosen = chosen(options);
        return operation -> {
            ObjectNode result = MAPPER.createObjectNode();
            ArrayNode items = result.putArray("items");
            for (DeadLetterTail.Entry letter : chosen) {
                settle(letter, "waived: " + reason);
                phases.audit(
                        WHO,
                        "waive",
                        new JsonText(MAPPER.createObjectNode()
                                .put("letter", letter.id())
                                .put("reason", reason)
                                .toString()));
                item(items, letter, "waived", reason);
            }
            return result.put("settled", chosen.size()).put("open", 0);
        };
    }

    /** @throws Problem if none is named, or there is no such letter */
    Operations.Work retry(JsonNode options) {
        List<DeadLetterTail.Entry> chosen = chosen(options);
        return operation -> {
            try {
                retryWhatStoresRefused(chosen);
                return retried(chosen);
            } catch (StoreUnavailableException | LogException e) {
                throw new Operations.OperationFailedException("Cannot retry now: " + e.getMessage());
            }
        };
    }

    private JsonNode retried(List<DeadLetterTail.Entry> chosen)
            throws InterruptedException, Operations.OperationFailedException {
        ObjectNode result = MAPPER.createObjectNode();
        ArrayNode items = result.putArray("items");
        int settled = 0;
        for (DeadLetterTail.Entry letter : chosen) {
            String objection = retry.objection(letter);
            if (objection.isEmpty()) {
                settle(letter, "retried");
                settled++;
            }
            item(items, letter, objection.isEmpty() ? "settled" : "open", objection);
        }
        phases.audit(
                WHO,
                "retry",
                new JsonText(MAPPER.createObjectNode()
                        .put("letters", chosen.size())
                        .put("settled", settled)
                        .toString()));
        return result.put("settled", settled).put("open", chosen.size() - settled);
    }

    /** The sinks try once more, in order per key, all that waits in their stores; it is through when both have passed the marker. */
    private void retryWhatStoresRefused(List<DeadLetterTail.Entry> chosen)
            throws InterruptedException, Operations.OperationFailedException {
        Set<Side> sides = EnumSet.noneOf(Side.class);
        for (DeadLetterTail.Entry letter : chosen) {
            Side side = letter.side();
            if (LetterRetry.isOfAStore(letter) && side != null) {
                sides.add(side);
            }
        }
        if (sides.isEmpty()) {
            return;
        }
        Position marker;
        try (Barriers barriers = new Barriers(migration, log)) {
            marker = barriers.sendThrough(new Barrier(UUID.randomUUID().toString(), "retry"), RETRY_LIMIT)
                    .changes();
        }
        for (Side side : sides) {
            if (!progress.await(() -> hasPassed(side, marker), RETRY_LIMIT)) {
                throw new Operations.OperationFailedException(
                        "The %s sink has not come so far within %d s; is it running? Ask again later, nothing is lost"
                                .formatted(side.word(), RETRY_LIMIT.toSeconds()));
            }
        }
    }

    private boolean hasPassed(Side side, Position marker) {
        for (int partition = 0; partition < migration.partitions(); partition++) {
            long next = progress.of(side, partition).map(Progress::next).orElse(0L);
            if (next <= marker.next().get(partition)) {
                return false;
            }
        }
        return true;
    }

    private void settle(DeadLetterTail.Entry letter, String how) throws Operations.OperationFailedException {
        try {
            letters.resolve(letter, how);
        } catch (LogException e) {
            throw new Operations.OperationFailedException(String.valueOf(e.getMessage()));
        }
    }

    private static void item(ArrayNode items, DeadLetterTail.Entry letter, String outcome, String reason) {
        items.addObject().put("id", letter.id()).put("outcome", outcome).put("reason", reason);
    }

    private List<DeadLetterTail.Entry> chosen(JsonNode options) {
        String id = options.path("id").asText("");
        String entity = options.path("entity").asText("");
        if (id.isEmpty() == entity.isEmpty()) {
            throw Problem.badRequest("Name a dead letter by its id, or all of an entity");
        }
        Predicate<DeadLetterTail.Entry> matching = letter ->
                id.isEmpty() ? letter.entity().equals(entity) : letter.id().equals(id);
        List<DeadLetterTail.Entry> found = letters.list(matching.and(letter -> !letter.answered()), MAX_AT_ONCE);
        if (found.isEmpty()) {
            throw Problem.notFound(
                    id.isEmpty()
                            ? "There is no open dead letter of entity \"%s\"".formatted(entity)
                            : "There is no open dead letter %s; `dead-letters list` shows their ids".formatted(id));
        }
        return found; // oldest first: the order per key
    }
}
