package dev.changeover.app.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.common.TopicPartition;

/** A consumer group: says who has which partition, and changes it as soon as members come and go, whether these have noticed or not. */
final class SimulatedGroup {
    private final String topic;
    private final int partitions;
    private final List<SimulatedConsumer> members = new ArrayList<>();
    private int generation;

    SimulatedGroup(String topic, int partitions) {
        this.topic = topic;
        this.partitions = partitions;
    }

    void join(SimulatedConsumer member) {
        if (!members.contains(member)) {
            members.add(member);
            generation++;
        }
    }

    /** It left, or nobody has heard of it for too long. */
    void leave(SimulatedConsumer member) {
        if (members.remove(member)) {
            generation++;
        }
    }

    boolean has(SimulatedConsumer member) {
        return members.contains(member);
    }

    int generation() {
        return generation;
    }

    Set<TopicPartition> of(SimulatedConsumer member) {
        Set<TopicPartition> its = new TreeSet<>((one, other) -> Integer.compare(one.partition(), other.partition()));
        int place = members.indexOf(member);
        for (int partition = 0; place >= 0 && partition < partitions; partition++) {
            if ((partition + generation) % members.size() == place) {
                its.add(new TopicPartition(topic, partition));
            }
        }
        return its;
    }
}
