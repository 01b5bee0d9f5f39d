package dev.changeover.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.PartitionRecord;
import org.apache.kafka.common.metadata.TopicRecord;
import org.apache.kafka.common.network.ListenerName;
import org.apache.kafka.image.MetadataDelta;
import org.apache.kafka.image.MetadataImage;
import org.apache.kafka.image.MetadataProvenance;
import org.apache.kafka.metadata.KRaftMetadataCache;
import org.apache.kafka.server.common.KRaftVersion;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Fails when the mending is left out, and when a version of Kafka comes that it does not fit. */
class LeaderlessPartitionsTest {
    private static final ListenerName LISTENER = new ListenerName("BROKER");

    @BeforeAll
    static void mend() {
        LeaderlessPartitions.mend();
    }

    @Test
    void aPartitionWithoutALeaderIsNotTakenForADeletedOne() {
        KRaftMetadataCache cache = new KRaftMetadataCache(1, () -> KRaftVersion.LATEST_PRODUCTION);
        cache.setImage(withoutLeader("changes"));

        assertThat(cache.getPartitionLeaderEndpoint("changes", 0, LISTENER)).contains(Node.noNode());
        assertThat(cache.getPartitionLeaderEndpoint("changes", 1, LISTENER)).isEmpty();
        assertThat(cache.getPartitionLeaderEndpoint("deleted", 0, LISTENER)).isEmpty();
    }

    private static MetadataImage withoutLeader(String topic) {
        Uuid id = Uuid.randomUuid();
        MetadataDelta delta = new MetadataDelta.Builder().build();
        delta.replay(new TopicRecord().setName(topic).setTopicId(id));
        delta.replay(new PartitionRecord()
                .setTopicId(id)
                .setPartitionId(0)
                .setReplicas(List.of(1))
                .setIsr(List.of(1))
                .setLeader(-1)
                .setLeaderEpoch(3)
                .setPartitionEpoch(3));
        return delta.apply(MetadataProvenance.EMPTY);
    }
}
