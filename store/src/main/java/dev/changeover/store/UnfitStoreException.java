package dev.changeover.store;

/** The database is not what the definition says, or does not let us write: somebody must act, and the role stops until then. */
public final class UnfitStoreException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public UnfitStoreException(String message) {
        super(message);
    }

    public UnfitStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
