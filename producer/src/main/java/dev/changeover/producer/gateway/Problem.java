package dev.changeover.producer.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An error answer: RFC 9457 {@code application/problem+json}. */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final String CONTENT_TYPE = "application/problem+json; charset=utf-8";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final int status;
    private final String title;
    private final transient List<FieldFault> errors;
    private final int retryAfterSeconds;
    private final transient Map<String, JsonNode> more;

    /** One field and what is wrong with it. */
    public record FieldFault(String field, String message) {}

    private Problem(int status, String title, String detail, List<FieldFault> errors, int retryAfterSeconds) {
        this(status, title, detail, errors, retryAfterSeconds, Map.of());
    }

    private Problem(
            int status,
            String title,
            String detail,
            List<FieldFault> errors,
            int retryAfterSeconds,
            Map<String, JsonNode> more) {
        super(detail, null, false, false);
        this.status = status;
        this.title = title;
        this.errors = List.copyOf(errors);
        this.retryAfterSeconds = retryAfterSeconds;
        this.more = Map.copyOf(more);
    }

    /** Malformed; nothing was written. */
    public static Problem badRequest(String detail) {
        return new Problem(400, "Invalid request", detail, List.of(), 0);
    }

    /** Against the entity's definition: nothing was written. */
    public static Problem invalid(String detail, List<FieldFault> errors) {
        return new Problem(400, "Invalid record", detail, errors, 0);
    }

    public static Problem unauthorized(String detail) {
        return new Problem(401, "Token needed", detail, List.of(), 0);
    }

    public static Problem forbidden(String detail) {
        return new Problem(403, "Forbidden", detail, List.of(), 0);
    }

    public static Problem notFound(String detail) {
        return new Problem(404, "Not found", detail, List.of(), 0);
    }

    public static Problem methodNotAllowed(String detail) {
        return new Problem(405, "Method not allowed", detail, List.of(), 0);
    }

    public static Problem conflict(String detail) {
        return new Problem(409, "Conflict", detail, List.of(), 0);
    }

    /** @param name of a further member of the answer, RFC 9457 section 3.2 */
    public static Problem conflict(String detail, String name, JsonNode member) {
        return new Problem(409, "Conflict", detail, List.of(), 0, Map.of(name, member));
    }

    public static Problem tooLarge(String detail) {
        return new Problem(413, "Too large", detail, List.of(), 0);
    }

    public static Problem unsupportedMediaType(String detail) {
        return new Problem(415, "Unsupported media type", detail, List.of(), 0);
    }

    /** Well-formed but refused. */
    public static Problem refused(String detail) {
        return new Problem(422, "Refused", detail, List.of(), 0);
    }

    public static Problem overloaded(String detail) {
        return new Problem(429, "Overloaded", detail, List.of(), 1);
    }

    /** Definitely nothing was written. */
    public static Problem unavailable(String detail) {
        return new Problem(503, "Unavailable", detail, List.of(), 2);
    }

    /** It may have been written or not. */
    public static Problem unknown(String detail) {
        return new Problem(504, "Outcome unknown", detail, List.of(), 0);
    }

    public static Problem defect(String detail) {
        return new Problem(500, "Internal error", detail, List.of(), 0);
    }

    /** What came in did not come in in time; nothing was written. */
    static Problem requestTimeout(String detail) {
        return new Problem(408, "Request timeout", detail, List.of(), 0);
    }

    static Problem tooManyRequests(String detail) {
        return new Problem(429, "Too many requests", detail, List.of(), 1);
    }

    /** For a status that the server itself decided on. */
    static Problem of(int status) {
        String title = switch (status) {
            case 400 -> "Invalid request";
            case 404 -> "Not found";
            case 405 -> "Method not allowed";
            case 408 -> "Request timeout";
            case 413 -> "Too large";
            case 414 -> "Path too long";
            case 415 -> "Unsupported media type";
            case 431 -> "Header too large";
            case 503 -> "Unavailable";
            default -> status < 500 ? "Invalid request" : "Internal error";
        };
        String detail = status < 500 ? "This is not a request that can be answered" : "The server failed";
        return new Problem(status, title, detail, List.of(), 0);
    }

    public int status() {
        return status;
    }

    public List<FieldFault> errors() {
        return errors;
    }

    /** As the line of a batch's result. */
    public ObjectNode json() {
        ObjectNode body = MAPPER.createObjectNode();
        body.put("type", "about:blank");
        body.put("title", title);
        body.put("status", status);
        body.put("detail", detail());
        ArrayNode list = body.putArray("errors");
        for (FieldFault error : errors) {
            list.addObject().put("field", error.field()).put("message", error.message());
        }
        more.forEach(body::set);
        return body;
    }

    private String detail() {
        @Nullable String message = getMessage();
        return message == null ? title : message;
    }

    /** Sends it as the answer. */
    public void send(Context context) {
        if (retryAfterSeconds > 0) {
            context.header("Retry-After", Integer.toString(retryAfterSeconds));
        }
        if (status == 401) {
            context.header("WWW-Authenticate", "Bearer");
        }
        context.status(status);
        context.contentType(CONTENT_TYPE);
        context.result(json().toString());
    }
}
