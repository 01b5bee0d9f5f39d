package dev.changeover.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports on the loopback interface, remembered in a file so that addresses stay the same over restarts.
 *
 * <p>They are taken below the range that operating systems use for outgoing connections: a remembered port from that
 * range would now and then be found taken by somebody's connection.
 */
final class LoopbackPorts {

    static final String HOST = "127.0.0.1";

    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIES = 200;

    private final Path file;

    LoopbackPorts(Path file) {
        this.file = file;
    }

    /** The remembered ports if all of them are free, else as many fresh ones. */
    List<Integer> choose(int count) throws IOException {
        List<Integer> remembered = remembered();
        if (remembered.size() == count && remembered.stream().allMatch(LoopbackPorts::isFree)) {
            return remembered;
        }
        return fresh(count);
    }

    static List<Integer> fresh(int count) {
        List<Integer> ports = new ArrayList<>();
        for (int tries = 0; tries < TRIES && ports.size() < count; tries++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        if (ports.size() < count) {
            throw new EmbeddedStartException(
                    "Cannot find a free port between " + LOWEST + " and " + HIGHEST + " on " + HOST + ".");
        }
        return List.copyOf(ports);
    }

    void remember(List<Integer> ports) throws IOException {
        if (!ports.equals(remembered())) {
            OwnerOnly.write(
                    file, String.join(" ", ports.stream().map(String::valueOf).toList()) + "\n");
        }
    }

    private List<Integer> remembered() throws IOException {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            return Arrays.stream(Files.readString(file).strip().split("\\s+", -1))
                    .map(Integer::valueOf)
                    .toList();
        } catch (NumberFormatException e) {
            return List.of();
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName(HOST), port));
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }
}
