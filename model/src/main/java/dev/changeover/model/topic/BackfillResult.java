package dev.changeover.model.topic;

/**
 * What became of a chunk of the backfill.
 *
 * @param taskId of the {@link BackfillTask}
 * @param published records that went to {@code writes}
 * @param bad records that went to {@code dead-letters}
 * @param atMillis when, in milliseconds of Unix time
 * @param where how far it read, for people
 */
public record BackfillResult(String taskId, String entity, long published, long bad, long atMillis, String where) {}
