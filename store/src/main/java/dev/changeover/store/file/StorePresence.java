package dev.changeover.store.file;

import dev.changeover.store.StoreUnavailableException;
import dev.changeover.store.file.disk.LegacyFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether the store is still where it was. A folder that is not mounted is an empty one, and every record in it would seem to
 * have been deleted: so a store that was written to has a file that says which one it is, and one that never was must have at
 * least one of the folders that it should have.
 */
final class StorePresence {
    static final String IDENTITY = LegacyFolder.OWN + "/identity";

    private final LegacyFolder folder;
    private final List<String> folders;
    private volatile String known = "";

    StorePresence(LegacyFolder folder, List<String> folders) {
        this.folder = folder;
        this.folders = folders;
    }

    /** @throws StoreUnavailableException if this is not, or not any more, the store */
    void check() {
        String identity = identity(folder.resolve(IDENTITY));
        if (!known.isEmpty() && !known.equals(identity)) {
            throw new StoreUnavailableException(
                    "Cannot find the store that was at %s: %s is %s. Is everything mounted where it was?"
                            .formatted(folder.root(), IDENTITY, identity.isEmpty() ? "not there" : "another store's"));
        }
        if (identity.isEmpty() && folders.stream().noneMatch(folder::isFolder)) {
            throw new StoreUnavailableException(
                    "Cannot find a store at %s: it has none of the folders %s. Is it mounted?"
                            .formatted(folder.root(), String.join(", ", folders)));
        }
        known = identity;
    }

    private static String identity(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8)
                    .lines()
                    .findFirst()
                    .orElse("");
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw new StoreUnavailableException("Cannot read %s: %s".formatted(file, LegacyFolder.reason(e)), e);
        }
    }
}
