package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreReader;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a process: records under {@code /v1/{migration}/{entity}}, and whatever else the process serves. It listens on
 * loopback unless asked otherwise, and there too it looks at the token, at the Host and at the Origin, because a page in
 * a browser can reach loopback as well.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final int MAX_THREADS = 64;
    private static final int IDLE_TIMEOUT_MILLIS = 65_000;
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");

    private final Javalin server;
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

    private Gateway(Javalin server, String host) {
        this.server = server;
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
        @Nullable
        RecordRoutes records =
                writes == null ? null : new RecordRoutes(migration, settings, state, writes, stores, clock);
        Javalin server = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.startup.showOldJavalinVersionWarning = false;
            config.startup.startupWatcherEnabled = false;
            config.http.maxRequestSize = settings.maxBatchBytes() + 1L;
            config.http.asyncTimeout = settings.maxTimeout().toMillis() + 30_000;
            config.jetty.threadPool = new QueuedThreadPool(MAX_THREADS, 4);
            config.jetty.modifyHttpConfiguration(http -> {
                http.setUriCompliance(
                        UriCompliance.UNSAFE); // keys may hold slashes and dots, encoded; we decode them once
                http.setSendServerVersion(false);
                http.setIdleTimeout(IDLE_TIMEOUT_MILLIS);
            });
            config.jetty.modifyServletContextHandler(
                    context -> context.getServletHandler().setDecodeAmbiguousURIs(true));
            config.routes.before(context -> guard(context, settings));
            config.routes.get("/v1/*", context -> dispatch(context, migration, records, more));
            config.routes.put("/v1/*", context -> dispatch(context, migration, records, more));
            config.routes.post("/v1/*", context -> dispatch(context, migration, records, more));
            config.routes.patch("/v1/*", context -> dispatch(context, migration, records, more));
            config.routes.delete("/v1/*", context -> dispatch(context, migration, records, more));
            more.register(config);
            config.routes.exception(Problem.class, (problem, context) -> problem.send(context));
            config.routes.exception(Exception.class, Gateway::defect);
            config.routes.error(404, context -> {
                if (context.result() == null
                        || !String.valueOf(context.res().getContentType()).contains("json")) {
                    Problem.notFound("There is nothing at this path").send(context);
                }
            });
        });
        try {
            server.start(settings.host(), settings.port());
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "Cannot listen on %s:%d: %s. Name another with --http, or port 0 for any."
                            .formatted(settings.host(), settings.port(), e.getMessage()),
                    e);
        }
        return new Gateway(server, settings.host());
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
        route(context, path, records);
    }

    private static void route(Context context, RecordPath path, RecordRoutes records) {
        boolean whole = path.segments().size() == 2;
        String method = context.req().getMethod();
        if (whole && path.segments().get(1).equals("batch") && method.equals("POST")) {
            records.batch(context);
            return;
        }
        switch (method) {
            case "GET" -> {
                if (whole) {
                    records.list(context, path);
                } else {
                    records.get(context, path);
                }
            }
            case "POST" -> {
                if (!whole) {
                    throw Problem.methodNotAllowed("POST creates in the entity's own path; use PUT for a key");
                }
                records.post(context, path);
            }
            case "PUT" -> records.put(context, path);
            case "PATCH" -> records.patch(context, path);
            case "DELETE" -> records.delete(context, path);
            default -> throw Problem.methodNotAllowed("Invalid method " + method);
        }
    }

    private static void guard(Context context, GatewaySettings settings) {
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cache-Control", "no-store");
        context.header(
                "Content-Security-Policy",
                "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
        if (isLoopback(settings.host()) && !isLoopback(hostName(String.valueOf(context.header("Host"))))) {
            throw Problem.forbidden("Invalid Host: this serves loopback only");
        }
        if (SAFE_METHODS.contains(context.req().getMethod())) {
            return;
        }
        @Nullable String origin = context.header("Origin");
        if (origin != null && !origin.replaceFirst("^https?://", "").equals(context.header("Host"))) {
            throw Problem.forbidden("Invalid Origin: state is not changed for pages of other origins");
        }
        if (settings.token().isEmpty()) {
            return;
        }
        @Nullable String authorization = context.header("Authorization");
        if (authorization == null) {
            throw Problem.unauthorized("Missing Authorization: Bearer TOKEN; the token is in endpoint.json");
        }
        byte[] expected = ("Bearer " + settings.token()).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(expected, authorization.getBytes(StandardCharsets.UTF_8))) {
            throw Problem.unauthorized("Invalid token");
        }
    }

    private static String hostName(String host) {
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            return end < 0 ? host : host.substring(1, end);
        }
        int colon = host.lastIndexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }

    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.equals("::1") || name.startsWith("127.");
    }

    private static void defect(Exception failure, Context context) {
        String id = UUID.randomUUID().toString();
        LOG.atError().setCause(failure).addKeyValue("id", id).log("A request failed.");
        Problem.defect("Internal error %s: the log says more. The outcome is unknown.".formatted(id))
                .send(context);
    }

    /** Where it serves. */
    public String url() {
        String shown = host.contains(":") ? "[" + host + "]" : host;
        return "http://" + shown + ":" + server.port();
    }

    @Override
    public void close() {
        server.stop();
    }
}
