package dev.changeover.model.entity;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One application's move, as its migration.yaml describes it. */
public final class Migration {
    private final String name;
    private final Path file;
    private final Stores stores;
    private final UUID namespace;
    private final int partitions;
    private final Capture capture;
    private final Map<String, Entity> entities = new LinkedHashMap<>();

    /**
     * Where the two sides are.
     *
     * @param legacyRoot folder of the legacy files
     * @param targetUrl {@code postgresql://…}, {@code jdbc:postgresql://…}, {@code sqlite:PATH}, or {@code embedded}
     * @param schema folder with the target's Flyway migrations
     */
    public record Stores(Path legacyRoot, String targetUrl, Path schema) {
        @Override
        public String toString() {
            return "Stores[" + legacyRoot + "]"; // the URL may hold a password
        }
    }

    /** How what the application writes gets onto the log while the legacy side is the primary. */
    public enum Capture {
        /** It writes through the gateway, the publisher or a Kafka client; what it writes into its files is unexpected. */
        GATEWAY,
        /** It may also go on writing its own files, which are watched. */
        WATCH
    }

    /** One whose application writes through the gateway. */
    public Migration(String name, Path file, Stores stores, UUID namespace, int partitions, List<Entity> entities) {
        this(name, file, stores, namespace, partitions, Capture.GATEWAY, entities);
    }

    /**
     * @param file the definition it was read from
     * @param namespace namespace of all uuid5 values of this migration
     * @param partitions partitions of its {@code writes} and {@code changes}
     * @param entities parents before children
     */
    public Migration(
            String name,
            Path file,
            Stores stores,
            UUID namespace,
            int partitions,
            Capture capture,
            List<Entity> entities) {
        this.name = name;
        this.file = file;
        this.stores = stores;
        this.namespace = namespace;
        this.partitions = partitions;
        this.capture = capture;
        for (Entity entity : entities) {
            this.entities.put(entity.name(), entity);
        }
    }

    public String name() {
        return name;
    }

    public Path file() {
        return file;
    }

    public Stores stores() {
        return stores;
    }

    public UUID namespace() {
        return namespace;
    }

    public int partitions() {
        return partitions;
    }

    public Capture capture() {
        return capture;
    }

    /** Parents before children. */
    public List<Entity> entities() {
        return List.copyOf(entities.values());
    }

    public @Nullable Entity entityOrNull(String entityName) {
        return entities.get(entityName);
    }

    /** @throws IllegalArgumentException if there is no such entity */
    public Entity entity(String entityName) {
        Entity entity = entities.get(entityName);
        if (entity == null) {
            throw new IllegalArgumentException(
                    "Invalid entity \"%s\": %s has %s".formatted(entityName, name, entities.keySet()));
        }
        return entity;
    }

    /** The same migration on other stores. */
    public Migration on(Stores others) {
        return new Migration(name, file, others, namespace, partitions, capture, entities());
    }

    /**
     * The key of the aggregate root that {@code key} belongs to: itself for a root. All records of one aggregate go to
     * one partition.
     */
    public RecordKey root(RecordKey key) {
        Reference parent = key.entity().parent().orElse(null);
        if (parent == null) {
            return key;
        }
        List<Object> parentKey = new ArrayList<>(parent.fields().size());
        for (String field : parent.fields()) {
            parentKey.add(
                    key.values().get(key.entity().key().indexOf(key.entity().field(field))));
        }
        return root(RecordKey.of(entity(parent.entity()), parentKey));
    }

    /** The partition that events of {@code key} go to. */
    public int partitionOf(RecordKey key) {
        return Murmur2.partition(root(key).bytes(), partitions);
    }
}
