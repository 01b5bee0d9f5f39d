package dev.changeover.store.file;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** How to wait a moment for the application to finish what it is just writing in place. */
@FunctionalInterface
interface Pause {
    void pause(Duration time);

    static Pause parked() {
        return time -> LockSupport.parkNanos(time.toNanos());
    }
}
