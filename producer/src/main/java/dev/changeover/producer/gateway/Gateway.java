package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.HttpResponseException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a process: records under {@code /v1/{migration}/{entity}}, and whatever else the process serves. It listens on
 * loopback unless asked otherwise, and there too it looks at the token, at the Host and at the Origin, because a page in
 * a browser can reach loopback as well. Every error is an RFC 9457 problem.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final List<HandlerType> METHODS = List.of(
            HandlerType.GET,
            HandlerType.HEAD,
            HandlerType.PUT,
            HandlerType.POST,
            HandlerType.PATCH,
            HandlerType.DELETE);

    private final Javalin server;
    private final StoreReads reads;
    private final String host;

    /** Further routes of the same server, under names that are no entities. */
    public interface Routes {
        /**
         * Answers the request if it is its own.
         *
         * @param segments the decoded path after {@code /v1/{migration}/}
         * @return whether it was
         */
        boolean handle(Context context, List<String> segments);

        /** Registers what is not below {@code /v1}. */
        void register(JavalinConfig config);
    }

    private Gateway(Javalin server, StoreReads reads, String host) {
        this.server = server;
        this.reads = reads;
        this.host = host;
    }

    /**
     * Starts to serve.
     *
     * @param writes null if this process does not take writes
     * @throws IllegalStateException if the address is taken
     */
    public static Gateway start(
            Migration migration,
            GatewaySettings settings,
            GatewayState state,
            @Nullable Writes writes,
            Map<Side, StoreReader> stores,
            Routes more,
            InstantSource clock) {
        return start(migration, settings, HttpLimits.DEFAULT, state, writes, stores, more, clock);
    }

    static Gateway start(
            Migration migration,
            GatewaySettings settings,
            HttpLimits limits,
            GatewayState state,
            @Nullable Writes writes,
            Map<Side, StoreReader> stores,
            Routes more,
            InstantSource clock) {
        Scheduler scheduler = new ScheduledExecutorScheduler("gateway-scheduler", true);
        QueuedThreadPool threads = new QueuedThreadPool(HttpLimits.SERVER_THREADS, 4);
        StoreReads reads = new StoreReads(stores, limits);
        @Nullable
        RecordRoutes records = writes == null
                ? null
                : RecordRoutes.of(
                        migration, settings, state, writes, new Bodies(scheduler, limits), reads, threads, clock);
        RequestGuard guard = new RequestGuard(settings, clock);
        Javalin server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.maxRequestSize = settings.maxBodyBytes();
            config.http.prefer405over404 = true;
            config.jetty.threadPool = threads;
            listen(config, settings, limits, scheduler);
            config.routes.before(guard::check);
            for (HandlerType method : METHODS) {
                config.routes.addHttpHandler(method, "/v1/*", context -> dispatch(context, migration, records, more));
            }
            more.register(config);
            problems(config);
        });
        try {
            server.start();
        } catch (RuntimeException e) {
            reads.close();
            throw new IllegalStateException(
                    "Cannot listen on %s:%d: %s. Name another with --http, or port 0 for any."
                            .formatted(settings.host(), settings.port(), e.getMessage()),
                    e);
        }
        return new Gateway(server, reads, settings.host());
    }

    private static void listen(JavalinConfig config, GatewaySettings settings, HttpLimits limits, Scheduler scheduler) {
        Connections connections = new Connections(scheduler, limits);
        config.jetty.modifyServer(server -> {
            server.insertHandler(connections.around());
            server.setErrorHandler(new ErrorPages());
            server.addBean(new NetworkConnectionLimit(limits.maxConnections(), server));
        });
        config.jetty.modifyHttpConfiguration(http -> {
            http.setUriCompliance(UriCompliance.UNSAFE); // keys may hold slashes and dots, encoded; we decode them once
            http.setRequestHeaderSize(HttpLimits.MAX_HEADER_BYTES);
        });
        config.jetty.modifyServletContextHandler(context -> {
            context.getServletHandler().setDecodeAmbiguousURIs(true);
            context.setErrorHandler(new ErrorPages());
        });
        config.jetty.addConnector((server, http) -> connector(server, http, settings, limits, scheduler, connections));
    }

    private static ServerConnector connector(
            Server server,
            HttpConfiguration http,
            GatewaySettings settings,
            HttpLimits limits,
            Scheduler scheduler,
            Connections connections) {
        ServerConnector connector =
                new ServerConnector(server, null, scheduler, null, 1, 2, new HttpConnectionFactory(http));
        connector.setHost(settings.host());
        connector.setPort(settings.port());
        connector.setIdleTimeout(limits.idleTimeout().toMillis());
        connector.setAcceptQueueSize(limits.maxConnections());
        connector.addBean(connections);
        return connector;
    }

    private static void problems(JavalinConfig config) {
        config.routes.exception(Problem.class, (problem, context) -> problem.send(context));
        config.routes.exception(HttpResponseException.class, Gateway::refusedByServer);
        config.routes.exception(
                HttpException.RuntimeException.class,
                (failure, context) -> Problem.of(failure.getCode()).send(context));
        config.routes.exception(Exception.class, Gateway::defect);
        config.router.javaLangErrorHandler((response, failure) -> {
            LOG.atError().setCause(failure).log("A request failed.");
            response.setStatus(500);
            response.setContentType(Problem.CONTENT_TYPE);
            byte[] body = Problem.of(500).json().toString().getBytes(StandardCharsets.UTF_8);
            try {
                response.getOutputStream().write(body);
            } catch (java.io.IOException e) {
                LOG.atDebug().setCause(e).log("Nobody is there to be answered");
            }
        });
    }

    private static void dispatch(Context context, Migration migration, @Nullable RecordRoutes records, Routes more) {
        RecordPath path = RecordPath.parse(context.req().getRequestURI());
        List<String> segments = path.segments();
        if (!segments.get(0).equals(migration.name())) {
            throw Problem.notFound(
                    "Invalid migration \"%s\": this process serves %s".formatted(segments.get(0), migration.name()));
        }
        if (segments.size() < 2) {
            throw Problem.notFound("There is nothing at this path");
        }
        if (more.handle(context, segments.subList(1, segments.size()))) {
            return;
        }
        if (records == null) {
            throw Problem.unavailable("This process has no gateway role");
        }
        records.handle(context, path);
    }

    /** What Javalin throws: no such path, no such method there, too large a body. */
    private static void refusedByServer(HttpResponseException failure, Context context) {
        @Nullable String allowed = failure.getDetails().get("availableMethods");
        if (allowed != null) {
            context.header("Allow", allowed);
        }
        Problem.of(failure.getStatus()).send(context);
    }

    private static void defect(Exception failure, Context context) {
        if (isGone(context)) {
            LOG.atDebug().setCause(failure).log("Nobody is there to be answered");
            return;
        }
        String id = UUID.randomUUID().toString();
        LOG.atError().setCause(failure).addKeyValue("id", id).log("A request failed.");
        Problem.defect("Internal error %s: the log says more. The outcome is unknown.".formatted(id))
                .send(context);
    }

    /** Whether the connection was closed, by the client or because we stop: Jetty has then taken the request apart. */
    private static boolean isGone(Context context) {
        try {
            return context.res().isCommitted() && context.req().getHeader("Host") == null;
        } catch (IllegalStateException | NullPointerException e) {
            return true;
        }
    }

    /** Where it serves. */
    public String url() {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return "http://" + shown + ":" + server.port();
    }

    @Override
    public void close() {
        server.stop();
        reads.close();
    }
}
