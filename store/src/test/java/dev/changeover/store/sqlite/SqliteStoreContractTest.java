package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.Store;
import dev.changeover.store.StoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreContractTest extends StoreContract {
    @TempDir
    private Path folder;

    private Migration migration;

    @Override
    protected Migration migration() {
        return migration;
    }

    @Override
    protected Store openStore() {
        Path file = folder.resolve("target.db");
        if (migration == null) {
            migration = ContractMigration.onSqliteIn(folder);
            SqliteSchema.migrate(file, migration.stores().schema());
        }
        return SqliteStore.open(migration, file, Side.TARGET);
    }

    @Test
    void whatIsDueIsFoundOldestFirst() {
        try (SqliteReader reader = SqliteReader.open(migration, folder.resolve("target.db"), Side.TARGET)) {
            assertFindsWhatIsDue(reader);
        }
    }
}
