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
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
 * there is a whole plan or none. Who plans first shuts out an earlier planner, then looks whether there is a plan already.
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

    /** Makes the plan unless there is one. */
    void ensure() {
        KafkaProducer<byte[], byte[]> producer = clients.planner();
        try {
            producer.initTransactions();
            if (exists()) {
                return;
            }
            List<BackfillTask> tasks = tasks();
            write(producer, tasks);
            reached.accept(BackfillStep.AFTER_PLAN_COMMIT);
            LOG.atInfo().addKeyValue("chunks", tasks.size()).log("Planned the backfill");
        } finally {
            producer.close(CLOSE_LIMIT);
        }
    }

    /** The plan is one transaction: whatever can be read of it says that all of it is there. */
    private boolean exists() {
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
                for (ConsumerRecord<byte[], byte[]> ignored : reader.poll(Duration.ofMillis(100))) {
                    return true;
                }
            }
            return false;
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

    private List<BackfillTask> tasks() {
        List<BackfillTask> tasks = new ArrayList<>();
        for (Entity entity : migration.entities()) {
            if (entity.legacy().isEmpty()) {
                continue;
            }
            int number = 0;
            for (Iterator<Chunk> chunks = legacy.chunks(entity, chunkRecords); chunks.hasNext(); ) {
                Chunk chunk = chunks.next();
                tasks.add(new BackfillTask(
                        "%s-%06d".formatted(entity.name(), number++),
                        entity.name(),
                        chunk.from(),
                        chunk.to(),
                        chunk.records()));
            }
        }
        return tasks;
    }

    /** Dealt out in turn, so that in every partition parents come before children. */
    private void write(KafkaProducer<byte[], byte[]> producer, List<BackfillTask> tasks) {
        int partitions = producer.partitionsFor(topic).size();
        producer.beginTransaction();
        for (int i = 0; i < tasks.size(); i++) {
            producer.send(task(i % partitions, tasks.get(i)));
        }
        producer.send(
                task(tasks.size() % partitions, new BackfillTask(Ledger.PLAN_COMPLETE, "", "", "", tasks.size())));
        producer.flush();
        reached.accept(BackfillStep.BEFORE_PLAN_COMMIT);
        producer.commitTransaction();
    }

    private ProducerRecord<byte[], byte[]> task(int partition, BackfillTask task) {
        return new ProducerRecord<>(topic, partition, task.id().getBytes(StandardCharsets.UTF_8), Wire.write(task));
    }
}
