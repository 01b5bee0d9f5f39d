package dev.changeover.producer.backfill;

import dev.changeover.log.LogException;
import dev.changeover.model.entity.Entity;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.BackfillTask;
import dev.changeover.model.topic.Topics;
import dev.changeover.model.topic.Wire;
import dev.changeover.store.Chunk;
import dev.changeover.store.StoreReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts the legacy store into tasks, once: all of them and the note that they are all there are written in one transaction, so
 * there is a whole plan or none; the same for one entity that is planned before the others. Who plans first shuts out an earlier
 * planner, then looks what is planned already.
 */
final class Plan {
    private static final Logger LOG = LoggerFactory.getLogger(Plan.class);
    private static final Duration READ_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);

    private final Migration migration;
    private final StoreReader legacy;
    private final int chunkRecords;
    private final BackfillClients clients;
    private final Consumer<BackfillStep> reached;
    private final String topic;

    Plan(
            Migration migration,
            StoreReader legacy,
            int chunkRecords,
            BackfillClients clients,
            Consumer<BackfillStep> reached) {
        this.migration = migration;
        this.legacy = legacy;
        this.chunkRecords = chunkRecords;
        this.clients = clients;
        this.reached = reached;
        this.topic = new Topics(migration.name()).backfillTasks();
    }

    /** Makes the plan of {@code entity}, or of all that are left if it is empty, unless there is one. */
    void ensure(String entity) {
        KafkaProducer<byte[], byte[]> producer = clients.planner();
        try {
            producer.initTransactions();
            Planned before = planned();
            if (before.complete || before.entities.contains(entity)) {
                return;
            }
            List<Entity> left = migration.entities().stream()
                    .filter(each -> each.legacy().isPresent() && !before.entities.contains(each.name()))
                    .toList();
            List<Entity> now = entity.isEmpty()
                    ? left
                    : left.stream().filter(each -> each.name().equals(entity)).toList();
            List<BackfillTask> tasks = new ArrayList<>();
            now.forEach(each -> tasks.addAll(tasks(each)));
            List<BackfillTask> noted = new ArrayList<>(tasks);
            if (!entity.isEmpty()) {
                noted.add(new BackfillTask(Ledger.ENTITY_PLANNED + entity, "", "", "", tasks.size()));
            }
            if (now.size() == left.size()) {
                noted.add(new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", before.chunks + tasks.size()));
            }
            write(producer, noted);
            reached.accept(BackfillStep.AFTER_PLAN_COMMIT);
            LOG.atInfo()
                    .addKeyValue("entity", entity.isEmpty() ? "all" : entity)
                    .addKeyValue("chunks", tasks.size())
                    .log("Planned the backfill");
        } finally {
            producer.close(CLOSE_LIMIT);
        }
    }

    /** What an earlier planner has left. */
    private static final class Planned {
        private final Set<String> entities = new HashSet<>();
        private boolean complete;
        private long chunks;

        void add(BackfillTask task) {
            if (task.id().equals(Ledger.PLAN_COMPLETE)) {
                complete = true;
            } else if (Ledger.isNote(task)) {
                entities.add(task.id().substring(Ledger.ENTITY_PLANNED.length()));
            } else {
                chunks++;
            }
        }
    }

    private Planned planned() {
        Planned planned = new Planned();
        try (KafkaConsumer<byte[], byte[]> reader = clients.reader("backfill-plan-reader")) {
            List<TopicPartition> partitions = partitions(reader, topic);
            reader.assign(partitions);
            Map<TopicPartition, Long> ends = reader.endOffsets(partitions, READ_LIMIT);
            long deadline = System.nanoTime() + READ_LIMIT.toNanos();
            while (ends.entrySet().stream().anyMatch(end -> reader.position(end.getKey()) < end.getValue())) {
                if (System.nanoTime() > deadline) {
                    throw new LogException(
                            "Cannot read topic %s to its end within %d s".formatted(topic, READ_LIMIT.toSeconds()));
                }
                for (ConsumerRecord<byte[], byte[]> read : reader.poll(Duration.ofMillis(100))) {
                    planned.add(Wire.backfillTask(read.value()));
                }
            }
            return planned;
        }
    }

    static List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> reader, String topic) {
        List<TopicPartition> partitions = reader.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new LogException("Cannot find topic %s: it is created when a migration is run".formatted(topic));
        }
        return partitions;
    }

    private List<BackfillTask> tasks(Entity entity) {
        List<BackfillTask> tasks = new ArrayList<>();
        for (Iterator<Chunk> chunks = legacy.chunks(entity, chunkRecords); chunks.hasNext(); ) {
            Chunk chunk = chunks.next();
            tasks.add(new BackfillTask(
                    "%s-%06d".formatted(entity.name(), tasks.size()),
                    entity.name(),
                    chunk.from(),
                    chunk.to(),
                    chunk.records()));
        }
        return tasks;
    }

    /** Dealt out in turn, so that in every partition parents come before children, as far as they are planned together. */
    private void write(KafkaProducer<byte[], byte[]> producer, List<BackfillTask> tasks) {
        int partitions = producer.partitionsFor(topic).size();
        producer.beginTransaction();
        for (int i = 0; i < tasks.size(); i++) {
            producer.send(task(i % partitions, tasks.get(i)));
        }
        producer.flush();
        reached.accept(BackfillStep.BEFORE_PLAN_COMMIT);
        producer.commitTransaction();
    }

    private ProducerRecord<byte[], byte[]> task(int partition, BackfillTask task) {
        return new ProducerRecord<>(topic, partition, task.id().getBytes(StandardCharsets.UTF_8), Wire.write(task));
    }
}
