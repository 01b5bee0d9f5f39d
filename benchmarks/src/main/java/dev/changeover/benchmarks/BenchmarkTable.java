package dev.changeover.benchmarks;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs a class of benchmarks and prints what they came to. */
final class BenchmarkTable {
    private BenchmarkTable() {}

    /** @param arguments names of some of its methods; none for all */
    static void run(Class<?> benchmarks, String[] arguments) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        if (arguments.length == 0) {
            options.include("^" + benchmarks.getName() + "\\.");
        }
        for (String method : arguments) {
            options.include("^" + benchmarks.getName() + "\\." + method + "$");
        }
        Collection<RunResult> results = new Runner(options.build()).run();

        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.printf("%n%-24s %14s %10s %10s%n", benchmarks.getSimpleName(), "per second", "±", "ns each");
        for (RunResult result : results) {
            Result<?> score = result.getPrimaryResult();
            out.printf(
                    "%-24s %,14.0f %,10.0f %,10.0f%n",
                    score.getLabel(), score.getScore(), score.getScoreError(), 1e9 / score.getScore());
        }
    }
}
