package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.cli.Output;
import dev.changeover.app.init.Init;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A definition that nobody has edited carries a migration from its beginning to its end. */
class InitMovesIT {
    private static final Output QUIET = new Output(
            new PrintStream(PrintStream.nullOutputStream()),
            new PrintStream(PrintStream.nullOutputStream()),
            Output.Form.JSON,
            false,
            true);

    @Test
    void whatInitHasWrittenIsMovedAsItIs(@TempDir Path into, @TempDir Path data) throws Exception {
        Path sample = Path.of("..", "migrations", "hominem", "sample");
        new Init(sample, "made-of-hominem", "sqlite:${MADE_OF_HOMINEM_ROOT:-.}/new.db", into).run();

        JsonNode summary = new Demo(into.resolve("migration.yaml"), 0, 20, data, false, false, QUIET).run();

        assertThat(summary.path("equal").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
        assertThat(summary.path("nothing_lost").asBoolean())
                .as(summary.toPrettyString())
                .isTrue();
    }
}
