package dev.changeover.app.process;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.model.layout.Layout;
import dev.changeover.model.layout.LinesLayout;
import dev.changeover.model.layout.TableLayout;
import java.util.List;

/** Which files a definition describes. */
public final class DescribedFiles {
    private DescribedFiles() {}

    /** Whether {@code path}, relative to the legacy root, may hold records of any entity. */
    static boolean describes(Migration migration, String path) {
        return migration.entities().stream().anyMatch(entity -> describes(entity, path));
    }

    /** Whether {@code path}, relative to the legacy root, may hold records of {@code entity}. */
    public static boolean describes(Entity entity, String path) {
        return entity.legacy().map(layout -> matches(layout, path)).orElse(false);
    }

    private static boolean matches(Layout layout, String path) {
        if (layout instanceof DocumentLayout documents) {
            return documents.path().match(path).isPresent()
                    && !documents.except().contains(path);
        }
        if (layout instanceof TableLayout table) {
            return List.of(table.file(), table.file() + "-wal", table.file() + "-shm")
                    .contains(path);
        }
        return layout instanceof LinesLayout lines && lines.kindOf(path).isPresent();
    }
}
