package dev.changeover.store.file;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.Store;
import dev.changeover.store.StoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SharedDocumentsContractTest extends StoreContract {
    @TempDir
    private static Path definition;

    private static final class Lazy {
        static final Migration MIGRATION = ContractMigration.withSharedDocumentsIn(definition);
    }

    @TempDir
    private Path root;

    @Override
    protected Migration migration() {
        return Lazy.MIGRATION;
    }

    @Override
    protected Store openStore() {
        return FileStore.open(migration(), root, Side.TARGET);
    }
}
