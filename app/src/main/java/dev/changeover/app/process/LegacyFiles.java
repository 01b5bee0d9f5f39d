package dev.changeover.app.process;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.Store;
import dev.changeover.store.StoreReader;
import dev.changeover.store.file.FileReader;
import dev.changeover.store.file.FileStore;

/** The legacy side of a migration. */
final class LegacyFiles {
    private LegacyFiles() {}

    static StoreReader reader(Migration migration) {
        return FileReader.open(migration, migration.stores().legacyRoot(), Side.LEGACY);
    }

    static Store writer(Migration migration) {
        return FileStore.open(migration, migration.stores().legacyRoot(), Side.LEGACY);
    }
}
