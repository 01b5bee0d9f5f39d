package dev.changeover.store;

import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;

/**
 * A change that waits in the store for another record.
 *
 * @param parent the record it waits for
 */
public record ParkedChange(int partition, long offset, ChangeEvent event, RecordKey parent) {}
