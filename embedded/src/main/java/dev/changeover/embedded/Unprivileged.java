package dev.changeover.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * How PostgreSQL's programs are run, which refuse to work for root.
 *
 * <p>An ordinary user runs them as they are. Root runs them in a user namespace of their own, where it is nobody, yet
 * still owns its files; where namespaces are forbidden, as in many containers, another user runs them and owns the data.
 */
final class Unprivileged {

    private static final int ROOT = 0;
    private static final int NOBODY = 65534;

    private final List<String> prefix;
    private final int owner;
    private final int group;

    private Unprivileged(List<String> prefix, int owner, int group) {
        this.prefix = prefix;
        this.owner = owner;
        this.group = group;
    }

    /** Fits the owner that the data already has, if there is any. */
    static Unprivileged forData(Path data) throws IOException {
        int me = effectiveUser();
        if (me != ROOT) {
            return new Unprivileged(List.of(), me, -1);
        }
        boolean exists = Files.exists(data);
        int owner = exists ? attribute(data, "unix:uid") : ROOT;
        if (owner != ROOT) {
            return switchingTo(owner, attribute(data, "unix:gid"));
        }
        if (Commands.succeeds("unshare", "-U", "/bin/sh", "-c", "test \"$(id -u)\" != 0")) {
            return new Unprivileged(List.of("unshare", "-U"), ROOT, ROOT);
        }
        if (exists) {
            throw new EmbeddedStartException(
                    "Cannot start PostgreSQL: its data in " + data + " belongs to root, and root may"
                            + " not create user namespaces here. Give the directory to an ordinary user and start as that user.");
        }
        return switchingTo(NOBODY, NOBODY);
    }

    private static Unprivileged switchingTo(int user, int group) {
        List<String> prefix = List.of("setpriv", "--reuid=" + user, "--regid=" + group, "--clear-groups");
        if (!Commands.succeeds(Commands.join(prefix, "/bin/sh", "-c", "true").toArray(String[]::new))) {
            throw new EmbeddedStartException(
                    "Cannot start PostgreSQL as root: neither unshare nor setpriv works here. Start"
                            + " as an ordinary user, or give the URL of a database.");
        }
        return new Unprivileged(prefix, user, group);
    }

    /** The command as that user runs it. The process that is started becomes the program itself, with the same id. */
    List<String> command(Path program, String... arguments) {
        return Commands.join(Commands.join(prefix, program.toString()), arguments);
    }

    /** Hands a file or directory, with everything in it, to that user. */
    void own(Path path) throws IOException {
        if (prefix.isEmpty() || owner == ROOT) {
            return;
        }
        try (Stream<Path> tree = Files.walk(path)) {
            for (Path each : (Iterable<Path>) tree::iterator) {
                Files.setAttribute(each, "unix:uid", owner, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(each, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
            }
        }
    }

    /** True if the programs are run by another user than the one who runs this process. */
    boolean isAnotherUser() {
        return !prefix.isEmpty() && owner != ROOT;
    }

    private static int effectiveUser() throws IOException {
        return Integer.parseInt(
                Commands.run(List.of("id", "-u"), Path.of("/")).output().strip());
    }

    private static int attribute(Path path, String name) throws IOException {
        return (Integer) Files.getAttribute(path, name);
    }
}
