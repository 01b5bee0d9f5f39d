package dev.changeover.embedded;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** What a process listens on, as Linux tells it in {@code /proc}. */
final class Listeners {

    /** {@code host} as the kernel writes it: hexadecimal, each word in the machine's own byte order. */
    record Address(String host, int port) {

        boolean isLoopback() {
            return host.equals("0100007F") || host.equals("0000000000000000FFFF00000100007F");
        }
    }

    private static final int LOCAL_ADDRESS = 1;
    private static final int STATE = 3;
    private static final int INODE = 9;
    private static final String LISTEN = "0A";

    private Listeners() {}

    static boolean canBeSeen() {
        return Files.isReadable(Path.of("/proc/net/tcp"));
    }

    static Set<Address> of(long pid) throws IOException {
        Set<String> sockets = sockets(pid);
        Set<Address> addresses = new HashSet<>();
        for (String table : new String[] {"tcp", "tcp6"}) {
            try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(pid), "net", table))) {
                lines.skip(1)
                        .map(line -> line.strip().split("\\s+", -1))
                        .filter(columns -> columns[STATE].equals(LISTEN) && sockets.contains(columns[INODE]))
                        .map(columns -> columns[LOCAL_ADDRESS].split(":", 2))
                        .map(address -> new Address(address[0], Integer.parseInt(address[1], 16)))
                        .forEach(addresses::add);
            }
        }
        return addresses;
    }

    private static Set<String> sockets(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc", String.valueOf(pid), "fd"))) {
            for (Path file : files) {
                try {
                    String target = Files.readSymbolicLink(file).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring("socket:[".length(), target.length() - 1));
                    }
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
        }
        return inodes;
    }
}
