package dev.changeover.model.layout;

import java.util.Random;
import java.util.stream.LongStream;

/** Fresh seeds on each run; {@code -Dchangeover.seed=N} runs that one again. */
public final class Seeds {
    private Seeds() {}

    public static LongStream fresh() {
        String chosen = System.getProperty("changeover.seed");
        return chosen == null ? new Random().longs(20) : LongStream.of(Long.parseLong(chosen));
    }
}
