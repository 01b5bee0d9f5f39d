package dev.changeover.app.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether a history, and what both stores hold after it, is what one store would have given that does one operation after the
 * other. It knows nothing of how Changeover works.
 *
 * <ul>
 *   <li><b>refused</b>: a write or read that was answered with an error. Clients send nothing that could be refused for what it is.
 *   <li><b>unequal</b>: records that both sides do not hold alike.
 *   <li><b>from nowhere</b>: a value that nobody wrote, or whose write surely failed.
 *   <li><b>lost</b>: what a side holds at the end is older than a write that has its place on the log.
 *   <li><b>stale</b>: no order of the operations of a record that keeps to real time explains what was read. Where every value is
 *       written once this is decided exactly, by the zones of Gibbons and Korach (Testing shared memories, 1997); where records are
 *       deleted too, by what each read may see at the least.
 * </ul>
 */
final class Checker {
    private final Map<String, List<Op>> byKey = new TreeMap<>();
    private final Result result = new Result();

    /** Each violation as a sentence. */
    static final class Result {
        final List<String> refused = new ArrayList<>();
        final List<String> unequal = new ArrayList<>();
        final List<String> fromNowhere = new ArrayList<>();
        final List<String> lost = new ArrayList<>();
        final List<String> stale = new ArrayList<>();

        List<String> all() {
            List<String> all = new ArrayList<>();
            named("refused", refused, all);
            named("unequal", unequal, all);
            named("from nowhere", fromNowhere, all);
            named("lost", lost, all);
            named("stale", stale, all);
            return all;
        }

        private static void named(String name, List<String> some, List<String> all) {
            some.forEach(one -> all.add(name + ": " + one));
        }
    }

    private Checker(List<Op> ops) {
        for (Op op : ops) {
            byKey.computeIfAbsent(op.key(), key -> new ArrayList<>()).add(op);
        }
    }

    /** @param sides by the side's name what it holds at the end: value by key, absent keys left out */
    static Result check(List<Op> ops, Map<String, Map<String, Long>> sides) {
        Checker checker = new Checker(ops);
        ops.stream()
                .filter(op -> op.outcome() == Op.Outcome.FAIL)
                .forEach(op -> checker.result.refused.add(op.words()));
        Set<String> keys = new TreeSet<>(checker.byKey.keySet());
        sides.values().forEach(side -> keys.addAll(side.keySet()));
        for (String key : keys) {
            checker.checkKey(key, sides);
        }
        return checker.result;
    }

    private void checkKey(String key, Map<String, Map<String, Long>> sides) {
        List<Op> ops = byKey.getOrDefault(key, List.of());
        List<Op> writes = ops.stream()
                .filter(op -> op.isWrite() && op.outcome() != Op.Outcome.FAIL)
                .toList();
        List<Op> reads = ops.stream()
                .filter(op -> op.kind() == Op.Kind.READ && op.outcome() == Op.Outcome.OK)
                .toList();
        Map<String, Long> held = new LinkedHashMap<>();
        sides.forEach((side, values) -> held.put(side, values.getOrDefault(key, Op.ABSENT)));
        if (Set.copyOf(held.values()).size() > 1) {
            result.unequal.add(key + ": " + held);
        }
        held.forEach((side, value) -> checkHeld(key, side, value, writes));
        for (Op read : reads) {
            if (read.value() != Op.ABSENT && writes.stream().noneMatch(write -> write.value() == read.value())) {
                result.fromNowhere.add(read.words());
            }
        }
        if (writes.stream().anyMatch(write -> write.kind() == Op.Kind.DELETE)) {
            reads.forEach(read -> checkBounds(read, writes));
        } else {
            checkZones(writes, reads);
        }
    }

    private void checkHeld(String key, String side, long value, List<Op> writes) {
        List<Op> candidates =
                writes.stream().filter(write -> write.value() == value).toList();
        if (candidates.isEmpty() && value != Op.ABSENT) {
            result.fromNowhere.add("%s is %d on %s".formatted(key, value, side));
            return;
        }
        if (candidates.isEmpty()
                ? writes.stream().anyMatch(Op::onLog)
                : candidates.stream().allMatch(write -> overwritten(write, writes, Op.NEVER, true))) {
            Op last = writes.stream()
                    .filter(Op::onLog)
                    .max(Comparator.comparingLong(Op::invoked))
                    .orElseThrow();
            result.lost.add("%s is %d on %s, after %s".formatted(key, value, side, last.words()));
        }
    }

    /** Whether another write surely came after {@code write}, and before {@code by}. */
    private static boolean overwritten(Op write, List<Op> writes, long by, boolean publishedCounts) {
        if (!write.onLog()) {
            return false; // it may take effect at any time
        }
        return writes.stream()
                .filter(other -> publishedCounts ? other.onLog() : other.outcome() == Op.Outcome.OK)
                .anyMatch(other -> other.invoked() > write.completed() && other.completed() < by);
    }

    private void checkBounds(Op read, List<Op> writes) {
        boolean possible = writes.stream()
                .filter(write -> write.value() == read.value())
                .anyMatch(write ->
                        write.invoked() < read.completed() && !overwritten(write, writes, read.invoked(), false));
        boolean neverWritten = read.value() == Op.ABSENT
                && writes.stream()
                        .noneMatch(write -> write.outcome() == Op.Outcome.OK && write.completed() < read.invoked());
        if (!possible && !neverWritten) {
            result.stale.add(read.words());
        }
    }

    /** All operations of one value: its write and what read it. */
    private static final class Zone {
        private final long value;
        private long firstEnd = Op.NEVER;
        private long lastBegin = Long.MIN_VALUE;

        Zone(long value) {
            this.value = value;
        }

        void add(long begin, long end) {
            firstEnd = Math.min(firstEnd, end);
            lastBegin = Math.max(lastBegin, begin);
        }

        /** The value surely was there from the first end to the last begin. */
        boolean forward() {
            return firstEnd < lastBegin;
        }
    }

    private void checkZones(List<Op> writes, List<Op> reads) {
        Map<Long, Zone> zones = new HashMap<>();
        Zone before = new Zone(Op.ABSENT);
        before.add(Long.MIN_VALUE, Long.MIN_VALUE);
        zones.put(Op.ABSENT, before);
        Map<Long, Op> writeOf = new HashMap<>();
        for (Op write : writes) {
            writeOf.put(write.value(), write);
            Zone zone = new Zone(write.value());
            zone.add(write.invoked(), write.outcome() == Op.Outcome.OK ? write.completed() : Op.NEVER);
            zones.put(write.value(), zone);
        }
        for (Op read : reads) {
            Zone zone = zones.get(read.value());
            if (zone == null) {
                continue; // from nowhere
            }
            zone.add(read.invoked(), read.completed());
            Op write = writeOf.get(read.value());
            if (write != null && read.completed() < write.invoked()) {
                result.stale.add("%s came before %s".formatted(read.words(), write.words()));
            }
        }
        List<Zone> forward = zones.values().stream()
                .filter(Zone::forward)
                .sorted(Comparator.comparingLong(zone -> zone.firstEnd))
                .toList();
        TreeMap<Long, Zone> byFirstEnd = new TreeMap<>();
        Zone last = null;
        for (Zone zone : forward) {
            if (last != null && zone.firstEnd < last.lastBegin) {
                stale(last, zone, writeOf, reads);
            }
            if (last == null || zone.lastBegin > last.lastBegin) {
                last = zone;
            }
            byFirstEnd.put(zone.firstEnd, zone);
        }
        for (Zone zone : zones.values()) {
            if (zone.forward() || zone.firstEnd == Op.NEVER) {
                continue; // never seen, and nobody was told that it is there
            }
            Map.Entry<Long, Zone> around = byFirstEnd.lowerEntry(zone.lastBegin);
            if (around != null && zone.firstEnd < around.getValue().lastBegin) {
                stale(around.getValue(), zone, writeOf, reads);
            }
        }
    }

    private void stale(Zone one, Zone other, Map<Long, Op> writeOf, List<Op> reads) {
        StringBuilder words = new StringBuilder("no order explains\n");
        for (Zone zone : List.of(one, other)) {
            Op write = writeOf.get(zone.value);
            words.append("    ")
                    .append(write == null ? "nothing written yet" : write.words())
                    .append('\n');
            reads.stream()
                    .filter(read -> read.value() == zone.value)
                    .filter(read -> read.completed() == zone.firstEnd || read.invoked() == zone.lastBegin)
                    .forEach(read ->
                            words.append("        ").append(read.words()).append('\n'));
        }
        result.stale.add(words.toString());
    }
}
