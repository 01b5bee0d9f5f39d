package dev.changeover.store.file;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What somebody should look at, each thing once, up to a limit. Safe for use by several threads. */
final class Warnings {
    private static final int MAX_WARNINGS = 100;

    private final Set<String> texts = new LinkedHashSet<>();

    synchronized void add(String text) {
        if (texts.size() < MAX_WARNINGS) {
            texts.add(text);
        }
    }

    synchronized List<String> texts() {
        return List.copyOf(texts);
    }
}
