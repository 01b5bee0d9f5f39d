package dev.changeover.verifier.observe;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/**
 * Where a PostgreSQL database is and how to log in.
 *
 * @param sslMode libpq's {@code sslmode}; {@code prefer} if nothing else is said
 */
public record PostgresAddress(String host, int port, String database, String user, String password, String sslMode) {
    private static final int DEFAULT_PORT = 5432;

    /**
     * Reads {@code postgresql://user:password@host:port/database?sslmode=…} and
     * {@code jdbc:postgresql://host:port/database?user=…&password=…}.
     *
     * @throws IllegalArgumentException if it is neither; the message does not repeat the URL, which may hold a password
     */
    public static PostgresAddress of(String url) {
        URI uri = URI.create(url.startsWith("jdbc:") ? url.substring("jdbc:".length()) : url);
        String scheme = uri.getScheme();
        if (uri.getHost() == null
                || uri.getPath() == null
                || !("postgresql".equals(scheme) || "postgres".equals(scheme))) {
            throw new IllegalArgumentException(
                    "Invalid address of PostgreSQL: postgresql://user:password@host:port/database is expected");
        }
        Map<String, String> options = options(uri.getRawQuery() == null ? "" : uri.getRawQuery());
        String[] login = (uri.getRawUserInfo() == null ? "" : uri.getRawUserInfo()).split(":", 2);
        return new PostgresAddress(
                uri.getHost(),
                uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort(),
                decoded(uri.getRawPath().replaceFirst("^/", "")),
                options.getOrDefault("user", decoded(login[0])),
                options.getOrDefault("password", login.length < 2 ? "" : decoded(login[1])),
                options.getOrDefault("sslmode", "prefer"));
    }

    /** The same with this login. */
    public PostgresAddress as(String otherUser, String otherPassword) {
        return new PostgresAddress(host, port, database, otherUser, otherPassword, sslMode);
    }

    /** Without user and password. */
    String jdbcUrl() {
        return "jdbc:postgresql://%s:%d/%s".formatted(host, port, URLEncoder.encode(database, StandardCharsets.UTF_8));
    }

    Properties login() {
        Properties login = new Properties();
        login.setProperty("user", user);
        login.setProperty("password", password);
        login.setProperty("sslmode", sslMode);
        login.setProperty("ApplicationName", "changeover-observer");
        login.setProperty("connectTimeout", "10");
        login.setProperty("socketTimeout", "30");
        return login;
    }

    private static Map<String, String> options(String query) {
        Map<String, String> options = new HashMap<>();
        for (String option : query.split("&")) {
            int equals = option.indexOf('=');
            if (equals > 0) {
                options.put(option.substring(0, equals), decoded(option.substring(equals + 1)));
            }
        }
        return options;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "%s:%d/%s".formatted(host, port, database);
    }
}
