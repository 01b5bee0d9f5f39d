package dev.changeover.app.history;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a run came to: figures, and what the checker says.
 *
 * @param switches when the primary was being switched
 */
record Outcome(List<Op> ops, Checker.Result result, List<Window> switches) {
    /** A span of {@link System#nanoTime}. */
    record Window(long beganNanos, long endedNanos) {
        boolean meets(Op op) {
            return op.invoked() <= endedNanos && op.completed() >= beganNanos;
        }
    }

    static Outcome of(List<Op> ops, Map<String, Map<String, Long>> sides, List<Window> switches) {
        return new Outcome(ops, Checker.check(ops, sides), List.copyOf(switches));
    }

    long count(Op.Outcome outcome, boolean writes) {
        return ops.stream()
                .filter(op -> op.isWrite() == writes && op.outcome() == outcome)
                .count();
    }

    /** One line for each thing that an operator asks. */
    String words() {
        return """
                operations        %d: %d writes acknowledged, %d published only, %d of unknown outcome, %d reads
                while switching   writes %s; reads %s
                otherwise         writes %s; reads %s
                refused %d, lost %d, stale %d, unequal %d, from nowhere %d
                """.formatted(
                        ops.size(),
                        count(Op.Outcome.OK, true),
                        count(Op.Outcome.PUBLISHED, true),
                        count(Op.Outcome.UNKNOWN, true),
                        count(Op.Outcome.OK, false),
                        latency(true, true),
                        latency(false, true),
                        latency(true, false),
                        latency(false, false),
                        result.refused.size(),
                        result.lost.size(),
                        result.stale.size(),
                        result.unequal.size(),
                        result.fromNowhere.size());
    }

    private String latency(boolean writes, boolean whileSwitching) {
        long[] nanos = ops.stream()
                .filter(op -> op.isWrite() == writes && op.outcome() == Op.Outcome.OK)
                .filter(op -> switches.stream().anyMatch(window -> window.meets(op)) == whileSwitching)
                .mapToLong(op -> op.completed() - op.invoked())
                .sorted()
                .toArray();
        return nanos.length == 0
                ? "none"
                : "p50 %d ms, p99 %d ms, max %d ms"
                        .formatted(
                                nanos[nanos.length / 2] / 1_000_000,
                                nanos[nanos.length * 99 / 100] / 1_000_000,
                                nanos[nanos.length - 1] / 1_000_000);
    }

    /** The first violations in full. */
    String violations() {
        return result.all().stream().limit(20).collect(Collectors.joining("\n"));
    }
}
