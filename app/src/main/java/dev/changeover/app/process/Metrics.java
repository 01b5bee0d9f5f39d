package dev.changeover.app.process;

import dev.changeover.log.ControlLog;
import dev.changeover.log.DeadLetterTail;
import dev.changeover.log.ProgressTail;
import dev.changeover.log.VerdictTail;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.topic.Progress;
import dev.changeover.sink.Sink;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;

/** The process's figures as Prometheus reads them. */
final class Metrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    Metrics(
            Migration migration,
            ProgressTail progress,
            DeadLetterTail deadLetters,
            VerdictTail verdicts,
            Map<Side, Sink> sinks,
            ControlLog control) {
        registry.config().commonTags("migration", migration.name());
        new JvmMemoryMetrics().bindTo(registry);
        counter("changeover_writes", progress, tail -> tail.counters().writes());
        counter("changeover_changes", progress, tail -> tail.counters().changes());
        counter("changeover_duplicates", progress, tail -> tail.counters().duplicates());
        counter(
                "changeover_beaten_snapshot_reads",
                progress,
                tail -> tail.counters().beatenSnapshotReads());
        counter("changeover_rejected", progress, tail -> tail.counters().deadLetters());
        gauge("changeover_dead_letters", Tags.empty(), deadLetters, DeadLetterTail::count);
        gauge("changeover_mismatches", Tags.empty(), verdicts, VerdictTail::count);
        gauge("changeover_epoch", Tags.empty(), control, log -> log.state().epoch());
        for (Side side : Side.values()) {
            gauge("changeover_applied", Tags.of("side", side.word()), progress, tail -> applied(migration, tail, side));
        }
        sinks.forEach((side, sink) -> gauge(
                "changeover_sink_lag_events",
                Tags.of("side", side.word()),
                sink,
                s -> s.health().lagEvents()));
    }

    /** Shadow reads by what came of them. */
    void shadowReads(Map<String, AtomicLong> counts) {
        counts.forEach((outcome, count) -> FunctionCounter.builder("changeover_shadow_reads", count, AtomicLong::get)
                .tags(Tags.of("outcome", outcome))
                .register(registry));
    }

    /** Records deleted because their time had come. */
    void expired(AtomicLong count) {
        FunctionCounter.builder("changeover_expired", count, AtomicLong::get).register(registry);
    }

    private static double applied(Migration migration, ProgressTail progress, Side side) {
        long applied = 0;
        for (int partition = 0; partition < migration.partitions(); partition++) {
            applied += progress.of(side, partition).map(Progress::applied).orElse(0L);
        }
        return applied;
    }

    private <T> void counter(String name, T source, ToDoubleFunction<T> value) {
        FunctionCounter.builder(name, source, value).register(registry);
    }

    private <T> void gauge(String name, Tags tags, T source, ToDoubleFunction<T> value) {
        Gauge.builder(name, source, value).tags(tags).strongReference(true).register(registry);
    }

    String text() {
        return registry.scrape();
    }
}
