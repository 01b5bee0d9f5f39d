package dev.changeover.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.entity.Side;
import dev.changeover.store.ApplyOutcome;
import dev.changeover.store.BatchBuilder;
import dev.changeover.store.LogId;
import dev.changeover.store.Scanned;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is put into donna's files and taken out of them, they hold what a map of records would hold. */
class FileStorePropertyTest {
    private static final List<String> ENTITIES =
            List.of("users", "chat_sessions", "messages", "user_memory", "system_logs");
    private static final String[] IDS = {"gap", "old-form", "a/b", "..", "x y", "é会", "%~x", "A", "a", "0", "1", "7"};
    private static final String[] TEXTS = {
        "", "one", "a/b \"q\" \\ \n\t\u0001\u007f", "会议 é \uD83D\uDC4D \u2028", "null", "10"
    };
    private static final String[] JSONS = {
        "null", "[]", "{}", "1.10", "-0", "1e2", "\"é/\\n\"", "{\"b\":[1,{\"x\":[]}],\"a\":null}", "[[],{},\"\"]"
    };

    @TempDir
    private Path root;

    /** {@code -Dchangeover.seed=…} repeats a run. */
    static LongStream seeds() {
        Long seed = Long.getLong("changeover.seed");
        return seed == null ? new Random().longs(2) : LongStream.of(seed);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theFilesHoldWhatAMapWouldHold(long seed) {
        Random random = new Random(seed);
        try (FileStore store = FileStore.open(
                Donna.MIGRATION, Donna.copyTo(root.resolve("s" + seed)), Side.LEGACY, TroubledCalls.none())) {
            store.claim(new LogId("c", "t", 1), Set.of(0));
            Map<RecordKey, EntityRecord> oracle = new TreeMap<>();
            for (String entity : ENTITIES) {
                Donna.records(store, entity).forEach(each -> oracle.put(each.key(), each));
            }
            long next = 0;
            for (int round = 0; round < 20; round++) {
                BatchBuilder batch = BatchBuilder.from(next);
                for (int i = 0; i < 12; i++) {
                    change(random, oracle, batch);
                }
                next = batch.end();

                assertThat(store.apply(batch.build())).containsOnly(ApplyOutcome.applied());

                for (String entity : ENTITIES) {
                    assertThat(digests(store, entity))
                            .as("seed %d, round %d", seed, round)
                            .isEqualTo(digests(oracle, entity));
                }
            }
            for (String entity : ENTITIES) {
                List<RecordKey> keys = oracle.keySet().stream()
                        .filter(key -> key.entity().name().equals(entity))
                        .toList();
                assertThat(store.read(Donna.entity(entity), keys).found().keySet())
                        .containsExactlyInAnyOrderElementsOf(keys);
            }
        }
    }

    private static Map<RecordKey, Digest> digests(Map<RecordKey, EntityRecord> oracle, String entity) {
        Map<RecordKey, Digest> digests = new TreeMap<>();
        oracle.forEach((key, each) -> {
            if (key.entity().name().equals(entity)) {
                digests.put(key, Canonical.digest(each));
            }
        });
        return digests;
    }

    private static Map<RecordKey, Digest> digests(FileStore store, String entity) {
        Map<RecordKey, Digest> digests = new TreeMap<>();
        for (Scanned each : Donna.scan(store, entity, 1000)) {
            assertThat(each.fault()).as(each.origin()).isEmpty();
            EntityRecord found = Objects.requireNonNull(each.record());
            assertThat(digests.put(found.key(), Canonical.digest(found))).isNull();
        }
        return digests;
    }

    private static void change(Random random, Map<RecordKey, EntityRecord> oracle, BatchBuilder batch) {
        List<RecordKey> keys = new ArrayList<>(oracle.keySet());
        RecordKey key = keys.get(random.nextInt(keys.size()));
        int kind = random.nextInt(10);
        if (kind < 3) {
            oracle.remove(key);
            batch.delete(key);
            return;
        }
        EntityRecord old = Objects.requireNonNull(oracle.get(key));
        EntityRecord changed = kind < 7 ? edited(random, old) : renamed(random, edited(random, old));
        oracle.put(changed.key(), changed);
        batch.put(changed);
    }

    private static EntityRecord edited(Random random, EntityRecord old) {
        EntityRecord.Builder builder = old.toBuilder();
        for (Field field : old.entity().fields()) {
            if (!old.entity().key().contains(field) && random.nextInt(3) == 0) {
                builder.set(field, value(random, field, old));
            }
        }
        if (random.nextInt(3) == 0) {
            builder.setUnnamed("x/" + random.nextInt(3), new JsonText(JSONS[random.nextInt(JSONS.length)]));
        }
        if (random.nextInt(3) == 0) {
            builder.removeUnnamed("x/" + random.nextInt(3));
        }
        return builder.build();
    }

    private static Object value(Random random, Field field, EntityRecord old) {
        if (field.optional() && random.nextInt(4) == 0) {
            return Missing.ABSENT;
        }
        if (field.nullable() && random.nextInt(4) == 0) {
            return Missing.NULL;
        }
        FieldType.Kind kind = field.type().kind();
        if (!field.oneOf().isEmpty()) {
            return field.oneOf().get(random.nextInt(field.oneOf().size()));
        }
        if (field.name().equals("level")) {
            return List.of("INFO", "ERROR", "NEW").get(random.nextInt(3));
        }
        return switch (kind) {
            case TEXT -> TEXTS[random.nextInt(TEXTS.length)];
            case INT32 -> random.nextInt();
            case TIMESTAMPTZ -> Instant.ofEpochSecond(random.nextInt(1 << 30), 1000L * random.nextInt(3) * 500);
            case JSON -> {
                JsonText json = new JsonText(JSONS[random.nextInt(JSONS.length)]);
                yield json.equals(JsonText.NULL) && field.nullable() ? Missing.NULL : json;
            }
            default -> old.value(field);
        };
    }

    private static EntityRecord renamed(Random random, EntityRecord old) {
        EntityRecord.Builder builder = old.toBuilder();
        Entity entity = old.entity();
        for (Field field : entity.key()) {
            builder.set(
                    field,
                    field.type().kind() == FieldType.Kind.INT32
                            ? 1 + random.nextInt(8)
                            : (Object) IDS[random.nextInt(IDS.length)]);
        }
        return builder.build();
    }
}
