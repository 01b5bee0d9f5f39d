package dev.changeover.store.file;

import dev.changeover.store.RecordStream;
import dev.changeover.store.Scanned;
import dev.changeover.store.file.FileLayouts.EntityFile;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.function.Function;

/** The records of files, one file in memory at a time. */
final class DocumentStream implements RecordStream {
    private final Iterator<EntityFile> files;
    private final Function<EntityFile, List<Scanned>> reader;
    private final Queue<Scanned> records = new ArrayDeque<>();

    DocumentStream(Iterator<EntityFile> files, Function<EntityFile, List<Scanned>> reader) {
        this.files = files;
        this.reader = reader;
    }

    @Override
    public boolean hasNext() {
        while (records.isEmpty() && files.hasNext()) {
            records.addAll(reader.apply(files.next()));
        }
        return !records.isEmpty();
    }

    @Override
    public Scanned next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return records.remove();
    }

    @Override
    public void close() {
        records.clear();
    }
}
