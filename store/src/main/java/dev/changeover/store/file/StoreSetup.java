package dev.changeover.store.file;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.disk.FileSystemCalls;
import dev.changeover.store.file.disk.LegacyFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * Makes a folder a store that can be told from any other: {@code .changeover/identity} has a UUID in its first line, and in the
 * others the folders that the store has. One that is missing later is a fault, and is not made again.
 */
final class StoreSetup {
    private final Migration migration;
    private final LegacyFolder folder;
    private final FileLayouts layouts;
    private final FileSystemCalls calls;

    StoreSetup(Migration migration, LegacyFolder folder, FileLayouts layouts, FileSystemCalls calls) {
        this.migration = migration;
        this.folder = folder;
        this.layouts = layouts;
        this.calls = calls;
    }

    /** @throws StoreUnavailableException if there is no store to be the legacy side */
    void makeOwnFolder(Side side) {
        if (side == Side.LEGACY) {
            new StorePresence(folder, layouts.folders()).check();
        }
        try {
            makeFolder(folder.resolve(LegacyFolder.OWN));
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private void makeFolder(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                || (path.equals(folder.root()) && Files.isDirectory(path))) {
            return;
        }
        Path parent = Objects.requireNonNull(path.getParent());
        if (path.startsWith(folder.root())) {
            makeFolder(parent);
        }
        calls.createFolder(path);
        if (path.startsWith(folder.root()) && !path.endsWith(LegacyFolder.OWN)) {
            FileChanges.giveTo(parent, path);
        }
        calls.fsyncFolder(parent);
    }

    void makeIdentityAndFolders() {
        Path identity = folder.resolve(StorePresence.IDENTITY);
        try {
            List<String> lines = Files.exists(identity, LinkOption.NOFOLLOW_LINKS)
                    ? Files.readAllLines(identity, StandardCharsets.UTF_8)
                    : List.of("%s %s".formatted(migration.name(), UUID.randomUUID()));
            if (!lines.get(0).startsWith(migration.name() + " ")) {
                throw new StoreUnavailableException("Cannot use the store at %s for %s: it belongs to \"%s\""
                        .formatted(folder.root(), migration.name(), lines.get(0)));
            }
            List<String> now = new ArrayList<>(lines);
            for (String layoutFolder : layouts.folders()) {
                if (!now.contains(layoutFolder)) {
                    makeFolder(layoutFolder.isEmpty() ? folder.root() : folder.resolve(layoutFolder));
                    now.add(layoutFolder);
                }
            }
            if (!Files.exists(identity, LinkOption.NOFOLLOW_LINKS) || !now.equals(lines)) {
                write(identity, now);
            }
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private void write(Path identity, List<String> lines) throws IOException {
        Path fresh = identity.resolveSibling("identity.new");
        calls.delete(fresh);
        try (FileSystemCalls.Output output = calls.create(fresh)) {
            output.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
            output.fsync();
        }
        calls.rename(fresh, identity);
        calls.fsyncFolder(Objects.requireNonNull(identity.getParent()));
    }

    /** The plan's old sin: folders that everybody on the machine can write to. */
    void lookForOpenDoors(Warnings warnings) {
        List<String> folders = new ArrayList<>(layouts.folders());
        folders.add("");
        for (String layoutFolder : folders) {
            Path path = folder.resolve(layoutFolder);
            try {
                if (Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_WRITE)) {
                    warnings.add("%s can be written by everybody: chmod o-w".formatted(path));
                }
            } catch (IOException | UnsupportedOperationException e) {
                warnings.add("%s: cannot see who may write to it".formatted(path));
            }
        }
    }

    private StoreUnavailableException unavailable(IOException cause) {
        return new StoreUnavailableException(
                "Cannot prepare %s: %s".formatted(folder.root(), LegacyFolder.reason(cause)), cause);
    }
}
