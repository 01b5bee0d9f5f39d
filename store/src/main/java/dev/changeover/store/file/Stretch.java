package dev.changeover.store.file;

import dev.changeover.model.entity.Entity;
import dev.changeover.store.file.FileLayouts.EntityFile;
import dev.changeover.store.file.disk.LegacyFolder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The names of an entity's files, as many as are wanted next. A chunk is a stretch of paths, but a folder tells its names in no order: to
 * find those of a chunk all of them must be gone through. Here that is done once for many chunks, and no more is kept than that many.
 * To be used by one thread.
 */
final class Stretch {
    static final int MOST_NAMES = 20_000;

    private static final Comparator<LegacyFolder.Name> BY_PATH = Comparator.comparing(LegacyFolder.Name::relative);
    private static final Duration GOOD_FOR = Duration.ofSeconds(2);
    /** Where to look takes long, what was seen is good for longer: most of the time is to be spent otherwise. */
    private static final int TIMES_AS_LONG = 10;

    private static final Duration AT_MOST = Duration.ofSeconds(30);

    private final int mostNames;
    private final FileLayouts layouts;
    private final LegacyFolder folder;
    private final Entity entity;

    private List<LegacyFolder.Name> names = List.of();
    private String from = "";
    /** As far as {@link #names} goes, not itself in it; empty for the end. */
    private String to = "";

    private boolean looked;
    private long goodUntilNanos;

    /** @param mostNames that are kept at a time */
    Stretch(FileLayouts layouts, LegacyFolder folder, Entity entity, int mostNames) {
        this.mostNames = mostNames;
        this.layouts = layouts;
        this.folder = folder;
        this.entity = entity;
    }

    /** As {@link FileLayouts#files(LegacyFolder, Entity, String, String)}, as it was half a minute ago at most. */
    List<EntityFile> files(String chunkFrom, String chunkTo) {
        if (!covers(chunkFrom, chunkTo) || System.nanoTime() - goodUntilNanos > 0) {
            look(chunkFrom);
        }
        return covers(chunkFrom, chunkTo)
                ? layouts.files(entity, within(chunkFrom, chunkTo), chunkFrom, chunkTo)
                : layouts.files(folder, entity, chunkFrom, chunkTo);
    }

    private boolean covers(String chunkFrom, String chunkTo) {
        return looked
                && chunkFrom.compareTo(from) >= 0
                && (to.isEmpty() || (!chunkTo.isEmpty() && chunkTo.compareTo(to) <= 0));
    }

    private List<LegacyFolder.Name> within(String chunkFrom, String chunkTo) {
        return names.subList(place(chunkFrom), chunkTo.isEmpty() ? names.size() : place(chunkTo));
    }

    /** Of the first name that is not before {@code path}. */
    private int place(String path) {
        int low = 0;
        int high = names.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (names.get(middle).relative().compareTo(path) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void look(String chunkFrom) {
        long began = System.nanoTime();
        PriorityQueue<LegacyFolder.Name> first = new PriorityQueue<>(BY_PATH.reversed());
        boolean[] more = new boolean[1];
        layouts.names(folder, entity, chunkFrom, "", name -> {
            if (first.size() == mostNames) {
                more[0] = true;
                if (BY_PATH.compare(name, first.element()) >= 0) {
                    return;
                }
                first.remove();
            }
            first.add(name);
        });
        names = new ArrayList<>(first);
        names.sort(BY_PATH);
        from = chunkFrom;
        // What has the last name's path may not be all there: names that are not UTF-8 can look alike.
        to = more[0] ? names.get(names.size() - 1).relative() : "";
        looked = true;
        long now = System.nanoTime();
        long goodFor = Math.max(GOOD_FOR.toNanos(), TIMES_AS_LONG * (now - began));
        goodUntilNanos = now + Math.min(goodFor, AT_MOST.toNanos());
    }
}
