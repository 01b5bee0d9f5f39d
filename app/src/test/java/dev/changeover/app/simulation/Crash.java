package dev.changeover.app.simulation;

/** Ends a role in the middle of a step; an {@code Error}, so that nothing of the product catches it. */
final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash(Role role) {
        super(role.name(), null, false, false);
    }
}
