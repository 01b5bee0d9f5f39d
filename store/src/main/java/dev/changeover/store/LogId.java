package dev.changeover.store;

/**
 * Which log a position belongs to: an offset means nothing without it.
 *
 * @param clusterId Kafka's id of the cluster
 * @param topicId Kafka's id of the {@code changes} topic
 * @param partitions how many partitions it has
 */
public record LogId(String clusterId, String topicId, int partitions) {}
