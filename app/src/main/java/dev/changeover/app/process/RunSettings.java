package dev.changeover.app.process;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * What a process was asked to be.
 *
 * @param definition the migration.yaml
 * @param environment for the definition's variables
 * @param dataDirectory where it keeps its files
 * @param roles what it does
 * @param bootstrapServers where Kafka is; empty to start an embedded one
 * @param clientProperties for Kafka's clients
 * @param host address to serve on
 * @param port 0 for any
 * @param authenticated whether writes and operations need the token
 */
public record RunSettings(
        Path definition,
        Environment environment,
        Path dataDirectory,
        Set<Role> roles,
        String bootstrapServers,
        Map<String, String> clientProperties,
        String host,
        int port,
        boolean authenticated) {
    public RunSettings {
        roles = Set.copyOf(roles);
        clientProperties = Map.copyOf(clientProperties);
        if (roles.isEmpty()) {
            throw new IllegalArgumentException("Invalid roles: name at least one");
        }
    }

    @Override
    public String toString() {
        return "RunSettings[" + definition + ", " + roles + "]"; // client properties may hold secrets
    }
}
