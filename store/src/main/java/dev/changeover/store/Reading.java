package dev.changeover.store;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.RecordKey;
import java.util.Map;

/**
 * What a store held for some keys, all at one moment.
 *
 * @param positions offset of the next event to apply by partition at that moment; empty before the first batch
 * @param found the records that are there; an absent key is in neither map
 * @param faults what was wrong with records that are there but cannot be read as what they should be
 */
public record Reading(
        Map<Integer, Long> positions, Map<RecordKey, EntityRecord> found, Map<RecordKey, String> faults) {}
