package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.LogId;
import dev.changeover.store.file.disk.FileSystemCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The application goes on writing while we do. */
class FileStoreConflictTest {
    private static final LogId LOG = new LogId("cluster", "topic", 1);

    @TempDir
    private Path root;

    /** Does something, once, when a temporary file has just been begun. */
    private static final class Meddling implements FileSystemCalls {
        private final FileSystemCalls calls = TroubledCalls.none();
        private final Meddler meddler;
        private boolean done = true;

        @FunctionalInterface
        interface Meddler {
            void meddle() throws IOException;
        }

        Meddling(Meddler meddler) {
            this.meddler = meddler;
        }

        @Override
        public Output create(Path file) throws IOException {
            Output output = calls.create(file);
            if (!done && file.getFileName().toString().startsWith(".changeover-")) {
                done = true;
                meddler.meddle();
            }
            return output;
        }

        @Override
        public Output open(Path file) throws IOException {
            return calls.open(file);
        }

        @Override
        public void rename(Path from, Path to) throws IOException {
            calls.rename(from, to);
        }

        @Override
        public void delete(Path file) throws IOException {
            calls.delete(file);
        }

        @Override
        public void createFolder(Path folder) throws IOException {
            calls.createFolder(folder);
        }

        @Override
        public void fsyncFolder(Path folder) throws IOException {
            calls.fsyncFolder(folder);
        }
    }

    private static EntityRecord record(String entity, String json) {
        return ContractMigration.record(Donna.MIGRATION, entity, json);
    }

    private void apply(BatchBuilder batch, Meddling.Meddler meddler) {
        Meddling calls = new Meddling(meddler);
        try (FileStore store = FileStore.open(Donna.MIGRATION, Donna.copyTo(root), Side.LEGACY, calls)) {
            store.claim(LOG, Set.of(0));
            calls.done = false;
            store.apply(batch.build());
            assertThat(calls.done).isTrue();
        }
    }

    @Test
    void anEditByTheApplicationBetweenReadingAndReplacingIsNotLost() throws IOException {
        Path document = root.resolve("data/chat_sessions/gap.json");

        apply(
                BatchBuilder.from(0)
                        .put(record(
                                "messages",
                                "{\"chat_id\":\"gap\",\"sequence_number\":6,\"role\":\"user\",\"content\":\"ours\"}")),
                () -> Files.writeString(document, Files.readString(document).replace("\"two\"", "\"two, edited\"")));

        assertThat(Files.readString(document)).containsSubsequence("\"two, edited\"", "\"ours\"");
    }

    @Test
    void aDocumentThatTheApplicationMakesMeanwhileKeepsWhatIsInIt() throws IOException {
        Path document = root.resolve("data/chat_sessions/new.json");

        apply(
                BatchBuilder.from(0)
                        .put(record(
                                "messages",
                                "{\"chat_id\":\"new\",\"sequence_number\":2,\"role\":\"user\",\"content\":\"ours\"}")),
                () -> Files.writeString(document, "[{\"role\":\"user\",\"content\":\"theirs\"}]"));

        assertThat(Files.readString(document)).containsSubsequence("theirs", "ours");
    }

    @Test
    void aLineThatTheApplicationAppendsWhileTheFileIsRewrittenIsKept() throws IOException {
        Path log = root.resolve("api/logs/info.log");
        String theirs =
                "{\"timestamp\":\"2025-09-01T00:00:00Z\",\"level\":\"INFO\",\"message\":\"\",\"trace_id\":\"theirs\"}\n";

        apply(
                BatchBuilder.from(0)
                        .delete(RecordKey.of(Donna.entity("system_logs"), List.of("trace_68be000000000_00000000"))),
                () -> Files.writeString(log, theirs, StandardOpenOption.APPEND));

        assertThat(Files.readString(log)).endsWith(theirs).doesNotContain("trace_68be000000000_00000000");
    }
}
