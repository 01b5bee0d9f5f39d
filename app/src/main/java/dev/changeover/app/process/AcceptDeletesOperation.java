package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.Operations;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.producer.capture.LegacyCapture;
import dev.changeover.producer.gateway.Problem;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code accept-deletes}: the operator says that what is gone from the legacy side was deleted, and is to be deleted from the target. */
final class AcceptDeletesOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Migration migration;
    private final Supplier<@Nullable LegacyCapture> capture;
    private final Phases phases;

    AcceptDeletesOperation(Migration migration, Supplier<@Nullable LegacyCapture> capture, Phases phases) {
        this.migration = migration;
        this.capture = capture;
        this.phases = phases;
    }

    /** @throws Problem if the entity is unknown, or this process captures nothing */
    Operations.Work work(JsonNode options) {
        LegacyCapture capturing = capture.get();
        if (capturing == null) {
            throw Problem.refused(
                    "This process captures nothing from the legacy side: ask the one that has the verifier, of a migration with capture: watch");
        }
        String entity = options.path("entity").asText("");
        KnownEntities.check(entity, migration.entities());
        return operation -> {
            int accepted = capturing.acceptDeletes(entity);
            phases.audit(
                    "operator",
                    "accept-deletes",
                    new JsonText(MAPPER.createObjectNode()
                            .put("entity", entity)
                            .put("accepted", accepted)
                            .toString()));
            return MAPPER.createObjectNode().put("accepted", accepted);
        };
    }
}
