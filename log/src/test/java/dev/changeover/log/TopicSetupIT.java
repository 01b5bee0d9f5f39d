package dev.changeover.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.changeover.model.entity.Migration;
import dev.changeover.model.topic.Topics;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;

final class TopicSetupIT {
    private final Migration migration = OneBroker.aMigration(3);
    private final Topics topics = new Topics(migration.name());
    private final LogSettings settings = OneBroker.settings();

    @Test
    void topicsAreCreatedOnceAndTheLogKeepsItsIdentity() {
        assertThat(TopicSetup.find(migration, settings)).isEmpty();

        TopicSetup.Ready first = TopicSetup.ensure(migration, settings);
        TopicSetup.Ready second = TopicSetup.ensure(migration, settings);

        assertThat(first.identity().partitions()).isEqualTo(3);
        assertThat(first.warnings()).isEmpty();
        assertThat(second).isEqualTo(first);
        assertThat(TopicSetup.find(migration, settings)).contains(first.identity());
    }

    @Test
    void acknowledgedWritesAreFlushedAndStampedByTheBrokerAndNeverExpire() throws Exception {
        TopicSetup.ensure(migration, settings);

        Config config = configOf(topics.writes());

        assertThat(config.get("flush.messages").value()).isEqualTo("1");
        assertThat(config.get("message.timestamp.type").value()).isEqualTo("LogAppendTime");
        for (String topic : List.of(topics.writes(), topics.changes(), topics.control())) {
            Config kept = configOf(topic);
            assertThat(kept.get("retention.ms").value()).as(topic).isEqualTo("-1");
            assertThat(kept.get("cleanup.policy").value()).as(topic).isEqualTo("delete");
        }
    }

    @Test
    void anOptionThatSomebodyChangedIsSetBackWithAWarning() throws Exception {
        TopicSetup.ensure(migration, settings);
        try (Admin admin = new Clients(settings).admin("test")) {
            admin.incrementalAlterConfigs(Map.of(
                            resource(topics.changes()),
                            List.of(new AlterConfigOp(
                                    new ConfigEntry("retention.ms", "60000"), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        // the controller answers before the broker has applied it
        await().untilAsserted(() -> assertThat(
                        configOf(topics.changes()).get("retention.ms").value())
                .isEqualTo("60000"));

        TopicSetup.Ready ready = TopicSetup.ensure(migration, settings);

        assertThat(ready.warnings()).singleElement().asString().contains("retention.ms=60000", topics.changes());
        await().untilAsserted(() -> assertThat(
                        configOf(topics.changes()).get("retention.ms").value())
                .isEqualTo("-1"));
    }

    @Test
    void anotherNumberOfPartitionsIsRefused() {
        TopicSetup.ensure(migration, settings);

        assertThatThrownBy(() -> TopicSetup.ensure(OneBroker.migration(migration.name(), 4), settings))
                .isInstanceOf(LogException.class)
                .hasMessageContaining("it has 3 partitions and the definition says 4");
    }

    private Config configOf(String topic) throws Exception {
        try (Admin admin = new Clients(settings).admin("test")) {
            return admin.describeConfigs(List.of(resource(topic))).all().get().get(resource(topic));
        }
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }
}
