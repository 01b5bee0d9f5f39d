package dev.changeover.app.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.changeover.producer.gateway.EventStream;
import dev.changeover.producer.gateway.Gateway;
import dev.changeover.producer.gateway.GatewayState;
import dev.changeover.producer.gateway.Problem;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything the server of a process answers beside records. */
public final class OperationsRoutes implements Gateway.Routes {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<String, String> DASHBOARD = Map.of(
            "index.html", "text/html; charset=utf-8",
            "style.css", "text/css; charset=utf-8",
            "dashboard.js", "text/javascript; charset=utf-8");

    private final String migration;
    private final MigrationView view;
    private final GatewayState state;
    private final EventStream events;
    private final EventStream flag;
    private final Operations operations;
    private final Map<String, Starter> starters;
    private final Supplier<String> metrics;

    /** Makes the work of an operation from its options. */
    public interface Starter {
        Operations.Work work(JsonNode options);
    }

    /**
     * @param events about everything
     * @param flag about the primary only
     * @param starters the operations there are, by kind
     * @param metrics Prometheus text
     */
    public OperationsRoutes(
            String migration,
            MigrationView view,
            GatewayState state,
            EventStream events,
            EventStream flag,
            Operations operations,
            Map<String, Starter> starters,
            Supplier<String> metrics) {
        this.migration = migration;
        this.view = view;
        this.state = state;
        this.events = events;
        this.flag = flag;
        this.operations = operations;
        this.starters = Map.copyOf(starters);
        this.metrics = metrics;
    }

    @Override
    public boolean handle(Context context, List<String> segments) {
        String method = context.req().getMethod();
        boolean reads = method.equals("GET") || method.equals("HEAD");
        String first = segments.get(0);
        if (first.equals("operations")) {
            operation(context, segments, reads);
            return true;
        }
        if (!reads) {
            return false;
        }
        if (segments.size() == 1 && first.equals("events")) {
            events.handle(context);
            return true;
        }
        if (segments.size() == 1 && first.equals("primary")) {
            primary(context);
            return true;
        }
        if (segments.size() == 1) {
            @Nullable ObjectNode document = document(context, first);
            if (document != null) {
                json(context, 200, document);
                return true;
            }
            return false;
        }
        if (first.equals("dead-letters") && segments.size() == 2) {
            json(
                    context,
                    200,
                    view.deadLetter(segments.get(1))
                            .orElseThrow(() ->
                                    Problem.notFound("There is no dead letter %s; `dead-letters list` shows their ids"
                                            .formatted(segments.get(1)))));
            return true;
        }
        return false;
    }

    private @Nullable ObjectNode document(Context context, String name) {
        return switch (name) {
            case "status" -> view.status();
            case "mismatches" -> view.mismatches(context.queryParam("entity"), page(context));
            case "dead-letters" -> view.deadLetters(context.queryParam("entity"), page(context));
            case "audit" -> view.audit();
            case "certificates" -> view.certificates();
            default -> null;
        };
    }

    private static Page page(Context context) {
        return Page.of(context.queryParam("limit"), context.queryParam("after"));
    }

    /** Now, or as a stream of events: which side it is, whenever that changes. */
    private void primary(Context context) {
        @Nullable String accepted = context.req().getHeader("Accept");
        if (accepted != null && accepted.contains("text/event-stream")) {
            flag.handle(
                    context,
                    "primary",
                    () -> json(new GatewayState.Served(state.primary(), state.epoch()))
                            .toString());
        } else {
            context.future(() -> state.served().thenAccept(served -> json(context, 200, json(served))));
        }
    }

    /** As the API and the events show it. */
    public static ObjectNode json(GatewayState.Served served) {
        return MAPPER.createObjectNode().put("primary", served.primary().word()).put("epoch", served.epoch());
    }

    private void operation(Context context, List<String> segments, boolean reads) {
        if (segments.size() != 2) {
            throw Problem.notFound("Name an operation: %s".formatted(starters.keySet()));
        }
        String name = segments.get(1);
        if (reads) {
            json(
                    context,
                    200,
                    operations
                            .find(name)
                            .orElseThrow(() -> Problem.notFound(
                                    "There is no operation %s in this process; it may have ended with an earlier one"
                                            .formatted(name)))
                            .json());
            return;
        }
        @Nullable Starter starter = starters.get(name);
        if (starter == null) {
            throw Problem.notFound(
                    "Invalid operation \"%s\": %s".formatted(name, new java.util.TreeSet<>(starters.keySet())));
        }
        Operations.Operation started = operations.start(name, starter.work(options(context)));
        json(context, 202, MAPPER.createObjectNode().put("operation", started.id()));
    }

    private static JsonNode options(Context context) {
        String body = context.body();
        try {
            JsonNode options = body.isBlank() ? MAPPER.createObjectNode() : MAPPER.readTree(body);
            if (!options.isObject()) {
                throw Problem.badRequest("Invalid options: a JSON object");
            }
            return options;
        } catch (JsonProcessingException e) {
            throw Problem.badRequest("Invalid JSON: " + e.getOriginalMessage());
        }
    }

    @Override
    public void register(JavalinConfig config) {
        config.routes.get(
                "/health/live",
                context -> json(
                        context,
                        200,
                        MAPPER.createObjectNode().put("status", "up").put("migration", migration)));
        config.routes.get("/health/ready", this::ready);
        config.routes.get("/metrics", context -> {
            context.contentType("text/plain; version=0.0.4; charset=utf-8");
            context.result(metrics.get());
        });
        config.routes.get("/", context -> page(context, "index.html"));
        for (String file : DASHBOARD.keySet()) {
            config.routes.get("/dashboard/" + file, context -> page(context, file));
        }
    }

    private void ready(Context context) {
        List<String> reasons = state.unready();
        ObjectNode body = MAPPER.createObjectNode();
        body.put("ready", reasons.isEmpty());
        ArrayNode list = body.putArray("reasons");
        reasons.forEach(list::add);
        json(context, reasons.isEmpty() ? 200 : 503, body);
    }

    private static void page(Context context, String file) {
        try (@Nullable InputStream in = OperationsRoutes.class.getResourceAsStream("/dashboard/" + file)) {
            if (in == null) {
                throw new IllegalStateException("The dashboard's %s is not in the jar".formatted(file));
            }
            context.contentType(DASHBOARD.getOrDefault(file, "application/octet-stream"));
            context.result(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void json(Context context, int status, JsonNode body) {
        context.status(status);
        context.contentType("application/json; charset=utf-8");
        context.result(body.toString());
    }
}
