package dev.changeover.model.topic;

/**
 * One chunk of the backfill.
 *
 * @param id the same for the same chunk of the same run, so that a repeat is recognised
 * @param entity whose records
 * @param from where the chunk begins, in the words of the store that cut it; empty for the start
 * @param to where it ends, not itself in it; empty for the end
 * @param records how many are expected in it; -1 if that is not known
 */
public record BackfillTask(String id, String entity, String from, String to, long records) {}
