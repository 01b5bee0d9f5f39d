package dev.changeover.app.simulation;

import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** A task's own copy of a store of Kafka Streams; what it changes becomes what others restore from with its commit. */
final class TaskStore implements KeyValueStore<Bytes, byte[]> {
    private static final byte[] DELETED = {};

    private final String name;
    private final NavigableMap<Bytes, byte[]> committed;
    private final NavigableMap<Bytes, byte[]> own;
    private final Map<Bytes, byte[]> changed = new TreeMap<>();

    /** @param committed what its changelog amounts to */
    TaskStore(String name, NavigableMap<Bytes, byte[]> committed) {
        this.name = name;
        this.committed = committed;
        this.own = new TreeMap<>(committed);
    }

    /** What its changelog gets with the commit of all that was changed until now. */
    Runnable changes() {
        Map<Bytes, byte[]> taken = new TreeMap<>(changed);
        changed.clear();
        return () -> taken.forEach((key, value) -> {
            if (value == DELETED) {
                committed.remove(key);
            } else {
                committed.put(key, value);
            }
        });
    }

    @Override
    public void put(Bytes key, byte[] value) {
        if (value == null) {
            own.remove(key);
            changed.put(key, DELETED);
        } else {
            own.put(key, value);
            changed.put(key, value);
        }
    }

    @Override
    public byte[] putIfAbsent(Bytes key, byte[] value) {
        byte[] before = own.get(key);
        if (before == null) {
            put(key, value);
        }
        return before;
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> all) {
        all.forEach(one -> put(one.key, one.value));
    }

    @Override
    public byte[] delete(Bytes key) {
        byte[] before = own.get(key);
        put(key, null);
        return before;
    }

    @Override
    public byte[] get(Bytes key) {
        return own.get(key);
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
        NavigableMap<Bytes, byte[]> some = from == null ? own : own.tailMap(from, true);
        return over(to == null ? some : some.headMap(to, true));
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
        return over(own);
    }

    @Override
    public <S extends Serializer<P>, P> KeyValueIterator<Bytes, byte[]> prefixScan(P prefix, S serializer) {
        String wanted = new String(serializer.serialize("", prefix), StandardCharsets.ISO_8859_1);
        NavigableMap<Bytes, byte[]> some = new TreeMap<>();
        for (Map.Entry<Bytes, byte[]> each : own.tailMap(Bytes.wrap(wanted.getBytes(StandardCharsets.ISO_8859_1)), true)
                .entrySet()) {
            if (!new String(each.getKey().get(), StandardCharsets.ISO_8859_1).startsWith(wanted)) {
                break;
            }
            some.put(each.getKey(), each.getValue());
        }
        return over(some);
    }

    private static KeyValueIterator<Bytes, byte[]> over(NavigableMap<Bytes, byte[]> some) {
        Iterator<Map.Entry<Bytes, byte[]>> entries =
                new TreeMap<>(some).entrySet().iterator();
        return new KeyValueIterator<>() {
            @Override
            public boolean hasNext() {
                return entries.hasNext();
            }

            @Override
            public KeyValue<Bytes, byte[]> next() {
                Map.Entry<Bytes, byte[]> next = entries.next();
                return KeyValue.pair(next.getKey(), next.getValue());
            }

            @Override
            public Bytes peekNextKey() {
                throw new UnsupportedOperationException("Nobody peeks");
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public long approximateNumEntries() {
        return own.size();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void init(StateStoreContext context, StateStore root) {}

    @Override
    public void close() {}

    @Override
    public boolean persistent() {
        return false;
    }

    @Override
    public boolean isOpen() {
        return true;
    }
}
