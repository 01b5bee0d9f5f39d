package dev.changeover.producer.gateway;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Closes connections on which no request comes. Jetty's own idle timeout starts anew with each byte, so that a header of one byte a
 * second keeps a connection for hours, and a few hundred of them all there are.
 */
final class Connections implements Connection.Listener {
    private final Scheduler scheduler;
    private final Duration headerTimeout;
    private final Duration idleTimeout;
    private final int maxWaiting;

    /** Connections without a request under way, the one that has waited longest first, each with its end. */
    private final Map<EndPoint, Scheduler.Task> waiting = new LinkedHashMap<>();

    /** Those of them that have never sent a whole request. Where there are too many, they go before clients that only pause. */
    private final Set<EndPoint> unproven = new LinkedHashSet<>();

    Connections(Scheduler scheduler, HttpLimits limits) {
        this.scheduler = scheduler;
        this.headerTimeout = limits.headerTimeout();
        this.idleTimeout = limits.idleTimeout();
        this.maxWaiting = limits.maxWaiting();
    }

    @Override
    public void onOpened(Connection connection) {
        synchronized (waiting) {
            unproven.add(connection.getEndPoint());
        }
        await(connection.getEndPoint(), headerTimeout);
    }

    @Override
    public void onClosed(Connection connection) {
        forget(connection.getEndPoint());
    }

    /** Learns of each request as soon as its header is complete. */
    Handler.Wrapper around() {
        return new Handler.Wrapper() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                EndPoint endPoint =
                        request.getConnectionMetaData().getConnection().getEndPoint();
                forget(endPoint);
                Request.addCompletionListener(request, failure -> await(endPoint, idleTimeout));
                return super.handle(request, response, callback);
            }
        };
    }

    private void await(EndPoint endPoint, Duration limit) {
        synchronized (waiting) {
            if (!endPoint.isOpen()) {
                return;
            }
            Scheduler.Task end = scheduler.schedule(() -> close(endPoint), limit.toMillis(), TimeUnit.MILLISECONDS);
            Scheduler.Task before = waiting.put(endPoint, end);
            if (before != null) {
                before.cancel();
            }
            if (waiting.size() <= maxWaiting) {
                return;
            }
        }
        closeLongestWaiting();
    }

    private void closeLongestWaiting() {
        EndPoint longest;
        synchronized (waiting) {
            if (waiting.size() <= maxWaiting) {
                return;
            }
            longest = (unproven.isEmpty() ? waiting.keySet() : unproven)
                    .iterator()
                    .next();
        }
        close(longest);
    }

    private void close(EndPoint endPoint) {
        forget(endPoint);
        endPoint.close();
    }

    private void forget(EndPoint endPoint) {
        Scheduler.Task end;
        synchronized (waiting) {
            end = waiting.remove(endPoint);
            unproven.remove(endPoint);
        }
        if (end != null) {
            end.cancel();
        }
    }
}
