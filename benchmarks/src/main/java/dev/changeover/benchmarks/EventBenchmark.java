package dev.changeover.benchmarks;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.canonical.Digest;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.event.Op;
import dev.changeover.model.json.InvalidRecordException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.model.json.RecordJson;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.RunnerException;

/** Events and canonical forms of a row of about 300 bytes of JSON: key, texts, numbers, times, a small JSON field. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventBenchmark {
    private static final Field ID = Field.required(0, "id", FieldType.INT64);

    private static final Entity ENTITY = new Entity(
            "users",
            List.of(
                    ID,
                    Field.required(1, "email", FieldType.text(255)),
                    Field.optional(2, "name", FieldType.text(255)),
                    Field.required(3, "status", FieldType.text(50)),
                    Field.optional(4, "age", FieldType.INT32),
                    Field.optional(5, "balance", FieldType.decimal(12, 2)),
                    Field.required(6, "account", FieldType.of(FieldType.Kind.UUID)),
                    Field.required(7, "created_at", FieldType.TIMESTAMPTZ),
                    Field.optional(8, "preferences", FieldType.JSON)),
            List.of(ID),
            List.of(),
            Entity.Unnamed.KEEP,
            null,
            null);

    private static final String ROW = """
            {"id":123456789,"email":"ada.lovelace@example.org","name":"Ada Lovelace, Countess","status":"active",\
            "age":36,"balance":"10250.75","account":"123e4567-e89b-12d3-a456-426614174000",\
            "created_at":"2024-02-29T23:59:59.123456Z",\
            "preferences":{"theme":"dark","notify":{"mail":true,"push":false},"limits":[1,2.5,30]}}""";

    private final Migration migration = new Migration(
            "benchmark",
            Path.of("migration.yaml"),
            new Migration.Stores(Path.of("legacy"), "embedded", Path.of("schema")),
            new UUID(1, 2),
            6,
            List.of(ENTITY));
    private final EventCodec codec = new EventCodec(migration);
    private final EntityRecord row = row();
    private final RecordKey key = row.key();
    private final byte[] keyBytes = key.bytes();
    private final ChangeEvent create = ChangeEvent.put(row, "gateway", 1_700_000_000_000L);
    private final ChangeEvent update = new ChangeEvent(Op.UPDATE, key, row, row, null, "gateway", 1_700_000_000_000L);
    private final byte[] createBytes = codec.write(create);
    private final byte[] updateBytes = codec.write(update);

    @Benchmark
    public byte[] writeCreate() {
        return codec.write(create);
    }

    @Benchmark
    public byte[] writeUpdate() {
        return codec.write(update);
    }

    @Benchmark
    public ChangeEvent readCreate() throws MalformedEventException {
        return codec.read(keyBytes, createBytes);
    }

    @Benchmark
    public ChangeEvent readUpdate() throws MalformedEventException {
        return codec.read(keyBytes, updateBytes);
    }

    @Benchmark
    public ChangeEvent readUpdateAfterOnly() throws MalformedEventException {
        return codec.readAfterOnly(keyBytes, updateBytes);
    }

    @Benchmark
    public RecordKey readKey() throws MalformedEventException {
        return KeyJson.read(migration, keyBytes);
    }

    @Benchmark
    public byte[] canonicalForm() {
        return Canonical.form(row);
    }

    @Benchmark
    public Digest digest() {
        return Canonical.digest(row);
    }

    @Benchmark
    public int bucket() {
        return Canonical.bucket(key, 1024);
    }

    public static void main(String[] arguments) throws RunnerException {
        BenchmarkTable.run(EventBenchmark.class, arguments);
    }

    private static EntityRecord row() {
        try {
            return RecordJson.read(ENTITY, ROW.getBytes(StandardCharsets.UTF_8));
        } catch (InvalidRecordException e) {
            throw new IllegalStateException(e);
        }
    }
}
