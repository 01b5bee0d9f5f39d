package dev.changeover.producer.gateway;

import java.time.Duration;

/**
 * How a gateway serves.
 *
 * @param host address to listen on; loopback unless asked otherwise
 * @param port 0 for any free one
 * @param token what writes and operations must bring as {@code Authorization: Bearer}; empty for none
 * @param maxBodyBytes the largest body of a single write
 * @param maxBatchBytes the largest body of a batch
 * @param defaultTimeout how long a write waits to be applied, if it does not say
 * @param maxTimeout the longest it may ask for
 */
public record GatewaySettings(
        String host,
        int port,
        String token,
        int maxBodyBytes,
        int maxBatchBytes,
        Duration defaultTimeout,
        Duration maxTimeout) {
    public GatewaySettings {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("Invalid port %d: 0 to 65535".formatted(port));
        }
    }

    public static GatewaySettings on(String host, int port, String token) {
        return new GatewaySettings(host, port, token, 1 << 20, 16 << 20, Duration.ofSeconds(5), Duration.ofSeconds(60));
    }

    @Override
    public String toString() {
        return "GatewaySettings[" + host + ":" + port + "]"; // the token is a secret
    }
}
