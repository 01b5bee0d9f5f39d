package dev.changeover.embedded;

import org.jspecify.annotations.Nullable;

/** Runs an action when the process ends normally, unless it was taken back. */
final class ExitHook {

    private @Nullable Thread thread;

    synchronized void set(String name, Runnable action) {
        if (thread == null) {
            thread = new Thread(action, name);
            Runtime.getRuntime().addShutdownHook(thread);
        }
    }

    synchronized void remove() {
        if (thread == null || Thread.currentThread().equals(thread)) {
            return;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException e) {
            // The process is ending: the hook runs anyway and finds everything closed.
        }
        thread = null;
    }
}
