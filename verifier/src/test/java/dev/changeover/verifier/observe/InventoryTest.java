package dev.changeover.verifier.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.store.StoreUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
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

    @Test
    void anEditThatLeavesSizeAndTimeAsTheyWereIsSeen() throws IOException {
        Path file = Files.writeString(root.resolve("user.json"), "{\"name\":\"Ada\"}");
        FileTime time = Files.getLastModifiedTime(file);
        Inventory before = Inventory.of(root, null, seen -> true);

        Files.writeString(file, "{\"name\":\"Eve\"}");
        Files.setLastModifiedTime(file, time);
        Inventory after = Inventory.of(root, before, seen -> true);

        assertThat(after.stamps().get("user.json")).isNotEqualTo(before.stamps().get("user.json"));
    }

    @Test
    void aFileThatIsReplacedByOneOfTheSameSizeAndTimeIsSeen() throws IOException {
        Path file = Files.writeString(root.resolve("user.json"), "{\"name\":\"Ada\"}");
        Path other = Files.writeString(root.resolve("restored"), "{\"name\":\"Eve\"}");
        Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
        Inventory before = Inventory.of(root, null, seen -> true);

        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        Inventory after = Inventory.of(root, before, seen -> true);

        assertThat(after.stamps().get("user.json")).isNotEqualTo(before.stamps().get("user.json"));
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
