package dev.changeover.sink.rebuild;

import dev.changeover.model.topic.Position;
import java.util.Map;
import java.util.Optional;

/**
 * A store that was rebuilt.
 *
 * @param end up to where of {@code changes} it goes
 * @param events how many were applied
 * @param nanos how long it took
 * @param refused changes that the store would not take
 * @param parked changes that wait there for a record that never came
 * @param logged what the log says there is at {@code end}, by entity; empty if there were too many keys to know
 */
public record Rebuilt(
        Position end, long events, long nanos, long refused, long parked, Optional<Map<String, EntityDigest>> logged) {}
