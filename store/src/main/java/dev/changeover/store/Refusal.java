package dev.changeover.store;

import dev.changeover.model.event.ChangeEvent;

/**
 * A change that the store would not take, remembered in the store itself.
 *
 * @param offset in {@code changes}
 * @param reason the store's own, with what to do
 */
public record Refusal(int partition, long offset, ChangeEvent event, String reason) {}
