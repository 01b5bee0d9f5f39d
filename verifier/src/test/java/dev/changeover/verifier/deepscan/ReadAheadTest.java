package dev.changeover.verifier.deepscan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.entity.Side;
import dev.changeover.store.Chunk;
import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.Scans;
import dev.changeover.store.StoreReader;
import dev.changeover.store.StoreUnavailableException;
import dev.changeover.verifier.Chats;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadAheadTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final World world = new World(new Random(1));
    private final StoreReader reader = world.on(Side.LEGACY);

    @AfterEach
    void everyThreadEnds() throws InterruptedException {
        threads.shutdown();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    private void chats(int count, String title) {
        for (int i = 0; i < count; i++) {
            world.write(Chats.chat("chat-" + i, title));
        }
        world.letBothCatchUp();
    }

    private ReadAhead start() {
        return ReadAhead.start(reader, world.migration.entity("chats"), 100, threads);
    }

    @Test
    void allIsReadInTheStoresOrder() throws InterruptedException {
        chats(2_345, "a title");
        List<Scanned> met = new ArrayList<>();

        try (ReadAhead ahead = start()) {
            for (List<Scanned> some = ahead.next(); !some.isEmpty(); some = ahead.next()) {
                met.addAll(some);
            }

            assertThat(ahead.next()).as("after the end").isEmpty();
        }

        List<Scanned> all = new ArrayList<>();
        try (RecordStream stream = reader.scan(world.migration.entity("chats"), Chunk.WHOLE)) {
            stream.forEachRemaining(all::add);
        }
        assertThat(met).hasSize(2_345).isEqualTo(all);
    }

    @Test
    void whatIsLargeIsNotReadFarAhead() throws InterruptedException {
        chats(20, "x".repeat(100_000));

        try (ReadAhead ahead = start()) {
            assertThat(ahead.next()).hasSizeLessThan(5);
        }
    }

    @Test
    void whoStopsTakingEndsTheReading() throws InterruptedException {
        chats(20_000, "a title");
        AtomicInteger chunks = new AtomicInteger();

        try (ReadAhead ahead = ReadAhead.start(counted(chunks), world.migration.entity("chats"), 100, threads)) {
            assertThat(ahead.next()).isNotEmpty();
        }

        assertThat(chunks).as("chunks of 200 that were begun").hasValueLessThan(30);
    }

    private StoreReader counted(AtomicInteger chunks) {
        return (StoreReader) Proxy.newProxyInstance(
                StoreReader.class.getClassLoader(), new Class<?>[] {StoreReader.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("scans")) {
                        return (Scans) (entity, chunk) -> {
                            chunks.incrementAndGet();
                            return reader.scan(entity, chunk);
                        };
                    }
                    return method.invoke(reader, arguments);
                });
    }

    @Test
    void whatCouldNotBeReadIsThrownWhereItIsTaken() throws InterruptedException {
        chats(10, "a title");
        world.on(Side.LEGACY).failsWith(new StoreUnavailableException("legacy: Cannot read data/chats"));

        try (ReadAhead ahead = start()) {
            assertThatThrownBy(ahead::next)
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("Cannot read data/chats");
        }
    }

    @Test
    void whoIsInterruptedWhileItReadsIsNotTakenForTheEnd() throws InterruptedException {
        chats(20_000, "a title");

        try (ReadAhead ahead = start()) {
            assertThat(ahead.next()).isNotEmpty();
            threads.shutdownNow();

            assertThatThrownBy(() -> {
                        while (!ahead.next().isEmpty()) {
                            // what was read before
                        }
                    })
                    .isInstanceOf(InterruptedException.class);
        }
    }
}
