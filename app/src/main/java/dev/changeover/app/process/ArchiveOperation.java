package dev.changeover.app.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cutover.Phases;
import dev.changeover.app.http.MigrationView;
import dev.changeover.app.http.Operations;
import dev.changeover.log.ControlState;
import dev.changeover.log.LogException;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.ControlRecord;
import dev.changeover.model.topic.Phase;
import dev.changeover.producer.gateway.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code archive}: when the migration is complete, the legacy files go into one file, and, if that is wanted, away. */
final class ArchiveOperation {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Migration migration;
    private final Phases phases;
    private final InstantSource clock;
    private final AtomicBoolean running = new AtomicBoolean();

    ArchiveOperation(Migration migration, Phases phases, InstantSource clock) {
        this.migration = migration;
        this.phases = phases;
        this.clock = clock;
    }

    /** @throws Problem 409 before {@code complete}, or too soon after it; 400 if the place cannot be used */
    Operations.Work work(JsonNode options) {
        ControlRecord.PhaseChange completed = completed(phases.state());
        Duration wait = Duration.ofMillis(options.path("older_than_ms").asLong(0));
        Instant at = Instant.ofEpochMilli(completed.stamp().atMillis());
        if (at.plus(wait).isAfter(clock.instant())) {
            throw Problem.conflict(
                    "Cannot archive yet: the migration is complete since %s, and that is to be left alone until %s"
                            .formatted(at, at.plus(wait)));
        }
        Path root = migration.stores().legacyRoot().toAbsolutePath().normalize();
        Path into = into(root, options.path("into").asText(""));
        boolean remove = options.path("remove").asBoolean();
        return operation -> {
            if (!running.compareAndSet(false, true)) {
                throw new Operations.OperationFailedException("An archive is being made already");
            }
            try {
                return run(root, into, remove, completed);
            } catch (LegacyArchive.DiffersException e) {
                throw new Operations.OperationFailedException("Cannot archive %s: %s".formatted(root, e.getMessage()));
            } catch (LogException e) {
                throw new Operations.OperationFailedException(
                        "%s is made, but that could not be written to the audit: %s".formatted(into, e.getMessage()));
            } catch (IOException e) {
                throw new Operations.OperationFailedException("Cannot archive %s into %s: %s".formatted(root, into, e));
            } finally {
                running.set(false);
            }
        };
    }

    private static ControlRecord.PhaseChange completed(ControlState state) {
        return state.phases().stream()
                .filter(change -> change.phase() == Phase.COMPLETE)
                .findFirst()
                .orElseThrow(() -> Problem.conflict(
                        "Cannot archive in phase %s: the legacy files are in use until the migration is %s"
                                .formatted(state.phase(), Phase.COMPLETE)));
    }

    private static Path into(Path root, String wanted) {
        Path into = wanted.isEmpty() ? root.resolveSibling(root.getFileName() + "-archive.zip") : Path.of(wanted);
        Path place = into.toAbsolutePath().normalize();
        Path folder = place.getParent();
        if (place.startsWith(root)) {
            throw Problem.badRequest("Invalid into %s: it lies in the legacy store".formatted(place));
        }
        if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(place)) {
            throw Problem.badRequest("Invalid into %s: a file in a folder that is there".formatted(place));
        }
        return place;
    }

    private JsonNode run(Path root, Path into, boolean remove, ControlRecord.PhaseChange completed)
            throws IOException, LegacyArchive.DiffersException {
        LegacyArchive archive = new LegacyArchive(root, into, this::hasRecords);
        boolean made = !archive.exists();
        if (made) {
            archive.pack(facts(root, completed));
        }
        JsonNode facts = archive.facts();
        if (!made) {
            archive.compare();
        }
        long removed = remove ? archive.remove() : 0;
        ObjectNode result = MAPPER.createObjectNode();
        result.put("archive", into.toString());
        result.put("made", made);
        result.put("files", facts.path("files").asLong());
        result.put("bytes", facts.path("bytes").asLong());
        result.put("archive_bytes", archive.size());
        result.put("sha256", archive.sha256());
        result.put("other_files", facts.path("other_files").asLong());
        result.set("links", facts.path("links"));
        result.put("certificate", facts.path("certificate").path("id").asText());
        result.put("removed", removed);
        phases.audit("operator", remove ? "and remove" : "", "archive", new JsonText(result.toString()));
        return result;
    }

    /** What SQLite keeps for those that have a file open is no part of what is in it. */
    private boolean hasRecords(String path) {
        return DescribedFiles.describes(migration, path) && !(LegacyFiles.areNoted(migration) && path.endsWith("-shm"));
    }

    private ObjectNode facts(Path root, ControlRecord.PhaseChange completed) {
        ObjectNode facts = MAPPER.createObjectNode();
        facts.put("migration", migration.name());
        facts.put("legacy", root.toString());
        facts.put(
                "completed_at",
                Instant.ofEpochMilli(completed.stamp().atMillis()).toString());
        facts.put("archived_at", clock.instant().toString());
        List<ObjectNode> certificate = phases.state().certificates().stream()
                .filter(each -> each.id().equals(completed.certificate()))
                .map(MigrationView::certificate)
                .toList();
        facts.set("certificate", certificate.isEmpty() ? MAPPER.createObjectNode() : certificate.get(0));
        return facts;
    }
}
