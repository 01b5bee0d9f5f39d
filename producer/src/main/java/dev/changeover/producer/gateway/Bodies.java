package dev.changeover.producer.gateway;

import io.javalin.http.Context;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.util.thread.Scheduler;

/** Reads bodies without holding a thread for those that trickle in, within limits of size, time and memory. */
final class Bodies {
    /** What is too large is read to its end up to here, unkept: a client that is still sending would not see the answer. */
    private static final long MAX_DRAINED_BYTES = 64L << 20;

    private final Scheduler scheduler;
    private final HttpLimits limits;
    private final AtomicLong underWay = new AtomicLong();

    Bodies(Scheduler scheduler, HttpLimits limits) {
        this.scheduler = scheduler;
        this.limits = limits;
    }

    /**
     * The whole body. The request must be in asynchronous mode, as it is inside the supplier given to {@code Context.future}.
     *
     * @return fails with {@link Problem} 400, 408, 413 or 429
     */
    CompletableFuture<byte[]> read(Context context, int maxBytes) {
        long announced = context.req().getContentLengthLong();
        boolean asksFirst = context.header("Expect") != null;
        if (announced > maxBytes && (asksFirst || announced > MAX_DRAINED_BYTES)) {
            context.header("Connection", "close");
            return CompletableFuture.failedFuture(tooLarge(maxBytes));
        }
        try {
            Reading reading = new Reading(context, context.req().getInputStream(), maxBytes);
            reading.start();
            return reading.body;
        } catch (IOException e) {
            return CompletableFuture.failedFuture(brokenOff());
        }
    }

    private static Problem tooLarge(int maxBytes) {
        return Problem.tooLarge("Invalid body: more than %d bytes".formatted(maxBytes));
    }

    private static Problem brokenOff() {
        return Problem.badRequest("The body broke off");
    }

    private final class Reading implements ReadListener {
        private final Context context;
        private final ServletInputStream in;
        private final int maxBytes;
        private final byte[] chunk = new byte[8192];
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private long total;

        Reading(Context context, ServletInputStream in, int maxBytes) {
            this.context = context;
            this.in = in;
            this.maxBytes = maxBytes;
        }

        void start() {
            Scheduler.Task end =
                    scheduler.schedule(this::late, limits.bodyTimeout().toMillis(), TimeUnit.MILLISECONDS);
            body.whenComplete((done, failure) -> {
                end.cancel();
                underWay.addAndGet(-kept.size());
            });
            in.setReadListener(this);
        }

        @Override
        public void onDataAvailable() throws IOException {
            while (!body.isDone() && in.isReady()) {
                int count = in.read(chunk);
                if (count < 0) {
                    return;
                }
                take(count);
            }
        }

        private void take(int count) {
            total += count;
            if (total > maxBytes) {
                if (total > MAX_DRAINED_BYTES) {
                    fail(tooLarge(maxBytes));
                }
                return;
            }
            if (underWay.addAndGet(count) > limits.maxBodiesBytes()) {
                underWay.addAndGet(-count);
                fail(Problem.overloaded("Too many bodies are being read; nothing was written, try again"));
                return;
            }
            kept.write(chunk, 0, count);
        }

        @Override
        public void onAllDataRead() {
            if (total > maxBytes) {
                body.completeExceptionally(tooLarge(maxBytes));
            } else {
                body.complete(kept.toByteArray());
            }
        }

        @Override
        public void onError(Throwable failure) {
            fail(brokenOff());
        }

        private void late() {
            fail(Problem.requestTimeout("The body did not come within %d s; nothing was written"
                    .formatted(limits.bodyTimeout().toSeconds())));
        }

        private void fail(Problem problem) {
            if (!body.isDone()) {
                context.header("Connection", "close");
                body.completeExceptionally(problem);
            }
        }
    }
}
