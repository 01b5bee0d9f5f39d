package dev.changeover.verifier.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InventoryTest {
    @TempDir
    private Path root;

    @Test
    void aFileThatGoesWhileTheFolderIsLookedAtIsNoFault() throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            files.add(Files.writeString(root.resolve(i + ".json"), "{}"));
        }

        Inventory inventory = Inventory.of(root, null, seen -> {
            files.stream().filter(file -> !file.endsWith(seen)).forEach(InventoryTest::delete);
            return true;
        });

        assertThat(inventory.stamps()).hasSize(1);
        assertThat(inventory.complete()).isTrue();
    }

    @Test
    void aRootThatIsNotThereIsAFaultAndNotAnEmptyStore() {
        assertThatThrownBy(() -> Inventory.of(root.resolve("gone"), null, seen -> true))
                .isInstanceOf(StoreUnavailableException.class);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
