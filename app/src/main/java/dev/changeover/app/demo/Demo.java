package dev.changeover.app.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.app.cli.Output;
import dev.changeover.app.process.ChangeoverProcess;
import dev.changeover.app.process.DescribedFiles;
import dev.changeover.app.process.Environment;
import dev.changeover.app.process.LegacyFiles;
import dev.changeover.app.process.Role;
import dev.changeover.app.process.RunSettings;
import dev.changeover.model.definition.DefinitionException;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The story of a migration: a copy of its sample, made larger if asked, is moved while clients keep writing, and at the end both
 * sides are read whole and compared, each write of the clients is asked for again, and every event is accounted for.
 */
public final class Demo {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final long SEED = 20251121L;
    /** It is waited for so long without anything being applied. */
    private static final Duration STANDSTILL_LIMIT = Duration.ofMinutes(2);

    private static final double WRITES_PER_CLIENT = 25;
    private static final Duration WRITING_AFTER_BACKFILL = Duration.ofSeconds(3);
    private static final Duration GATE_SOAK = Duration.ofSeconds(1);

    private final Path definition;
    private final long records;
    private final double rate;
    private final @Nullable Path dataDirectory;
    private final boolean keep;
    private final boolean browser;
    private final Output shown;
    private @Nullable ChangeoverProcess kept;

    /**
     * @param records how many records the legacy store is to have; 0 for the sample as it is
     * @param rate live writes a second
     * @param dataDirectory null for a temporary one
     * @param browser whether to open the dashboard
     */
    public Demo(
            Path definition,
            long records,
            double rate,
            @Nullable Path dataDirectory,
            boolean keep,
            boolean browser,
            Output shown) {
        this.definition = definition;
        this.records = records;
        this.rate = rate;
        this.dataDirectory = dataDirectory;
        this.keep = keep;
        this.browser = browser;
        this.shown = shown;
    }

    /** Tells the story and returns its figures. */
    public ObjectNode run() throws DefinitionException {
        long began = System.nanoTime();
        Path data = prepare();
        Path legacy = data.resolve("legacy");
        Migration original = new Environment(System.getenv()).read(definition);
        Map<String, String> variables = new HashMap<>(System.getenv());
        variables.remove("DATABASE_PATH"); // it may name the application's own database
        variables.put(rootVariable(original), legacy.toAbsolutePath().toString());
        Environment environment = new Environment(variables);
        SampleRecords sample = copySample(original, environment, legacy);
        FileInventory before = FileInventory.of(legacy);
        step("Starting Kafka, %s and all roles in %s"
                .formatted(original.stores().targetUrl().startsWith("sqlite:") ? "SQLite" : "PostgreSQL", data));
        ChangeoverProcess process = ChangeoverProcess.start(
                new RunSettings(
                        definition,
                        environment,
                        data.resolve("run"),
                        EnumSet.allOf(Role.class),
                        "",
                        Map.of(),
                        "127.0.0.1",
                        0,
                        true),
                shown::say);
        try {
            ObjectNode summary = tell(process, sample, legacy, before);
            summary.put("seconds", seconds(began));
            report(summary);
            if (keep) {
                kept = process;
            }
            return summary;
        } finally {
            if (!keep) {
                process.close();
                if (dataDirectory == null) {
                    LegacyEnlarger.deleteTree(data);
                }
            }
        }
    }

    /** With {@code --keep}: serves until the process is told to stop. */
    public void serveUntilStopped() {
        ChangeoverProcess process = kept;
        if (process == null) {
            return;
        }
        shown.say("Still serving at %s; Ctrl-C ends it.".formatted(process.url()));
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            process.close();
                            stopped.countDown();
                        },
                        "stop"));
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path prepare() {
        try {
            if (dataDirectory == null) {
                return Files.createTempDirectory("changeover-demo-");
            }
            Files.createDirectories(dataDirectory);
            return dataDirectory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String rootVariable(Migration migration) {
        return migration.name().toUpperCase(Locale.ROOT).replace('-', '_') + "_ROOT";
    }

    private SampleRecords copySample(Migration original, Environment environment, Path legacy)
            throws DefinitionException {
        Migration copy = environment.read(definition);
        boolean resumed = Files.isDirectory(legacy);
        if (!resumed) {
            LegacyEnlarger.copyTree(original.stores().legacyRoot(), legacy);
        }
        SampleRecords sample;
        try (StoreReader reader = LegacyFiles.reader(copy, legacy)) {
            sample = SampleRecords.read(copy, reader);
        }
        if (!resumed && records > 0) {
            step("Enlarging the legacy store to %s records".formatted(Output.number(records)));
            long added = LegacyEnlarger.enlarge(copy, sample, legacy, records, root -> LegacyFiles.writer(copy, root));
            step("%s records added to the %s of the sample"
                    .formatted(Output.number(added), Output.number(sample.all().size())));
        }
        return sample;
    }

    private ObjectNode tell(ChangeoverProcess process, SampleRecords sample, Path legacy, FileInventory before) {
        ObjectNode summary = MAPPER.createObjectNode();
        summary.put("migration", process.migration().name());
        summary.put("url", process.url());
        if (browser) {
            openDashboard(process.url());
        }
        DemoClient client = new DemoClient(
                process.url(), process.token(), process.migration().name());
        int clients = (int) Math.max(2, Math.min(32, rate / WRITES_PER_CLIENT));
        step("%d live writers at %.0f writes/s through the gateway at %s".formatted(clients, rate, process.url()));
        LiveWriters writers =
                new LiveWriters(process.migration(), process.url(), process.token(), sample, clients, rate, SEED);
        try (writers) {
            writers.start();
            backfill(client, summary);
            pause(WRITING_AFTER_BACKFILL);
            shown.say("  phase %s, %s live writes acknowledged so far"
                    .formatted(client.status().path("phase").asText(), Output.number(writers.acknowledged())));
            switchBackAndForth(process, sample, client, writers, summary);
        }
        step("The writers have stopped; waiting until both sides have applied everything");
        JsonNode status = quiet(client);
        live(writers, summary);
        step("Deep scan: both stores are read whole");
        verify(client, summary);
        step("Every record that a live writer touched is asked for on both sides");
        LiveWriters.Check check = writers.check();
        ObjectNode checked = summary.putObject("live_records");
        checked.put("checked", check.records());
        checked.put("wrong", check.wrong());
        ArrayNode examples = checked.putArray("examples");
        check.examples().forEach(examples::add);
        summary.set("counters", status.path("counters"));
        summary.set("entities", status.path("entities"));
        FileInventory.Comparison files = before.compare(legacy, described(process.migration()));
        summary.putObject("files")
                .put("undescribed", files.undescribed())
                .put("undescribed_changed", files.undescribedChanged())
                .put("described_byte_equal", files.describedEqual())
                .put("described_changed_by_writes", files.describedChanged());
        judge(summary, writers, check, files, client);
        complete(client, summary);
        rebuild(process, legacy, client, summary);
        return summary;
    }

    /** Cutover, writes of another program straight into the database, rollback with these kept, and cutover again. */
    private void switchBackAndForth(
            ChangeoverProcess process,
            SampleRecords sample,
            DemoClient client,
            LiveWriters writers,
            ObjectNode summary) {
        Switches switches = new Switches(
                client, writers, summary.path("backfill").path("records").asLong(), shown);
        Optional<StraightWrites> straight =
                StraightWrites.prepare(process.migration(), sample, client, process.targetUrl());
        step("Deep scan, with the writers at work; then the gate opens");
        JsonNode scan = client.operation("verify", MAPPER.createObjectNode().put("deep", true), progress -> {});
        summary.set("verify_under_load", scan.path("result"));
        boolean good = switches.gateOpens();
        ObjectNode others = summary.putObject("straight_writes");
        if (good) {
            step("Cutover under load");
            good = switches.run("cutover");
        }
        if (good && straight.isPresent()) {
            step("Another program writes straight into PostgreSQL");
            straight.get().write();
            others.put("made", straight.get().made());
            others.put("in_legacy", straight.get().kept("legacy"));
            shown.say("  %d of %d are in the files"
                    .formatted(others.path("in_legacy").asInt(), straight.get().made()));
        }
        if (good) {
            step("Rollback under load");
            good = switches.run("rollback");
        }
        if (good && straight.isPresent()) {
            others.put("kept_by_rollback", straight.get().kept(""));
            shown.say("  %d of the %d that were written straight into PostgreSQL are kept"
                    .formatted(
                            others.path("kept_by_rollback").asInt(),
                            straight.get().made()));
        }
        if (good) {
            step("Cutover again");
            pause(GATE_SOAK);
            good = switches.gateOpens() && switches.run("cutover");
        }
        summary.set("switches", switches.all());
        summary.put(
                "switched",
                good
                        && others.path("made").asInt()
                                == others.path("in_legacy").asInt()
                        && others.path("made").asInt()
                                == others.path("kept_by_rollback").asInt());
    }

    private void complete(DemoClient client, ObjectNode summary) {
        if (!summary.path("switched").asBoolean()) {
            return;
        }
        step("Complete: the files are not written any more, and stay where they are");
        JsonNode operation = client.operation("complete", MAPPER.createObjectNode(), progress -> {});
        summary.put("phase", client.status().path("phase").asText());
        summary.set("certificate", brief(operation.path("result").path("certificate")));
        if (operation.has("error")) {
            summary.put("complete_error", operation.path("error").asText());
            shown.say("  " + shown.red(operation.path("error").asText()));
        }
    }

    /** Both sides once more, out of the log alone, beside the ones that are there. */
    private void rebuild(ChangeoverProcess process, Path legacy, DemoClient client, ObjectNode summary) {
        if (!summary.path("switched").asBoolean()) {
            return;
        }
        Path beside = legacy.resolveSibling("rebuilt").toAbsolutePath();
        boolean file = process.targetUrl().startsWith("sqlite:");
        ObjectNode rebuilt = summary.putObject("rebuilt");
        for (Side side : Side.values()) {
            step("Rebuild of the %s side from the log, into an empty place".formatted(side.word()));
            String into = side == Side.LEGACY
                    ? beside.resolve("legacy").toString()
                    : file ? "sqlite:" + beside.resolve("target.db") : "rebuilt";
            JsonNode operation = client.operation(
                    "rebuild",
                    MAPPER.createObjectNode().put("side", side.word()).put("into", into),
                    progress -> {});
            JsonNode result = operation.path("result");
            ObjectNode one = rebuilt.putObject(side.word());
            one.put("verdict", result.path("verdict").asText("failed"));
            one.put("compared_with", result.path("compared_with").asText());
            one.put("events", result.path("events").asLong());
            one.put("events_per_second", result.path("events_per_second").asLong());
            one.put(
                    "reason",
                    operation.path("error").asText(result.path("reason").asText()));
            shown.say("  %s: %s events at %s/s, beside the %s"
                    .formatted(
                            one.path("verdict").asText(),
                            Output.number(one.path("events").asLong()),
                            Output.number(one.path("events_per_second").asLong()),
                            one.path("compared_with").asText()));
            if (!one.path("verdict").asText().equals("equal")) {
                shown.say("  " + shown.red(one.path("reason").asText()));
            }
        }
    }

    /** Whether the story went as promised. */
    public static boolean isGood(JsonNode summary) {
        return summary.path("equal").asBoolean()
                && summary.path("nothing_lost").asBoolean()
                && summary.path("switched").asBoolean()
                && summary.path("phase").asText().equals("complete")
                && isRebuilt(summary);
    }

    private static boolean isRebuilt(JsonNode summary) {
        JsonNode rebuilt = summary.path("rebuilt");
        return rebuilt.path("legacy").path("verdict").asText().equals("equal")
                && rebuilt.path("target").path("verdict").asText().equals("equal");
    }

    private static String rebuiltWords(JsonNode summary) {
        List<String> each = new ArrayList<>();
        summary.path("rebuilt")
                .properties()
                .forEach(side -> each.add("%s %s, %s events/s"
                        .formatted(
                                side.getKey(),
                                side.getValue().path("verdict").asText(),
                                Output.number(side.getValue()
                                        .path("events_per_second")
                                        .asLong()))));
        return each.isEmpty() ? "not reached" : String.join("; ", each);
    }

    /** Without the buckets. */
    private static JsonNode brief(JsonNode certificate) {
        JsonNode copy = certificate.deepCopy();
        copy.path("entities").forEach(entity -> {
            if (entity instanceof ObjectNode figures) {
                figures.remove("buckets");
            }
        });
        return copy;
    }

    private void openDashboard(String url) {
        try {
            new ProcessBuilder("xdg-open", url)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            shown.say("  The dashboard is at " + url);
        }
    }

    private void backfill(DemoClient client, ObjectNode summary) {
        step("Backfill, with the writers at work");
        long from = System.nanoTime();
        String[] last = {""};
        JsonNode operation = client.operation("backfill", MAPPER.createObjectNode(), progress -> {
            JsonNode figures = progress.path("progress");
            String line = "  backfill %s of %s records, %s/s"
                    .formatted(
                            Output.number(figures.path("done").asLong()),
                            Output.number(figures.path("total").asLong()),
                            Output.number(figures.path("rate").asLong()));
            if (!line.equals(last[0])) {
                shown.say(line);
                last[0] = line;
            }
        });
        ObjectNode result = summary.putObject("backfill");
        result.put("state", operation.path("state").asText());
        result.put("error", operation.path("error").asText(""));
        result.set("result", operation.path("result"));
        JsonNode applied = quietBackfill(client);
        double seconds = seconds(from);
        long count = operation.path("result").path("published").asLong();
        result.put("records", count);
        result.put("seconds_until_applied_on_both_sides", seconds);
        result.put("records_per_second", Math.round(count / seconds));
        shown.say("  %s records published, in the target after %.1f s (%s/s); phase %s"
                .formatted(
                        Output.number(count),
                        seconds,
                        Output.number(Math.round(count / seconds)),
                        applied.path("phase").asText()));
    }

    /** Waits until the target has caught up with the backfill; the writers go on, so lag stays about their rate. */
    private JsonNode quietBackfill(DemoClient client) {
        return until(client, status -> status.path("lag").path("target").asLong(Long.MAX_VALUE) <= Math.max(100, rate));
    }

    private JsonNode quiet(DemoClient client) {
        return until(
                client,
                status -> status.path("lag").path("legacy").asLong(1) == 0
                        && status.path("lag").path("target").asLong(1) == 0
                        && status.path("lag").path("writes").asLong(1) == 0);
    }

    /** Waits as long as there is progress. */
    private JsonNode until(DemoClient client, Predicate<JsonNode> reached) {
        JsonNode status = client.status();
        JsonNode applied = status.path("lag");
        long deadline = System.nanoTime() + STANDSTILL_LIMIT.toNanos();
        while (!reached.test(status) && System.nanoTime() < deadline) {
            pause(Duration.ofMillis(100));
            status = client.status();
            if (!status.path("lag").equals(applied)) {
                applied = status.path("lag");
                deadline = System.nanoTime() + STANDSTILL_LIMIT.toNanos();
            }
        }
        return status;
    }

    private static void live(LiveWriters writers, ObjectNode summary) {
        summary.putObject("live_writes")
                .put("acknowledged", writers.acknowledged())
                .put("failed", writers.failed())
                .put("unknown", writers.unknown())
                .put("repeated", writers.repeated())
                .put("first_failure", writers.firstFailure())
                .put("p50_ms", writers.latencyMillis(0.5))
                .put("p99_ms", writers.latencyMillis(0.99))
                .put("max_ms", writers.latencyMillis(1));
    }

    private void verify(DemoClient client, ObjectNode summary) {
        long from = System.nanoTime();
        JsonNode operation =
                client.operation("verify", MAPPER.createObjectNode().put("deep", true), progress -> {});
        summary.set("verify", operation.path("result"));
        summary.put("verify_seconds", seconds(from));
        if (operation.has("error")) {
            summary.put("verify_error", operation.path("error").asText());
        }
    }

    private void judge(
            ObjectNode summary,
            LiveWriters writers,
            LiveWriters.Check check,
            FileInventory.Comparison files,
            DemoClient client) {
        JsonNode counters = summary.path("counters");
        long writes = counters.path("writes").asLong();
        long sum = counters.path("changes").asLong()
                + counters.path("dead_letters").asLong()
                + counters.path("duplicates").asLong()
                + counters.path("beaten_snapshot_reads").asLong();
        JsonNode letters = client.get("/dead-letters").path("items");
        summary.put("dead_letters", letters.size());
        summary.set("dead_letters_found", letters);
        summary.put("conserved", writes == sum && writes > 0);
        summary.put("equal", summary.path("verify").path("verdict").asText().equals("equal"));
        summary.put(
                "nothing_lost",
                check.wrong() == 0
                        && check.records() > 0
                        && writers.failed() == 0
                        && writes == sum
                        && letters.isEmpty()
                        && files.undescribedChanged() == 0);
    }

    private void report(ObjectNode summary) {
        if (shown.isJson()) {
            return;
        }
        shown.line("");
        shown.line(shown.bold("What was moved"));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("entity", "legacy", "target", "differences", "digest of both"));
        summary.path("verify").path("entities").properties().forEach(entity -> {
            JsonNode figures = entity.getValue();
            String legacy = figures.path("legacy").path("digest").asText();
            String target = figures.path("target").path("digest").asText();
            rows.add(List.of(
                    entity.getKey(),
                    Output.number(figures.path("legacy").path("count").asLong()),
                    Output.number(figures.path("target").path("count").asLong()),
                    Output.number(figures.path("differences").asLong()),
                    legacy.equals(target) ? legacy : "differ"));
        });
        shown.table(rows);
        shown.line("");
        shown.line(shown.bold("How fast, and whether anything was lost"));
        JsonNode backfill = summary.path("backfill");
        JsonNode live = summary.path("live_writes");
        JsonNode counters = summary.path("counters");
        JsonNode checked = summary.path("live_records");
        JsonNode files = summary.path("files");
        List<List<String>> figures = new ArrayList<>(List.of(
                List.of("what", "figure"),
                List.of(
                        "backfill until applied",
                        "%s records in %.1f s: %s/s"
                                .formatted(
                                        Output.number(backfill.path("records").asLong()),
                                        backfill.path("seconds_until_applied_on_both_sides")
                                                .asDouble(),
                                        Output.number(backfill.path("records_per_second")
                                                .asLong()))),
                List.of(
                        "live writes",
                        "%s acknowledged, %s failed, %s unknown; p50 %.0f ms, p99 %.0f ms, max %.0f ms"
                                .formatted(
                                        Output.number(live.path("acknowledged").asLong()),
                                        Output.number(live.path("failed").asLong()),
                                        Output.number(live.path("unknown").asLong()),
                                        live.path("p50_ms").asDouble(),
                                        live.path("p99_ms").asDouble(),
                                        live.path("max_ms").asDouble())),
                List.of("refused or lost because of a switch", lostInSwitches(summary))));
        for (JsonNode one : summary.path("switches")) {
            figures.add(List.of("  writes before → in the " + one.path("kind").asText(), Switches.felt(one)));
        }
        if (summary.path("straight_writes").has("made")) {
            figures.add(straightWrites(summary.path("straight_writes")));
        }
        figures.addAll(List.of(
                List.of(
                        "certificate",
                        "%s, phase %s"
                                .formatted(
                                        summary.path("certificate").path("id").asText("none"),
                                        summary.path("phase").asText("-"))),
                List.of("rebuilt from the log", rebuiltWords(summary)),
                List.of(
                        "live records read back",
                        "%s on both sides, %s wrong"
                                .formatted(
                                        Output.number(checked.path("checked").asLong()),
                                        Output.number(checked.path("wrong").asLong()))),
                List.of(
                        "events accounted for",
                        "%s writes = %s changes + %s dead letters + %s duplicates + %s beaten snapshot reads"
                                .formatted(
                                        Output.number(counters.path("writes").asLong()),
                                        Output.number(counters.path("changes").asLong()),
                                        Output.number(
                                                counters.path("dead_letters").asLong()),
                                        Output.number(
                                                counters.path("duplicates").asLong()),
                                        Output.number(counters.path("beaten_snapshot_reads")
                                                .asLong()))),
                List.of(
                        "deep scan",
                        "%s records/s, planted differences found: %s"
                                .formatted(
                                        Output.number(summary.path("verify")
                                                .path("records_per_second")
                                                .asLong()),
                                        summary.path("verify").path("planted").asText("-"))),
                List.of(
                        "files not described",
                        "%s, %s changed"
                                .formatted(
                                        Output.number(files.path("undescribed").asLong()),
                                        Output.number(files.path("undescribed_changed")
                                                .asLong()))),
                List.of("all in all", "%.0f s".formatted(summary.path("seconds").asDouble()))));
        shown.table(figures);
        shown.line("");
        live(live);
        for (JsonNode example : checked.path("examples")) {
            shown.line("  " + shown.red(Output.printable(example.asText())));
        }
        for (JsonNode letter : summary.path("dead_letters_found")) {
            shown.line("  " + shown.red("dead letter") + " "
                    + Output.printable(letter.path("origin").asText() + ": "
                            + letter.path("reason").asText()));
        }
        shown.line(
                isGood(summary)
                        ? shown.green(
                                "Both sides are equal, the primary was switched three times, both sides were rebuilt from the log, and nothing was lost.")
                        : shown.red("Equal: %s, nothing lost: %s, switched: %s, rebuilt: %s. %s"
                                .formatted(
                                        summary.path("equal").asText(),
                                        summary.path("nothing_lost").asText(),
                                        summary.path("switched").asText(),
                                        isRebuilt(summary),
                                        Output.printable(summary.path("verify")
                                                .path("reason")
                                                .asText("")))));
    }

    private static String lostInSwitches(ObjectNode summary) {
        return "%d refused or unknown, %d lost; %d switches"
                .formatted(
                        summary.path("live_writes").path("failed").asLong()
                                + summary.path("live_writes").path("unknown").asLong(),
                        summary.path("live_records").path("wrong").asLong(),
                        summary.path("switches").size());
    }

    private static List<String> straightWrites(JsonNode written) {
        return List.of(
                "written straight into PostgreSQL",
                "%d; in the files %d, kept by the rollback %d"
                        .formatted(
                                written.path("made").asInt(),
                                written.path("in_legacy").asInt(),
                                written.path("kept_by_rollback").asInt()));
    }

    private void live(JsonNode figures) {
        String failure = figures.path("first_failure").asText();
        if (!failure.isEmpty()) {
            shown.line("  " + shown.red("first failed write: ") + Output.printable(failure));
        }
    }

    private static Predicate<String> described(Migration migration) {
        List<Entity> entities = migration.entities();
        return path -> entities.stream().anyMatch(entity -> DescribedFiles.describes(entity, path));
    }

    private void step(String text) {
        shown.say(shown.bold("▸ ") + text);
    }

    private static double seconds(long fromNanos) {
        return (System.nanoTime() - fromNanos) / 1e9;
    }

    static void pause(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The demo was interrupted", e);
        }
    }
}
