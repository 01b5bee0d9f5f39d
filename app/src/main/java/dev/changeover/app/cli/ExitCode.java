package dev.changeover.app.cli;

/** How the command exits; the numbers are part of its contract. */
public final class ExitCode {
    public static final int OK = 0;
    /** Looked, and found something: findings, differences, open mismatches, a closed gate. */
    public static final int FINDINGS = 1;
    /** Bad usage or definition. */
    public static final int USAGE = 2;
    /** Cannot reach what it needs, or could not tell. */
    public static final int UNREACHABLE = 3;
    /** Refused: permissions, or not in this phase. */
    public static final int REFUSED = 4;
    /** A defect of ours. */
    public static final int DEFECT = 70;

    private ExitCode() {}
}
