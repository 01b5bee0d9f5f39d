package dev.changeover.verifier.deepscan;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.topic.Verdict;

/** Told of a deep scan while it runs, by the thread that runs it. */
public interface DeepScanListener {
    DeepScanListener NONE = new DeepScanListener() {};

    default void entityStarted(Entity entity) {}

    /** A difference that is none of lag. */
    default void found(Verdict finding) {}

    default void entityEnded(DeepScanReport.EntityReport report) {}
}
