package dev.changeover.app.history;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a run came to: figures, and what the checker says. */
record Outcome(List<Op> ops, Checker.Result result) {
    static Outcome of(List<Op> ops, Map<String, Map<String, Long>> sides) {
        return new Outcome(ops, Checker.check(ops, sides));
    }

    long count(Op.Outcome outcome, boolean writes) {
        return ops.stream()
                .filter(op -> op.isWrite() == writes && op.outcome() == outcome)
                .count();
    }

    /** One line for each thing that an operator asks. */
    String words() {
        return """
                operations  %d: %d writes acknowledged, %d published only, %d of unknown outcome, %d reads
                latency     writes %s, reads %s
                refused %d, lost %d, stale %d, unequal %d, from nowhere %d
                """.formatted(
                        ops.size(),
                        count(Op.Outcome.OK, true),
                        count(Op.Outcome.PUBLISHED, true),
                        count(Op.Outcome.UNKNOWN, true),
                        count(Op.Outcome.OK, false),
                        latency(true),
                        latency(false),
                        result.refused.size(),
                        result.lost.size(),
                        result.stale.size(),
                        result.unequal.size(),
                        result.fromNowhere.size());
    }

    private String latency(boolean writes) {
        long[] nanos = ops.stream()
                .filter(op -> op.isWrite() == writes && op.outcome() == Op.Outcome.OK)
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
