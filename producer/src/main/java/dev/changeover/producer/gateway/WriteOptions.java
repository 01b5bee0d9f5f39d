package dev.changeover.producer.gateway;

import dev.changeover.model.event.ChangeEvent;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a write is to be done.
 *
 * @param idempotencyKey empty for none
 * @param traceparent of the caller's trace; empty for none
 */
record WriteOptions(String idempotencyKey, String traceparent, Writes.Wait until, Duration timeout) {
    static final int MAX_IDEMPOTENCY_KEY = 255;
    /** <a href="https://www.w3.org/TR/trace-context/#traceparent-header">W3C Trace Context</a>. */
    private static final Pattern TRACEPARENT =
            Pattern.compile("(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    /** @throws Problem 400 if the query or the header holds what cannot be */
    static WriteOptions of(Context context, GatewaySettings settings) {
        Query query = Query.parse(context.req().getQueryString());
        List<String> keys = Collections.list(context.req().getHeaders("Idempotency-Key"));
        if (keys.size() > 1) {
            throw Problem.badRequest("Invalid Idempotency-Key: there are %d of them".formatted(keys.size()));
        }
        return new WriteOptions(
                keys.isEmpty() ? "" : checked(keys.get(0)),
                traceparent(context),
                query.until(),
                query.timeout(settings.defaultTimeout(), settings.maxTimeout()));
    }

    /** One that is not valid is as good as none: a trace must not make a write fail. */
    private static String traceparent(Context context) {
        List<String> headers = Collections.list(context.req().getHeaders("traceparent"));
        return headers.size() == 1 && TRACEPARENT.matcher(headers.get(0)).matches() ? headers.get(0) : "";
    }

    static String checked(String idempotencyKey) {
        if (idempotencyKey.isEmpty() || idempotencyKey.length() > MAX_IDEMPOTENCY_KEY) {
            throw Problem.badRequest("Invalid Idempotency-Key: 1 to %d characters".formatted(MAX_IDEMPOTENCY_KEY));
        }
        return idempotencyKey;
    }

    Writes.Request request(ChangeEvent event, boolean createOnly) {
        return new Writes.Request(event, createOnly, idempotencyKey, traceparent, until, timeout);
    }

    /** For one line of a batch: each write has a key of its own, which no caller can have sent for another write. */
    WriteOptions ofLine(int number) {
        // No header can hold a control character.
        return idempotencyKey.isEmpty() ? this : with(idempotencyKey + "\u001f" + number);
    }

    WriteOptions with(String otherKey) {
        return new WriteOptions(otherKey, traceparent, until, timeout);
    }
}
