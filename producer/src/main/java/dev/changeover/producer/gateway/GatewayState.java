package dev.changeover.producer.gateway;

import dev.changeover.model.entity.Side;
import java.util.List;

/** What a gateway must know of the migration at each moment; safe for use by several threads. */
public interface GatewayState {
    /** The side that reads are served from and that acknowledges writes. */
    Side primary();

    long epoch();

    /** Whether records of the legacy store may be unknown to the processor: before and while a backfill runs. */
    boolean backfillMayRun();

    /** Why it is not ready to serve; empty if it is. */
    List<String> unready();
}
