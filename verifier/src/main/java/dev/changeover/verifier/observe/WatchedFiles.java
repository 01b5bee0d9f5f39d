package dev.changeover.verifier.observe;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.store.file.LineMark;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Files of the application's that are watched.
 *
 * @param root the folder that all their paths begin at
 * @param lines how files of lines are read on
 */
public record WatchedFiles(Path root, Lines lines) {
    /** As {@link dev.changeover.store.file.FileReader#behind} does. */
    public interface Lines {
        @Nullable
        LineMark behind(Entity entity, String path, LineMark from, Consumer<RecordKey> keys);
    }
}
