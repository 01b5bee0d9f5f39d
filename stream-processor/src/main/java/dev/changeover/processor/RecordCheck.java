package dev.changeover.processor;

import dev.changeover.model.entity.EntityRecord;
import java.util.Optional;

/** What one side could take and the other not is rejected before any of them sees it. Called by several threads. */
@FunctionalInterface
public interface RecordCheck {
    /** Why a store could not take {@code after}, in words for its sender; empty if every store can. */
    Optional<String> objection(EntityRecord after);
}
