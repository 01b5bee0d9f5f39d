package dev.changeover.store.postgresql;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a PostgreSQL database is, and how long it may take.
 *
 * @param jdbcUrl without user and password
 * @param user empty for the driver's default
 * @param password empty for none; never printed
 * @param readers most connections for reading, 1 to 50
 * @param idleTimeout after which an unused connection is closed
 * @param connectTimeout for a connection to be there
 * @param statementTimeout for one statement, of reading too
 * @param lockTimeout for a lock that another session holds
 */
public record PostgresSettings(
        String jdbcUrl,
        String user,
        String password,
        int readers,
        Duration idleTimeout,
        Duration connectTimeout,
        Duration statementTimeout,
        Duration lockTimeout) {
    private static final String JDBC = "jdbc:";
    /**
     * The driver's properties that a URL may set, by the names that it may use. Others can load classes and write files
     * (CVE-2022-21724).
     */
    private static final Map<String, String> ALLOWED = Map.ofEntries(
            Map.entry("sslmode", "sslmode"),
            Map.entry("sslrootcert", "sslrootcert"),
            Map.entry("sslcert", "sslcert"),
            Map.entry("sslkey", "sslkey"),
            Map.entry("connectTimeout", "connectTimeout"),
            Map.entry("connect_timeout", "connectTimeout"),
            Map.entry("socketTimeout", "socketTimeout"),
            Map.entry("tcpKeepAlive", "tcpKeepAlive"),
            Map.entry("targetServerType", "targetServerType"),
            Map.entry("ApplicationName", "ApplicationName"),
            Map.entry("application_name", "ApplicationName"),
            Map.entry("currentSchema", "currentSchema"));

    public PostgresSettings {
        if (!jdbcUrl.startsWith("jdbc:postgresql://")) {
            throw new IllegalArgumentException("Invalid URL of PostgreSQL: it must begin with jdbc:postgresql://");
        }
        if (readers < 1 || readers > 50) {
            throw new IllegalArgumentException("Invalid number of readers %d: 1 to 50".formatted(readers));
        }
        for (Duration timeout : new Duration[] {idleTimeout, connectTimeout, statementTimeout, lockTimeout}) {
            if (timeout.isNegative() || timeout.toMillis() < 250 || timeout.toHours() > 24) {
                throw new IllegalArgumentException("Invalid time-out %s: 250 ms to 24 h".formatted(timeout));
            }
        }
    }

    public PostgresSettings(String jdbcUrl, String user, String password) {
        this(
                jdbcUrl,
                user,
                password,
                8,
                Duration.ofMinutes(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                Duration.ofSeconds(10));
    }

    /**
     * The database that a URL names: {@code postgresql://user:password@host:port/database?sslmode=…}, or the driver's own
     * form {@code jdbc:postgresql://host/database?user=…&password=…}.
     *
     * @throws IllegalArgumentException if it is none, or sets a property that is not allowed; no message shows the password
     */
    public static PostgresSettings ofUrl(String url) {
        String text = url.startsWith(JDBC) ? url.substring(JDBC.length()) : url;
        int scheme = text.indexOf("://");
        if (scheme < 0 || !(text.startsWith("postgresql:") || text.startsWith("postgres:"))) {
            throw new IllegalArgumentException(
                    "Invalid URL of PostgreSQL: postgresql://user:password@host:port/database is expected");
        }
        String rest = text.substring(scheme + 3);
        int question = rest.indexOf('?');
        String place = question < 0 ? rest : rest.substring(0, question);
        Map<String, String> properties = properties(question < 0 ? "" : rest.substring(question + 1));
        String user = remove(properties, "user");
        String password = remove(properties, "password");
        int at = place.lastIndexOf('@');
        if (at >= 0) {
            String credentials = place.substring(0, at);
            int colon = credentials.indexOf(':');
            user = decode(colon < 0 ? credentials : credentials.substring(0, colon));
            password = colon < 0 ? password : decode(credentials.substring(colon + 1));
        }
        String hostAndDatabase = place.substring(at + 1);
        if (hostAndDatabase.indexOf('/') < 1 || hostAndDatabase.endsWith("/")) {
            throw new IllegalArgumentException(
                    "Invalid URL of PostgreSQL: host and database are expected, host/database");
        }
        StringBuilder jdbcUrl = new StringBuilder("jdbc:postgresql://").append(hostAndDatabase);
        char separator = '?';
        for (Map.Entry<String, String> property : properties.entrySet()) {
            jdbcUrl.append(separator)
                    .append(property.getKey())
                    .append('=')
                    .append(java.net.URLEncoder.encode(property.getValue(), StandardCharsets.UTF_8));
            separator = '&';
        }
        return new PostgresSettings(jdbcUrl.toString(), user, password);
    }

    /** The same server and time-outs, another database. */
    public PostgresSettings withDatabase(String name) {
        int question = jdbcUrl.indexOf('?');
        String place = question < 0 ? jdbcUrl : jdbcUrl.substring(0, question);
        String query = question < 0 ? "" : jdbcUrl.substring(question);
        return new PostgresSettings(
                place.substring(0, place.lastIndexOf('/') + 1) + name + query,
                user,
                password,
                readers,
                idleTimeout,
                connectTimeout,
                statementTimeout,
                lockTimeout);
    }

    /** The same database with at most so many connections for reading, each closed when it was not used for so long. */
    public PostgresSettings withPool(int mostReaders, Duration unused) {
        return new PostgresSettings(
                jdbcUrl, user, password, mostReaders, unused, connectTimeout, statementTimeout, lockTimeout);
    }

    private static Map<String, String> properties(String query) {
        Map<String, String> properties = new TreeMap<>();
        if (query.isEmpty()) {
            return properties;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String allowed = name.equals("user") || name.equals("password") ? name : ALLOWED.get(name);
            if (allowed == null || equals < 0) {
                throw new IllegalArgumentException(
                        "Invalid property \"%s\" in the URL of PostgreSQL: only %s are allowed"
                                .formatted(
                                        name.replaceAll("[^A-Za-z0-9_.]", "?"),
                                        String.join(
                                                ", ",
                                                ALLOWED.values().stream()
                                                        .distinct()
                                                        .sorted()
                                                        .toList())));
            }
            properties.put(allowed, decode(pair.substring(equals + 1)));
        }
        return properties;
    }

    private static String remove(Map<String, String> properties, String name) {
        String value = properties.remove(name);
        return value == null ? "" : value;
    }

    private static String decode(String text) {
        // In a URL's credentials a plus is a plus.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "PostgresSettings[" + jdbcUrl + "]";
    }
}
