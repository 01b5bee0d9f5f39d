package dev.changeover.app.http;

import dev.changeover.producer.gateway.EventStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the status to whoever listens to the events, once a second, and computes nothing while nobody does. */
public final class StatusTicker implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StatusTicker.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final ScheduledExecutorService timer;

    public StatusTicker(MigrationView view, EventStream events) {
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "status-ticker");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(
                () -> tick(view, events), INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void tick(MigrationView view, EventStream events) {
        if (events.listeners() == 0) {
            return;
        }
        try {
            events.publish("status", view.status().toString());
            events.publish("mismatches", view.mismatches(null, Page.FIRST).toString());
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).log("Cannot tell the status just now");
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
