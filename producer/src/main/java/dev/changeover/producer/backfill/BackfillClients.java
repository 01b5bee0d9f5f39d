package dev.changeover.producer.backfill;

import dev.changeover.log.Clients;
import dev.changeover.log.LogSettings;
import dev.changeover.model.entity.Migration;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;

/** Kafka clients as a backfill needs them; what the operator set goes before. */
final class BackfillClients {
    private final Migration migration;
    private final String instance;
    private final Clients plain;
    private final Clients tuned;

    BackfillClients(Migration migration, LogSettings log, String instance) {
        this.migration = migration;
        this.instance = instance;
        this.plain = new Clients(log);
        Map<String, String> options = new TreeMap<>(Map.of(
                // Few large requests: a single broker flushes for each of them.
                "kafka.producer.linger.ms", "20",
                "kafka.producer.batch.size", Integer.toString(1024 * 1024),
                "kafka.producer.buffer.memory", Integer.toString(48 * 1024 * 1024),
                // What a killed worker leaves open holds up all readers of writes for so long, if it does not come
                // back.
                "kafka.producer.transaction.timeout.ms", "15000",
                // The first worker has all tasks until it hears, with a heartbeat, that there is another one.
                "kafka.consumer.heartbeat.interval.ms", "500",
                // After a failure the worker goes back to an earlier task: no later one may be at hand then.
                "kafka.consumer.max.poll.records", "1"));
        options.putAll(log.clientProperties());
        options.put("kafka.consumer.max.poll.records", "1");
        this.tuned = new Clients(new LogSettings(log.bootstrapServers(), options, log.embedded()));
    }

    /** There is one plan: a second planner shuts out the first and ends what that left open. */
    KafkaProducer<byte[], byte[]> planner() {
        return tuned.transactionalProducer(
                "backfill-planner", "changeover.%s.backfill.planner".formatted(migration.name()));
    }

    KafkaProducer<byte[], byte[]> worker(int number) {
        return tuned.transactionalProducer(
                "backfill-worker-" + number,
                "changeover.%s.backfill.%s.%d".formatted(migration.name(), instance, number));
    }

    /** A member under its own name: after a kill it has its partitions back at once. */
    KafkaConsumer<byte[], byte[]> tasks(int number) {
        return tuned.staticMember(
                "backfill-worker-" + number,
                "changeover.%s.backfill".formatted(migration.name()),
                "%s-%d".formatted(instance, number),
                Clients.Start.EARLIEST);
    }

    KafkaConsumer<byte[], byte[]> reader(String clientId) {
        return plain.reader(clientId, Clients.Start.EARLIEST);
    }

    Admin admin() {
        return plain.admin("backfill");
    }

    KafkaProducer<byte[], byte[]> notes() {
        return plain.producer("backfill-notes");
    }
}
