package dev.changeover.producer.backfill;

import dev.changeover.model.topic.Position;

/**
 * What a complete backfill did, over all processes and restarts.
 *
 * @param published records that are on {@code writes}
 * @param bad records that are on {@code dead-letters}
 * @param barrier where in {@code writes} the barrier stands behind which there is nothing of it; its beginning if entities are left
 * @param whole whether no entity is left
 */
public record BackfillSummary(long published, long bad, Position barrier, boolean whole) {}
