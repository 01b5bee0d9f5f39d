package dev.changeover.store.file.yaml;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node of a YAML text and where it stands there: from its first character to one past its last, white space and comments behind it left out. */
abstract sealed class YamlNode {
    final int from;
    int to;
    final int line;
    final int column;

    private YamlNode(int from, int to, int line, int column) {
        this.from = from;
        this.to = to;
        this.line = line;
        this.column = column;
    }

    /** @return whether its children stand between brackets */
    boolean isFlow() {
        return false;
    }

    static final class Scalar extends YamlNode {
        final String value;
        /** Without quotes: what it is depends on who reads it. */
        final boolean plain;

        Scalar(int from, int to, int line, int column, String value, boolean plain) {
            super(from, to, line, column);
            this.value = value;
            this.plain = plain;
        }
    }

    static final class Alias extends YamlNode {
        final YamlNode target;

        Alias(int from, int to, int line, int column, YamlNode target) {
            super(from, to, line, column);
            this.target = target;
        }
    }

    static final class Sequence extends YamlNode {
        final boolean flow;
        final List<YamlNode> items = new ArrayList<>();

        Sequence(int from, int line, int column, boolean flow) {
            super(from, from, line, column);
            this.flow = flow;
        }

        @Override
        boolean isFlow() {
            return flow;
        }
    }

    static final class Mapping extends YamlNode {
        final boolean flow;
        final List<Entry> entries = new ArrayList<>();

        Mapping(int from, int line, int column, boolean flow) {
            super(from, from, line, column);
            this.flow = flow;
        }

        @Override
        boolean isFlow() {
            return flow;
        }

        @Nullable
        Entry find(String name) {
            for (Entry entry : entries) {
                if (entry.key.value.equals(name) && !entry.isMerge()) {
                    return entry;
                }
            }
            return null;
        }
    }

    static final class Entry {
        final Scalar key;
        final YamlNode value;

        Entry(Scalar key, YamlNode value) {
            this.key = key;
            this.value = value;
        }

        /** {@code <<}: the members of another mapping, as far as this one has none of their names. */
        boolean isMerge() {
            return key.plain && key.value.equals("<<");
        }
    }

    /** Itself, or what an alias stands for. */
    YamlNode resolved() {
        return this instanceof Alias alias ? alias.target.resolved() : this;
    }
}
