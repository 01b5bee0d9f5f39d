package dev.changeover.log;

import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.jspecify.annotations.Nullable;

/** Tells what ends when Kafka is back from what somebody has to do something about. */
public final class Outage {
    private static final int MAX_CAUSES = 20;

    private Outage() {}

    /**
     * Whether {@code failure} is, or was caused by, Kafka not answering in time or not being able to: the same may then be tried
     * again. What was sent may have arrived all the same.
     */
    public static boolean isBehind(Throwable failure) {
        @Nullable Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof RetriableException
                    || cause instanceof TransactionAbortableException
                    || cause instanceof TimeoutException) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
