package dev.changeover.verifier.observe;

import dev.changeover.store.StoreUnavailableException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes step after step until it is closed; after a failed one it waits a little longer each time, and tries again. */
final class ObserverThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ObserverThread.class);
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    /** One unit of work; it returns soon. */
    interface Step {
        void run() throws InterruptedException;
    }

    private final String name;
    private final Step step;
    private final Runnable afterwards;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread;
    private volatile String fault = "";

    /** @param afterwards run in the thread after the last step */
    ObserverThread(String name, Step step, Runnable afterwards) {
        this.name = name;
        this.step = step;
        this.afterwards = afterwards;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    Optional<String> fault() {
        return fault.isEmpty() ? Optional.empty() : Optional.of(fault);
    }

    /** @return whether it is time to end */
    boolean pause(Duration duration) throws InterruptedException {
        return closing.await(duration.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The step is told by {@link #isClosing} that it shall end. */
    void markClosing() {
        closing.countDown();
    }

    boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void run() {
        try {
            Duration wait = FIRST_WAIT;
            while (!isClosing()) {
                try {
                    step.run();
                    fault = "";
                    wait = FIRST_WAIT;
                } catch (StoreUnavailableException e) {
                    noteFault(e);
                    pause(wait);
                    wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
                }
            }
        } catch (InterruptedException | InterruptException e) {
            Thread.currentThread().interrupt();
        } catch (WakeupException e) {
            // closing
        } catch (RuntimeException e) {
            fault = "%s has ended: %s".formatted(name, e.getMessage());
            LOG.atError().addKeyValue("observer", name).setCause(e).log("An observer has ended");
        } finally {
            afterwards.run();
        }
    }

    private void noteFault(RuntimeException e) {
        if (fault.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("observer", name)
                    .addKeyValue("reason", e.getMessage())
                    .log("Cannot look, trying again");
        }
        fault = e.getMessage() == null ? e.toString() : e.getMessage();
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(CLOSE_LIMIT.toMillis());
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(CLOSE_LIMIT.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
