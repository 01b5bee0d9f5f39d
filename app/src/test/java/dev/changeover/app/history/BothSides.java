package dev.changeover.app.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What both stores hold of the clients' users, read with JDBC and Jackson and nothing of ours. */
final class BothSides {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private BothSides() {}

    /**
     * @param target a URL with login, as {@code endpoint.json} has it
     * @return by side and user the number that is its name
     */
    static Map<String, Map<String, Long>> read(Path legacy, String target) throws IOException, SQLException {
        return Map.of("legacy", files(legacy.resolve("data").resolve("users")), "target", rows(target));
    }

    private static Map<String, Long> files(Path folder) throws IOException {
        Map<String, Long> users = new TreeMap<>();
        List<Path> all;
        try (Stream<Path> listed = Files.list(folder)) {
            all = listed.filter(file -> file.toString().endsWith(".json")).toList();
        }
        for (Path file : all) {
            JsonNode user = MAPPER.readTree(file.toFile());
            put(
                    users,
                    user.path("email").asText(),
                    user.path("name").asText(),
                    file.getFileName().toString());
        }
        return users;
    }

    private static Map<String, Long> rows(String target) throws SQLException {
        URI url = URI.create(target);
        String[] login = url.getUserInfo().split(":", 2);
        Map<String, Long> users = new TreeMap<>();
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://" + url.getHost() + ":" + url.getPort() + url.getPath(),
                        login[0],
                        URLDecoder.decode(login[1], StandardCharsets.UTF_8));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id::text, email, name FROM users")) {
            while (row.next()) {
                put(users, String.valueOf(row.getString(2)), row.getString(3), row.getString(1));
            }
        }
        return users;
    }

    private static void put(Map<String, Long> users, String email, String name, String place) {
        if (!email.endsWith(Clients.DOMAIN)) {
            return; // of the sample
        }
        String key = email.substring(0, email.length() - Clients.DOMAIN.length());
        if (users.put(key, Long.parseLong(name)) != null) {
            throw new AssertionError("%s is there twice, once as %s".formatted(key, place));
        }
    }
}
