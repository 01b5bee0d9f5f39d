package dev.changeover.store.file.yaml;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.store.file.yaml.YamlNode.Entry;
import dev.changeover.store.file.yaml.YamlNode.Mapping;
import dev.changeover.store.file.yaml.YamlNode.Scalar;
import dev.changeover.store.file.yaml.YamlNode.Sequence;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a YAML text say something else by cutting and pasting at the places of the values that differ. Comments, order, quotes
 * and line ends of all else stay as they are. What another place refers to by an alias is written out where it changes.
 */
final class YamlEdit {
    /** Two lists are matched element by element up to this many pairs. */
    private static final long MAX_PAIRS = 4_000_000;

    private final String text;
    private final String newline;
    private final YamlText yaml;
    private final List<Cut> cuts = new ArrayList<>();

    /** @param number in the order in which they were thought of: what is inserted at one place stands in this order */
    private record Cut(int from, int to, String replacement, int number) {}

    /** Where a value hangs: what must be written in its place if it becomes another one. */
    private interface Seat {
        void replace(YamlNode node, JsonText value) throws InvalidJsonException;
    }

    private YamlEdit(String text) {
        this.text = text;
        this.newline = text.contains("\r\n") ? "\r\n" : "\n";
        this.yaml = new YamlText(newline);
    }

    /** The text whose {@code root} says {@code before}, made to say {@code after}. */
    static String apply(String text, YamlNode root, JsonText before, JsonText after) throws InvalidJsonException {
        YamlEdit edit = new YamlEdit(text);
        edit.change(root, before, after, (node, value) -> {
            String end = node.to > 0 && text.charAt(node.to - 1) == '\n' ? edit.newline : "";
            String written = edit.yaml.document(value);
            edit.cut(node.from, node.to, written.substring(0, written.length() - edit.newline.length()) + end);
        });
        return edit.done();
    }

    private void cut(int from, int to, String replacement) {
        cuts.add(new Cut(from, to, replacement, cuts.size()));
    }

    private String done() {
        cuts.sort(Comparator.comparingInt(Cut::from).thenComparingInt(Cut::number));
        StringBuilder out = new StringBuilder(text.length() + 256);
        int at = 0;
        for (Cut cut : cuts) {
            if (cut.from() > at) {
                out.append(text, at, cut.from());
            }
            out.append(cut.replacement());
            at = Math.max(at, cut.to());
        }
        return out.append(text, at, text.length()).toString();
    }

    private void change(YamlNode node, JsonText before, JsonText after, Seat seat) throws InvalidJsonException {
        if (before.equals(after)) {
            return;
        }
        boolean filled = after.text().length() > 2;
        if (node instanceof Mapping mapping && YamlText.isObject(after) && filled && !mapping.entries.isEmpty()) {
            members(mapping, JsonMembers.of(before), JsonMembers.of(after), after, seat);
        } else if (node instanceof Sequence sequence
                && YamlText.isArray(after)
                && filled
                && !sequence.items.isEmpty()) {
            elements(sequence, JsonMembers.elements(before), JsonMembers.elements(after), after, seat);
        } else {
            seat.replace(node, after);
        }
    }

    private void members(
            Mapping mapping, Map<String, JsonText> before, Map<String, JsonText> after, JsonText whole, Seat seat)
            throws InvalidJsonException {
        List<Entry> stay = new ArrayList<>();
        for (Entry entry : mapping.entries) {
            if (entry.isMerge() || after.containsKey(entry.key.value)) {
                stay.add(entry);
            }
        }
        if (stay.isEmpty()) {
            seat.replace(mapping, whole);
            return;
        }
        Map<String, JsonText> added = new LinkedHashMap<>();
        for (Map.Entry<String, JsonText> member : after.entrySet()) {
            Entry entry = mapping.find(member.getKey());
            JsonText earlier = before.get(member.getKey());
            if (entry != null && earlier != null) {
                change(entry.value, earlier, member.getValue(), seatOf(mapping, entry));
            } else if (!member.getValue().equals(earlier)) {
                added.put(member.getKey(), member.getValue());
            }
        }
        for (int i = 0; i < mapping.entries.size(); i++) {
            if (!stay.contains(mapping.entries.get(i))) {
                remove(mapping, i);
            }
        }
        if (!added.isEmpty()) {
            add(mapping, added);
        }
    }

    private Seat seatOf(Mapping mapping, Entry entry) {
        return (node, value) -> {
            if (mapping.flow) {
                boolean empty = node.from == node.to;
                cut(node.from, node.to, (empty ? " " : "") + yaml.flow(value));
                return;
            }
            int colon = text.indexOf(':', entry.key.to);
            cut(colon + 1, Math.max(node.to, colon + 1), yaml.behindColon(value, column(begin(entry))) + endOf(node));
        };
    }

    /** Where a member begins: at its name, or at a question mark before that. */
    private int begin(Entry entry) {
        int at = entry.key.from - 1;
        while (at >= 0 && text.charAt(at) == ' ') {
            at--;
        }
        return at >= 0 && text.charAt(at) == '?' ? at : entry.key.from;
    }

    /** A text in a block of its own has the line's end in it. */
    private String endOf(YamlNode node) {
        return node.to > node.from && text.charAt(node.to - 1) == '\n' ? newline : "";
    }

    private void add(Mapping mapping, Map<String, JsonText> added) throws InvalidJsonException {
        Entry last = mapping.entries.get(mapping.entries.size() - 1);
        int behind = Math.max(last.value.to, mapping.flow ? last.key.to : 0);
        for (Map.Entry<String, JsonText> member : added.entrySet()) {
            if (mapping.flow) {
                cut(behind, behind, ", " + yaml.flowEntry(member.getKey(), member.getValue()));
            } else {
                int indent = column(begin(mapping.entries.get(0)));
                addLine(mapping.to, indent, yaml.entry(member.getKey(), member.getValue(), indent));
            }
        }
    }

    /** Lines behind the one in which {@code behind} is. */
    private void addLine(int behind, int indent, String lines) {
        int at = lineEnd(behind);
        boolean ended = at > 0 && text.charAt(at - 1) == '\n';
        String indented = " ".repeat(indent) + lines;
        cut(at, at, ended ? indented + newline : newline + indented);
    }

    /** Where the line behind the one that a value ends in begins. */
    private int lineEnd(int behind) {
        if (behind > 0 && text.charAt(behind - 1) == '\n') {
            return behind;
        }
        int end = text.indexOf('\n', behind);
        return end < 0 ? text.length() : end + 1;
    }

    private void remove(Mapping mapping, int index) {
        Entry entry = mapping.entries.get(index);
        int end = Math.max(entry.value.to, entry.key.to);
        if (mapping.flow) {
            removeFlow(
                    index == 0 ? -1 : endOf(mapping.entries.get(index - 1)),
                    entry.key.from,
                    end,
                    index + 1 < mapping.entries.size() ? mapping.entries.get(index + 1).key.from : -1);
            return;
        }
        int name = begin(entry);
        int begin = lineStart(name);
        boolean ownLine = text.substring(begin, name).isBlank();
        if (ownLine) {
            cut(begin, lineEnd(Math.max(end, text.indexOf(':', entry.key.to) + 1)), "");
        } else if (index + 1 < mapping.entries.size()) {
            cut(name, begin(mapping.entries.get(index + 1)), ""); // the next one follows the dash
        }
    }

    private static int endOf(Entry entry) {
        return Math.max(entry.value.to, entry.key.to);
    }

    private void removeFlow(int previousEnd, int from, int to, int next) {
        if (previousEnd >= 0) {
            cut(previousEnd, to, "");
        } else {
            cut(from, next < 0 ? to : next, "");
        }
    }

    private void elements(Sequence sequence, List<JsonText> before, List<JsonText> after, JsonText whole, Seat seat)
            throws InvalidJsonException {
        int prefix = 0;
        while (prefix < before.size()
                && prefix < after.size()
                && before.get(prefix).equals(after.get(prefix))) {
            prefix++;
        }
        int suffix = 0;
        while (suffix < before.size() - prefix
                && suffix < after.size() - prefix
                && before.get(before.size() - 1 - suffix).equals(after.get(after.size() - 1 - suffix))) {
            suffix++;
        }
        List<JsonText> gone = before.subList(prefix, before.size() - suffix);
        List<JsonText> come = after.subList(prefix, after.size() - suffix);
        boolean[] goes = new boolean[sequence.items.size()];
        Map<Integer, List<JsonText>> inserted = new LinkedHashMap<>();
        match(sequence, prefix, gone, come, goes, inserted);
        boolean allGo = true;
        for (boolean each : goes) {
            allGo &= each;
        }
        if (allGo || !dashesAreClear(sequence)) {
            seat.replace(sequence, whole);
            return;
        }
        for (int i = 0; i < goes.length; i++) {
            if (goes[i]) {
                remove(sequence, i);
            }
        }
        for (Map.Entry<Integer, List<JsonText>> each : inserted.entrySet()) {
            for (JsonText value : each.getValue()) {
                insert(sequence, each.getKey(), value);
            }
        }
    }

    /** What both have in common stays; of what lies between, as many as there are on both sides are changed into one another. */
    private void match(
            Sequence sequence,
            int offset,
            List<JsonText> before,
            List<JsonText> after,
            boolean[] goes,
            Map<Integer, List<JsonText>> inserted)
            throws InvalidJsonException {
        int i = 0;
        int j = 0;
        for (int[] pair : common(before, after)) {
            between(sequence, offset, before, i, pair[0], after, j, pair[1], goes, inserted);
            i = pair[0] + 1;
            j = pair[1] + 1;
        }
        between(sequence, offset, before, i, before.size(), after, j, after.size(), goes, inserted);
    }

    private void between(
            Sequence sequence,
            int offset,
            List<JsonText> before,
            int beforeFrom,
            int beforeTo,
            List<JsonText> after,
            int afterFrom,
            int afterTo,
            boolean[] goes,
            Map<Integer, List<JsonText>> inserted)
            throws InvalidJsonException {
        int pairs = Math.min(beforeTo - beforeFrom, afterTo - afterFrom);
        for (int k = 0; k < pairs; k++) {
            int index = offset + beforeFrom + k;
            change(
                    sequence.items.get(index),
                    before.get(beforeFrom + k),
                    after.get(afterFrom + k),
                    seatOf(sequence, index));
        }
        for (int k = beforeFrom + pairs; k < beforeTo; k++) {
            goes[offset + k] = true;
        }
        for (int k = afterFrom + pairs; k < afterTo; k++) {
            inserted.computeIfAbsent(offset + beforeFrom + pairs, place -> new ArrayList<>())
                    .add(after.get(k));
        }
    }

    /** Pairs of equal elements in both lists' order; none where there are too many to look at. */
    private static List<int[]> common(List<JsonText> before, List<JsonText> after) {
        int n = before.size();
        int m = after.size();
        if ((long) n * m > MAX_PAIRS || n == 0 || m == 0) {
            return List.of();
        }
        int[][] length = new int[n + 1][m + 1];
        for (int i = n - 1; i >= 0; i--) {
            for (int j = m - 1; j >= 0; j--) {
                length[i][j] = before.get(i).equals(after.get(j))
                        ? length[i + 1][j + 1] + 1
                        : Math.max(length[i + 1][j], length[i][j + 1]);
            }
        }
        List<int[]> pairs = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < n && j < m) {
            if (before.get(i).equals(after.get(j))) {
                pairs.add(new int[] {i++, j++});
            } else if (length[i + 1][j] >= length[i][j + 1]) {
                i++;
            } else {
                j++;
            }
        }
        return pairs;
    }

    private Seat seatOf(Sequence sequence, int index) {
        return (node, value) -> {
            if (sequence.flow) {
                cut(node.from, node.to, yaml.flow(value));
                return;
            }
            int dash = dash(sequence, index);
            cut(dash + 1, Math.max(node.to, dash + 1), yaml.behindDash(value, column(dash)) + endOf(node));
        };
    }

    /** The dash before an element; -1 if something else is there. */
    private int dash(Sequence sequence, int index) {
        int at = sequence.items.get(index).from - 1;
        if (sequence.items.get(index) instanceof Scalar empty && empty.from == empty.to) {
            at = text.lastIndexOf('-', empty.from);
        }
        while (at >= 0 && Character.isWhitespace(text.charAt(at))) {
            at--;
        }
        return at >= 0 && text.charAt(at) == '-' ? at : -1;
    }

    private boolean dashesAreClear(Sequence sequence) {
        if (sequence.flow) {
            return true;
        }
        int column = -1;
        for (int i = 0; i < sequence.items.size(); i++) {
            int dash = dash(sequence, i);
            if (dash < 0 || (column >= 0 && column(dash) != column)) {
                return false;
            }
            column = column(dash);
        }
        return true;
    }

    private void remove(Sequence sequence, int index) {
        YamlNode item = sequence.items.get(index);
        if (sequence.flow) {
            removeFlow(
                    index == 0 ? -1 : sequence.items.get(index - 1).to,
                    item.from,
                    item.to,
                    index + 1 < sequence.items.size() ? sequence.items.get(index + 1).from : -1);
            return;
        }
        int dash = dash(sequence, index);
        int begin = lineStart(dash);
        int end = lineEnd(Math.max(item.to, dash + 1));
        if (text.substring(begin, dash).isBlank()) {
            cut(begin, end, "");
        } else if (index + 1 < sequence.items.size()) {
            cut(dash, dash(sequence, index + 1), ""); // the next one follows the outer dash
        }
    }

    private void insert(Sequence sequence, int index, JsonText value) throws InvalidJsonException {
        boolean last = index >= sequence.items.size();
        if (sequence.flow) {
            int at = last ? sequence.items.get(sequence.items.size() - 1).to : sequence.items.get(index).from;
            cut(at, at, last ? ", " + yaml.flow(value) : yaml.flow(value) + ", ");
            return;
        }
        int indent = column(dash(sequence, 0));
        if (last) {
            addLine(
                    Math.max(sequence.to, dash(sequence, sequence.items.size() - 1) + 1),
                    indent,
                    yaml.item(value, indent));
            return;
        }
        int dash = dash(sequence, index);
        int begin = lineStart(dash);
        boolean ownLine = text.substring(begin, dash).isBlank();
        int at = ownLine ? begin : dash;
        String item = yaml.item(value, indent) + newline;
        cut(at, at, ownLine ? " ".repeat(indent) + item : item + " ".repeat(indent));
    }

    private int lineStart(int at) {
        return text.lastIndexOf('\n', at - 1) + 1;
    }

    private int column(int at) {
        return at - lineStart(at);
    }
}
