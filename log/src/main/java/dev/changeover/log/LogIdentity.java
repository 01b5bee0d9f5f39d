package dev.changeover.log;

/**
 * Which log this is: an offset means nothing without it.
 *
 * @param clusterId Kafka's id of the cluster
 * @param topicId Kafka's id of the {@code changes} topic
 * @param partitions how many partitions it has
 */
public record LogIdentity(String clusterId, String topicId, int partitions) {}
