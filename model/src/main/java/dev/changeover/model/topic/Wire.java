package dev.changeover.model.topic;

import dev.changeover.model.entity.Bytes;
import dev.changeover.model.entity.Migration;
import java.util.Map;

/**
 * The records of this package as JSON in UTF-8, the way they travel. Readers tolerate members that they do not know.
 *
 * <p>Readers throw {@link IllegalArgumentException} on anything else: only Changeover writes these topics.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Wire {
    private Wire() {}

    public static byte[] write(Progress progress) {
        throw new UnsupportedOperationException();
    }

    public static Progress progress(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(Answer answer) {
        throw new UnsupportedOperationException();
    }

    public static Answer answer(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(Observation observation) {
        throw new UnsupportedOperationException();
    }

    public static Observation observation(Migration migration, byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(Verdict verdict) {
        throw new UnsupportedOperationException();
    }

    public static Verdict verdict(Migration migration, byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(Barrier barrier) {
        throw new UnsupportedOperationException();
    }

    public static Barrier barrier(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(Position position) {
        throw new UnsupportedOperationException();
    }

    public static Position position(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(Certificate certificate) {
        throw new UnsupportedOperationException();
    }

    public static Certificate certificate(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(ControlRecord controlRecord) {
        throw new UnsupportedOperationException();
    }

    public static ControlRecord control(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(BackfillTask task) {
        throw new UnsupportedOperationException();
    }

    public static BackfillTask backfillTask(byte[] json) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(BackfillResult result) {
        throw new UnsupportedOperationException();
    }

    public static BackfillResult backfillResult(byte[] json) {
        throw new UnsupportedOperationException();
    }

    /** All of a dead letter, its bytes in base64: for lists and stores, not for {@code dead-letters}. */
    public static byte[] write(DeadLetter letter) {
        throw new UnsupportedOperationException();
    }

    public static DeadLetter deadLetter(byte[] json) {
        throw new UnsupportedOperationException();
    }

    /** The headers of {@code letter} on {@code dead-letters}; its record's key is its key text, its value its content. */
    public static Map<String, String> headers(DeadLetter letter) {
        throw new UnsupportedOperationException();
    }

    /** The dead letter that a record of {@code dead-letters} holds. */
    public static DeadLetter deadLetter(String key, Map<String, String> headers, Bytes content, long atMillis) {
        throw new UnsupportedOperationException();
    }

    public static byte[] write(ProcessorProgress progress) {
        return ProcessorProgressJson.write(progress);
    }

    public static ProcessorProgress processorProgress(byte[] json) {
        return ProcessorProgressJson.read(json);
    }
}
