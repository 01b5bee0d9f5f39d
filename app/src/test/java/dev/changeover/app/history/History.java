package dev.changeover.app.history;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What was asked and what was told, in memory and line by line in a file: an invocation is written before anything is sent, so an
 * operation without a completion is one of unknown outcome. Safe for use by several threads.
 */
final class History implements AutoCloseable {
    private final BufferedWriter file;
    private final AtomicLong ids = new AtomicLong();
    private final Map<Long, Op> open = new ConcurrentHashMap<>();
    private final List<Op> done = new ArrayList<>();

    History(Path path) throws IOException {
        Files.createDirectories(path.toAbsolutePath().getParent());
        this.file = Files.newBufferedWriter(path);
    }

    /** @return what {@link #complete} is told */
    long invoke(Op.Kind kind, String key, long value) {
        long id = ids.incrementAndGet();
        Op op = new Op(kind, key, value, System.nanoTime(), Op.NEVER, Op.Outcome.UNKNOWN, "");
        open.put(id, op);
        line("{\"id\":%d,\"invoke\":\"%s\",\"key\":\"%s\",\"value\":%d,\"at\":%d}"
                .formatted(id, kind, key, value, op.invoked()));
        return id;
    }

    /** @param value what was read; for a write what it wrote */
    Op complete(long id, Op.Outcome outcome, long value, String detail) {
        long now = System.nanoTime();
        Op begun = java.util.Objects.requireNonNull(open.remove(id));
        Op op = new Op(
                begun.kind(),
                begun.key(),
                value,
                begun.invoked(),
                outcome == Op.Outcome.UNKNOWN ? Op.NEVER : now,
                outcome,
                detail);
        synchronized (this) {
            done.add(op);
        }
        line("{\"id\":%d,\"complete\":\"%s\",\"value\":%d,\"at\":%d,\"detail\":\"%s\"}"
                .formatted(id, outcome, value, now, detail.replace("\\", "\\\\").replace("\"", "'")));
        return op;
    }

    /** Everything so far; what is not completed is unknown. */
    synchronized List<Op> ops() {
        List<Op> all = new ArrayList<>(done);
        Collection<Op> pending = open.values();
        all.addAll(pending);
        return all;
    }

    private void line(String json) {
        synchronized (file) {
            try {
                file.write(json);
                file.newLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (file) {
            file.close();
        }
    }
}
