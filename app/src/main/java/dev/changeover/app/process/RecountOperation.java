package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.http.Operations;
import dev.changeover.log.ControlLog;
import dev.changeover.log.LogException;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Certificate;
import dev.changeover.producer.gateway.Problem;
import dev.changeover.verifier.certify.Recount;
import java.util.List;

/** {@code certificates check}: works a certificate out anew from the log. */
final class RecountOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Migration migration;
    private final LogSettings log;
    private final ControlLog control;

    RecountOperation(Migration migration, LogSettings log, ControlLog control) {
        this.migration = migration;
        this.log = log;
        this.control = control;
    }

    /**
     * @param options {@code id} of the certificate; the last one that says equal, or the last one at all, if it is left out
     * @throws Problem if there is no such certificate
     */
    Operations.Work work(JsonNode options) {
        Certificate chosen = chosen(options.path("id").asText(""));
        return operation -> {
            try {
                return result(chosen, Recount.of(migration, log, chosen));
            } catch (LogException e) {
                throw new Operations.OperationFailedException("Cannot read the log: " + e.getMessage());
            }
        };
    }

    private Certificate chosen(String id) {
        List<Certificate> all = control.state().certificates();
        if (all.isEmpty()) {
            throw Problem.refused("There is no certificate yet: one is issued before each cutover and rollback");
        }
        if (id.isEmpty()) {
            return all.stream()
                    .filter(Certificate::equal)
                    .reduce((first, second) -> second)
                    .orElse(all.get(all.size() - 1));
        }
        return all.stream()
                .filter(certificate -> certificate.id().equals(id))
                .findFirst()
                .orElseThrow(() ->
                        Problem.badRequest("There is no certificate %s: `certificates list` shows them".formatted(id)));
    }

    private static ObjectNode result(Certificate certificate, Recount recount) {
        ObjectNode result = MAPPER.createObjectNode();
        result.put("id", certificate.id());
        result.put("confirmed", recount.confirmed());
        result.put("events", recount.events());
        ObjectNode entities = result.putObject("entities");
        for (Recount.EntityCount count : recount.entities()) {
            ObjectNode entity = entities.putObject(count.entity());
            entity.put("count", count.count());
            entity.put("digest", count.digest().hex());
            ArrayNode differing = entity.putArray("buckets_that_differ");
            count.differing().forEach(differing::add);
        }
        ArrayNode reasons = result.putArray("reasons");
        recount.reasons().forEach(reasons::add);
        return result;
    }
}
