package dev.changeover.app;

import dev.changeover.app.cli.Changeover;

/** The {@code changeover} command. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(Changeover.execute(arguments));
    }
}
