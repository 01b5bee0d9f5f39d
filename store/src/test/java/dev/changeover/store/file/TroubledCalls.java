package dev.changeover.store.file;

import dev.changeover.store.file.disk.FileSystemCalls;
import java.io.IOException;
import java.nio.file.Path;

/** The real calls, but for fsync, which only counts; at the n-th of all calls there is trouble. */
final class TroubledCalls implements FileSystemCalls {
    /** The process is gone: nothing that it does from here on reaches the disk. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    enum Trouble {
        /** Dies before the call, or in the middle of a write. */
        DIES,
        /** The call fails, once; a write has written half. */
        FAILS
    }

    private final FileSystemCalls disk = FileSystemCalls.disk();
    private final Trouble trouble;
    private final int at;
    private int calls;

    TroubledCalls(Trouble trouble, int at) {
        this.trouble = trouble;
        this.at = at;
    }

    static TroubledCalls none() {
        return new TroubledCalls(Trouble.FAILS, Integer.MAX_VALUE);
    }

    boolean happened() {
        return calls >= at;
    }

    @FunctionalInterface
    private interface Half {
        void run() throws IOException;
    }

    private void call(Half half) throws IOException {
        calls++;
        if (calls == at) {
            half.run();
        }
        if (calls >= at && trouble == Trouble.DIES) {
            throw new Killed();
        }
        if (calls == at) {
            throw new IOException("No space left on device");
        }
    }

    private void call() throws IOException {
        call(() -> {});
    }

    @Override
    public Output create(Path file) throws IOException {
        call();
        return new TroubledOutput(disk.create(file));
    }

    @Override
    public Output open(Path file) throws IOException {
        call();
        return new TroubledOutput(disk.open(file));
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        call();
        disk.rename(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        call();
        disk.delete(file);
    }

    @Override
    public void createFolder(Path folder) throws IOException {
        call();
        disk.createFolder(folder);
    }

    @Override
    public void fsyncFolder(Path folder) throws IOException {
        call();
    }

    private final class TroubledOutput implements Output {
        private final Output output;

        TroubledOutput(Output output) {
            this.output = output;
        }

        @Override
        public void write(byte[] bytes) throws IOException {
            call(() -> output.write(java.util.Arrays.copyOf(bytes, bytes.length / 2)));
            output.write(bytes);
        }

        @Override
        public void truncate(long size) throws IOException {
            call();
            output.truncate(size);
        }

        @Override
        public void fsync() throws IOException {
            call();
        }

        @Override
        public void close() throws IOException {
            output.close();
        }
    }
}
