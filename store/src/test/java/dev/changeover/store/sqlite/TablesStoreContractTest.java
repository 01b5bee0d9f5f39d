package dev.changeover.store.sqlite;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Side;
import dev.changeover.model.layout.TableLayout;
import dev.changeover.store.ContractMigration;
import dev.changeover.store.Store;
import dev.changeover.store.StoreContract;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Chats and their messages in one file, all else in another one. */
class TablesStoreContractTest extends StoreContract {
    @TempDir
    private Path folder;

    private Migration migration;

    @Override
    protected Migration migration() {
        return migration;
    }

    @Override
    protected Store openStore() {
        if (migration == null) {
            Migration one = ContractMigration.onSqliteIn(folder);
            List<Entity> entities = one.entities().stream()
                    .map(TablesStoreContractTest::inAFile)
                    .toList();
            migration =
                    new Migration(one.name(), one.file(), one.stores(), one.namespace(), one.partitions(), entities);
            for (String file : List.of("chats.db", "other.db")) {
                SqliteSchema.migrate(folder.resolve(file), one.stores().schema());
            }
        }
        return SqliteFolder.of(migration, folder, Side.TARGET).writer();
    }

    static Entity inAFile(Entity entity) {
        TableLayout table = (TableLayout) entity.target().orElseThrow();
        String file = List.of("chats", "messages").contains(entity.name()) ? "chats.db" : "other.db";
        return new Entity(
                entity.name(),
                entity.fields(),
                entity.key(),
                entity.references(),
                entity.unnamed(),
                entity.legacy().orElse(null),
                new TableLayout(table.table(), table.columns(), table.inExtra(), table.extra(), file));
    }
}
