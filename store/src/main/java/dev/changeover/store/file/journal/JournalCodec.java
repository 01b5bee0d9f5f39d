package dev.changeover.store.file.journal;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.event.EventCodec;
import dev.changeover.model.event.MalformedEventException;
import dev.changeover.model.json.KeyJson;
import dev.changeover.store.Batch.LoggedChange;
import dev.changeover.store.LogId;
import dev.changeover.store.Refusal;
import dev.changeover.store.Store.Applied;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The bytes of the journal's entries: big-endian numbers, texts and byte strings with their length before them. */
final class JournalCodec {
    private final Migration migration;
    private final EventCodec events;

    JournalCodec(Migration migration) {
        this.migration = migration;
        this.events = new EventCodec(migration);
    }

    byte[] write(JournalState state) {
        return bytes(out -> {
            out.writeLong(state.sequence());
            LogId log = state.log();
            out.writeBoolean(log != null);
            if (log != null) {
                text(out, log.clusterId());
                text(out, log.topicId());
                out.writeInt(log.partitions());
            }
            write(out, state.positions());
            write(out, List.copyOf(state.refused().values()));
            out.writeInt(state.announced().size());
            for (RecordKey key : state.announced()) {
                blob(out, key.bytes());
            }
        });
    }

    JournalState readState(byte[] entry) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry));
        long sequence = in.readLong();
        LogId log = in.readBoolean() ? new LogId(text(in), text(in), in.readInt()) : null;
        Map<Integer, Applied> positions = readPositions(in);
        Map<RecordKey, Refusal> refused = new LinkedHashMap<>();
        for (Refusal refusal : readRefusals(in)) {
            refused.put(refusal.event().key(), refusal);
        }
        List<RecordKey> announced = new ArrayList<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            announced.add(key(blob(in)));
        }
        return new JournalState(sequence, log, positions, refused, announced);
    }

    byte[] write(JournaledBatch batch) {
        return bytes(out -> {
            out.writeLong(batch.sequence());
            write(out, batch.positions());
            out.writeInt(batch.changes().size());
            for (LoggedChange change : batch.changes()) {
                out.writeInt(change.partition());
                out.writeLong(change.offset());
                write(out, change.event());
            }
            out.writeInt(batch.appends().size());
            for (JournaledBatch.Append append : batch.appends()) {
                text(out, append.path());
                out.writeLong(append.offset());
                blob(out, append.lines());
            }
            write(out, batch.refused());
        });
    }

    JournaledBatch readBatch(byte[] entry) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(entry));
        long sequence = in.readLong();
        Map<Integer, Applied> positions = readPositions(in);
        List<LoggedChange> changes = new ArrayList<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            changes.add(new LoggedChange(in.readInt(), in.readLong(), readEvent(in)));
        }
        List<JournaledBatch.Append> appends = new ArrayList<>();
        int files = in.readInt();
        for (int i = 0; i < files; i++) {
            appends.add(new JournaledBatch.Append(text(in), in.readLong(), blob(in)));
        }
        return new JournaledBatch(sequence, positions, changes, appends, readRefusals(in));
    }

    /** The sequence of a batch or of its end, without reading the rest. */
    static long sequence(byte[] entry) throws IOException {
        return new DataInputStream(new ByteArrayInputStream(entry)).readLong();
    }

    static byte[] writeSequence(long sequence) {
        return bytes(out -> out.writeLong(sequence));
    }

    private static void write(DataOutputStream out, Map<Integer, Applied> positions) throws IOException {
        out.writeInt(positions.size());
        for (Map.Entry<Integer, Applied> position : positions.entrySet()) {
            out.writeInt(position.getKey());
            out.writeLong(position.getValue().next());
            out.writeLong(position.getValue().writesNext());
            out.writeLong(position.getValue().applied());
            out.writeLong(position.getValue().epoch());
        }
    }

    private static Map<Integer, Applied> readPositions(DataInputStream in) throws IOException {
        Map<Integer, Applied> positions = new TreeMap<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            int partition = in.readInt();
            positions.put(partition, new Applied(in.readLong(), in.readLong(), in.readLong(), 0, 0, in.readLong()));
        }
        return positions;
    }

    private void write(DataOutputStream out, List<Refusal> refusals) throws IOException {
        out.writeInt(refusals.size());
        for (Refusal refusal : refusals) {
            out.writeInt(refusal.partition());
            out.writeLong(refusal.offset());
            write(out, refusal.event());
            text(out, refusal.reason());
        }
    }

    private List<Refusal> readRefusals(DataInputStream in) throws IOException {
        List<Refusal> refusals = new ArrayList<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            refusals.add(new Refusal(in.readInt(), in.readLong(), readEvent(in), text(in)));
        }
        return refusals;
    }

    private void write(DataOutputStream out, ChangeEvent event) throws IOException {
        blob(out, event.key().bytes());
        blob(out, events.write(event));
    }

    private ChangeEvent readEvent(DataInputStream in) throws IOException {
        byte[] key = blob(in);
        byte[] value = blob(in);
        try {
            return events.readAfterOnly(key, value);
        } catch (MalformedEventException e) {
            throw new IOException(
                    "the journal has an event that this migration.yaml does not know: " + e.getMessage(), e);
        }
    }

    private RecordKey key(byte[] bytes) throws IOException {
        try {
            return KeyJson.read(migration, bytes);
        } catch (MalformedEventException e) {
            throw new IOException("the journal has a key that this migration.yaml does not know: " + e.getMessage(), e);
        }
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        blob(out, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(blob(in), StandardCharsets.UTF_8);
    }

    private static void blob(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static byte[] blob(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] bytes = in.readNBytes(length);
        if (bytes.length != length) {
            throw new IOException("the journal has an entry that is shorter than it says");
        }
        return bytes;
    }

    @FunctionalInterface
    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
