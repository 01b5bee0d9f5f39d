package dev.changeover.producer.gateway;

import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Sends a large answer as fast as its reader takes it, without holding a thread for one that does not. */
final class SlowReader implements WriteListener {
    private static final int CHUNK = 32 << 10;

    private final ServletOutputStream out;
    private final byte[] body;
    private final CompletableFuture<Void> sent = new CompletableFuture<>();
    private int next;

    private SlowReader(ServletOutputStream out, byte[] body) {
        this.out = out;
        this.body = body;
    }

    /** Status and headers but for the length are the caller's. Completes also when the reader has gone. */
    static CompletableFuture<Void> send(Context context, byte[] body) {
        if (body.length <= CHUNK) {
            context.result(body); // fits into the socket's buffer: nobody waits
            return CompletableFuture.completedFuture(null);
        }
        try {
            context.res().setContentLength(body.length);
            SlowReader reader = new SlowReader(context.res().getOutputStream(), body);
            reader.out.setWriteListener(reader);
            return reader.sent;
        } catch (IOException e) {
            return CompletableFuture.completedFuture(null);
        }
    }

    @Override
    public void onWritePossible() throws IOException {
        while (out.isReady()) {
            if (next == body.length) {
                sent.complete(null);
                return;
            }
            int count = Math.min(CHUNK, body.length - next);
            out.write(body, next, count);
            next += count;
        }
    }

    @Override
    public void onError(Throwable failure) {
        sent.complete(null);
    }
}
