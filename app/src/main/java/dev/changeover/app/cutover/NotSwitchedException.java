package dev.changeover.app.cutover;

/** The primary was not switched, and everything is as it was; the message says why. */
public final class NotSwitchedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean worthTryingAgain;

    NotSwitchedException(String message, boolean worthTryingAgain) {
        super(message);
        this.worthTryingAgain = worthTryingAgain;
    }

    /** Whether it may go better soon without anybody doing anything: nothing was found to differ, it only took too long. */
    boolean worthTryingAgain() {
        return worthTryingAgain;
    }
}
