package dev.changeover.store.file;

import dev.changeover.store.file.disk.LegacyFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Objects;

/** On a file system that takes {@code A.json} for {@code a.json}, keeps one record from taking the place of the other. */
final class CaseTwins {
    private final LegacyFolder folder;
    private final boolean possible;

    /** Asks the file system once, by the name of a folder of ours. */
    CaseTwins(LegacyFolder folder) {
        this.folder = folder;
        this.possible = Files.exists(folder.resolve(LegacyFolder.OWN.toUpperCase(java.util.Locale.ROOT)));
    }

    /** Whether {@code path} names a file that is really called otherwise. */
    boolean hasOther(String path) {
        if (!possible) {
            return false;
        }
        Path file = folder.resolve(path);
        try {
            return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Objects.equals(
                            file.toRealPath(LinkOption.NOFOLLOW_LINKS).getFileName(), file.getFileName());
        } catch (IOException e) {
            throw folder.unreadable(path, e);
        }
    }
}
