package dev.changeover.store.postgresql;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.Store;
import dev.changeover.store.StoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresStoreContractIT extends StoreContract {
    @TempDir
    private Path folder;

    private final FreshDatabase database = FreshDatabase.empty();
    private Migration migration;

    @Override
    protected Migration migration() {
        return migration;
    }

    @Override
    protected Store openStore() {
        if (migration == null) {
            migration = ContractMigration.in(folder);
            TargetSchema.migrate(database.settings(), migration.stores().schema());
        }
        return PostgresStore.open(migration, database.settings(), Side.TARGET);
    }

    @Test
    void whatIsDueIsFoundOldestFirst() {
        try (PostgresReader reader = PostgresReader.open(migration, database.settings(), Side.TARGET)) {
            assertFindsWhatIsDue(reader);
        }
    }
}
