package dev.changeover.producer.gateway;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for a condition, at most ten seconds. */
final class Until {
    private Until() {}

    static void holds(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("It did not come to hold within 10 s");
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
