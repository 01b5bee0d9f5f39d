package dev.changeover.store;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class MemoryStoreContractTest extends StoreContract {
    @TempDir
    private Path folder;

    private final MemoryStore.Contents contents = new MemoryStore.Contents();
    private Migration migration;

    @Override
    protected Migration migration() {
        return migration;
    }

    @Override
    protected Store openStore() {
        if (migration == null) {
            migration = ContractMigration.in(folder);
        }
        return new MemoryStore(migration, Side.TARGET, contents);
    }
}
