package dev.changeover.producer.gateway;

import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Server-sent events (the HTML standard's {@code text/event-stream}) to whoever listens. Nobody waits for a listener: each has a queue of
 * its own, and one whose queue is full is cut off; it comes again by itself and asks for the state it has missed. Safe for use by
 * several threads.
 */
public final class EventStream implements AutoCloseable {
    private static final int MAX_LISTENERS = 100;
    private static final int MAX_QUEUED_BYTES = 1 << 20;
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    /** What the browser waits before it comes again. */
    private static final String GREETING = "retry: 2000\n\n";

    private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService heart;

    /** A stream that sends a comment every 10 s, so that neither end takes silence for a broken connection. */
    public EventStream() {
        this(HEARTBEAT);
    }

    EventStream(Duration heartbeat) {
        this.heart = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "event-stream-heartbeat");
            thread.setDaemon(true);
            return thread;
        });
        heart.scheduleAtFixedRate(
                () -> send(": still here\n\n"), heartbeat.toMillis(), heartbeat.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Sends an event to all who listen now. Returns at once.
     *
     * @param event its name, of letters, digits and {@code -}
     * @param json its data
     */
    public void publish(String event, String json) {
        if (!listeners.isEmpty()) {
            send(text(event, json));
        }
    }

    /**
     * Makes the request's sender a listener; the request is answered for as long as the connection lasts.
     *
     * @throws Problem 503 if there are too many
     */
    public void handle(Context context) {
        handle(context, () -> "");
    }

    /** As {@link #handle(Context)}, and the first event is what {@code json} then says. */
    public void handle(Context context, String event, Supplier<String> json) {
        handle(context, () -> text(event, json.get()));
    }

    private void handle(Context context, Supplier<String> first) {
        if (context.req().getMethod().equals("HEAD")) {
            context.contentType("text/event-stream; charset=utf-8");
            return;
        }
        if (listeners.size() >= MAX_LISTENERS) {
            throw Problem.unavailable("There are %d listeners already".formatted(MAX_LISTENERS));
        }
        context.status(200).contentType("text/event-stream; charset=utf-8");
        context.header("X-Accel-Buffering", "no");
        context.future(() -> listen(context, first));
    }

    /** How many listen. */
    public int listeners() {
        return listeners.size();
    }

    private CompletableFuture<Void> listen(Context context, Supplier<String> first) {
        // It lasts longer than any request may; its end is the connection's.
        context.req().getAsyncContext().setTimeout(0);
        try {
            Listener listener = new Listener(context.res().getOutputStream());
            listener.offer(GREETING.getBytes(StandardCharsets.UTF_8));
            listeners.add(listener);
            // Only now: a change in between comes twice rather than not at all.
            listener.offer(first.get().getBytes(StandardCharsets.UTF_8));
            listener.out.setWriteListener(listener);
            return listener.gone;
        } catch (IOException e) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private void send(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (Listener listener : listeners) {
            if (listener.offer(bytes)) {
                listener.write();
            } else {
                listener.end();
            }
        }
    }

    private static String text(String event, String json) {
        StringBuilder text = new StringBuilder("event: ")
                .append(event.replaceAll("[^A-Za-z0-9_-]", ""))
                .append('\n');
        json.lines().forEach(line -> text.append("data: ").append(line).append('\n'));
        return text.append('\n').toString();
    }

    @Override
    public void close() {
        heart.shutdownNow();
        listeners.forEach(Listener::end);
    }

    private final class Listener implements WriteListener {
        private final ServletOutputStream out;
        private final Queue<byte[]> queue = new ArrayDeque<>();
        private final CompletableFuture<Void> gone = new CompletableFuture<>();
        private int queuedBytes;
        /** Jetty has said that it may be written, and not yet that it may not. */
        private boolean possible;

        private boolean flushed = true;

        Listener(ServletOutputStream out) {
            this.out = out;
        }

        synchronized boolean offer(byte[] bytes) {
            if (queuedBytes + bytes.length > MAX_QUEUED_BYTES) {
                return false;
            }
            queuedBytes += bytes.length;
            queue.add(bytes);
            return true;
        }

        @Override
        public void onWritePossible() {
            synchronized (this) {
                possible = true;
            }
            write();
        }

        /** Writes for as long as that waits for nobody. After {@code isReady} was false Jetty calls {@link #onWritePossible}. */
        synchronized void write() {
            try {
                while (possible && !gone.isDone()) {
                    if (!out.isReady()) {
                        possible = false;
                        return;
                    }
                    byte[] next = queue.poll();
                    if (next != null) {
                        queuedBytes -= next.length;
                        flushed = false;
                        out.write(next);
                    } else if (!flushed) {
                        flushed = true;
                        out.flush();
                    } else {
                        return;
                    }
                }
            } catch (IOException | IllegalStateException e) {
                end();
            }
        }

        @Override
        public void onError(Throwable failure) {
            end();
        }

        void end() {
            listeners.remove(this);
            gone.complete(null);
        }
    }
}
