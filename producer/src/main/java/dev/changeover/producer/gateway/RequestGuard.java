package dev.changeover.producer.gateway;

import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a request must bring before anything of it is looked at. Loopback alone is no protection: a page in a browser reaches
 * it as well, under a name of its own that resolves to 127.0.0.1, or by a form that needs nobody's leave.
 */
final class RequestGuard {
    private static final Logger LOG = LoggerFactory.getLogger(RequestGuard.class);
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD");
    private static final Set<String> JSON = Set.of(
            "application/json",
            "application/merge-patch+json",
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl");
    private static final Pattern LOOPBACK_V4 = Pattern.compile("127(\\.\\d{1,3}){3}");
    private static final int MAX_WRONG_TOKENS = 20;
    private static final long WRONG_TOKEN_MILLIS = 1000;

    private final boolean loopbackOnly;
    private final byte @Nullable [] expected;
    private final InstantSource clock;
    private int wrongTokens;
    private long wrongSinceMillis;

    RequestGuard(GatewaySettings settings, InstantSource clock) {
        this.loopbackOnly = isLoopback(settings.host());
        this.expected =
                settings.token().isEmpty() ? null : ("Bearer " + settings.token()).getBytes(StandardCharsets.UTF_8);
        this.clock = clock;
    }

    /** @throws Problem if it must not pass */
    void check(Context context) {
        context.header("X-Content-Type-Options", "nosniff");
        context.header("Referrer-Policy", "no-referrer");
        context.header("Cache-Control", "no-store");
        context.header(
                "Content-Security-Policy",
                "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
        if (loopbackOnly && !isLoopback(hostName(String.valueOf(context.header("Host"))))) {
            throw Problem.forbidden("Invalid Host: this serves loopback only");
        }
        if (SAFE_METHODS.contains(context.req().getMethod())) {
            return;
        }
        checkOrigin(context);
        checkToken(context);
        checkMediaType(context);
    }

    private static void checkOrigin(Context context) {
        @Nullable String origin = context.header("Origin");
        if (origin != null && !origin.replaceFirst("^https?://", "").equals(context.header("Host"))) {
            throw Problem.forbidden("Invalid Origin: state is not changed for pages of other origins");
        }
        @Nullable String site = context.header("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw Problem.forbidden("Invalid Sec-Fetch-Site: state is not changed for pages of other origins");
        }
    }

    private void checkToken(Context context) {
        if (expected == null) {
            return;
        }
        @Nullable String authorization = context.header("Authorization");
        if (authorization == null) {
            throw Problem.unauthorized("Missing Authorization: Bearer TOKEN; the token is in endpoint.json");
        }
        if (!MessageDigest.isEqual(expected, authorization.getBytes(StandardCharsets.UTF_8))) {
            throw wrongToken(context);
        }
    }

    /** Guessing is slowed down; whoever has the right token does not notice. */
    private synchronized Problem wrongToken(Context context) {
        long now = clock.millis();
        long forgiven = Math.max(0, now - wrongSinceMillis) / WRONG_TOKEN_MILLIS;
        if (forgiven > 0) {
            wrongTokens = (int) Math.max(0, wrongTokens - forgiven);
            wrongSinceMillis = now;
        }
        if (wrongTokens >= MAX_WRONG_TOKENS) {
            return Problem.tooManyRequests("Too many wrong tokens");
        }
        wrongTokens++;
        LOG.atWarn()
                .addKeyValue("from", context.req().getRemoteAddr())
                .addKeyValue("method", context.req().getMethod())
                .log("A request had a wrong token");
        return Problem.unauthorized("Invalid token");
    }

    /** What an HTML form can send is refused: a browser asks before it sends JSON to another origin. */
    private static void checkMediaType(Context context) {
        boolean empty =
                context.req().getContentLengthLong() <= 0 && context.req().getHeader("Transfer-Encoding") == null;
        if (empty) {
            return;
        }
        @Nullable String type = context.contentType();
        String[] parts = (type == null ? "" : type).toLowerCase(Locale.ROOT).split(";", -1);
        if (!JSON.contains(parts[0].strip())) {
            throw Problem.unsupportedMediaType("Invalid Content-Type: application/json is expected");
        }
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("charset=") && !parameter.replace("\"", "").equals("charset=utf-8")) {
                throw Problem.unsupportedMediaType("Invalid Content-Type: JSON is UTF-8");
            }
        }
        @Nullable String encoding = context.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Problem.unsupportedMediaType("Invalid Content-Encoding: send the body as it is");
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

    /** Addresses and the one name: {@code 127.0.0.1.evil.example} is somebody else's. */
    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.equals("::1")
                || LOOPBACK_V4.matcher(name).matches();
    }
}
