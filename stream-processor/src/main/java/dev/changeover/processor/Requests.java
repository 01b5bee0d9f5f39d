package dev.changeover.processor;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.RecordKey;
import dev.changeover.model.event.ChangeEvent;
import dev.changeover.model.json.RecordJson;
import dev.changeover.model.topic.Answer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.jspecify.annotations.Nullable;

/** The idempotency keys seen, by record, with what became of the first write that had each. */
final class Requests {
    private static final char MARK = 'q';

    /** How long a key is remembered at least; 24 hours are promised. */
    static final Duration REMEMBERED = Duration.ofHours(25);

    /** The longest idempotency key, in characters. */
    static final int MAX_KEY_CHARS = 500;

    private static final int MAX_FORGOTTEN_AT_ONCE = 20_000;
    private static final int HASH_BYTES = 16;
    private static final byte[] FIRST = {};

    private final Part requests;
    private final MessageDigest sha256;
    private byte[] forgetFrom = FIRST;

    Requests(PartitionState state) {
        this.requests = new Part(state, MARK);
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every JDK has SHA-256", e);
        }
    }

    /** The first write that had an idempotency key. Stored: offset, time, hash, then outcome and reason as two lines of text. */
    static final class Request {
        private final long offset;
        private final long atMillis;
        private final byte[] hash;
        private final Answer.Outcome outcome;
        private final String reason;

        /**
         * @param atMillis when the broker got it
         * @param hash of what it wanted
         */
        Request(long offset, long atMillis, byte[] hash, Answer.Outcome outcome, String reason) {
            this.offset = offset;
            this.atMillis = atMillis;
            this.hash = hash;
            this.outcome = outcome;
            this.reason = reason;
        }

        static Request of(byte[] stored) {
            ByteBuffer buffer = ByteBuffer.wrap(stored);
            long offset = buffer.getLong();
            long atMillis = buffer.getLong();
            byte[] hash = new byte[HASH_BYTES];
            buffer.get(hash);
            String told = StandardCharsets.UTF_8.decode(buffer).toString();
            int end = told.indexOf('\n');
            return new Request(
                    offset, atMillis, hash, Answer.Outcome.valueOf(told.substring(0, end)), told.substring(end + 1));
        }

        byte[] stored() {
            byte[] told = (outcome.name() + '\n' + reason).getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(2 * Long.BYTES + HASH_BYTES + told.length)
                    .putLong(offset)
                    .putLong(atMillis)
                    .put(hash)
                    .put(told)
                    .array();
        }

        long atMillis() {
            return atMillis;
        }

        /** What a write that wants {@code otherHash} under the same key is told. */
        Admission repeated(Write write, String key, byte[] otherHash) {
            if (!Arrays.equals(hash, otherHash)) {
                return Admission.rejected(
                        write,
                        Answer.Outcome.KEY_REUSED,
                        "Cannot take idempotency key \"%s\" for another body: it belongs to the write at offset %d."
                                        .formatted(key, offset)
                                + " Use a fresh key for each write.");
            }
            Answer.Outcome told = outcome == Answer.Outcome.ACCEPTED ? Answer.Outcome.DUPLICATE : outcome;
            return new Admission(told, true, offset, reason);
        }
    }

    Optional<Request> find(RecordKey scope, String key) {
        return Optional.ofNullable(requests.get(entry(scope, key))).map(Request::of);
    }

    void remember(RecordKey scope, String key, byte[] hash, Write write, Admission admission) {
        requests.put(
                entry(scope, key),
                new Request(write.offset(), write.timestampMillis(), hash, admission.outcome(), admission.reason())
                        .stored());
    }

    /** Of what the write wants: not of its time, its origin or its name, which a repeat has anew. */
    byte[] hash(ChangeEvent event, @Nullable String condition) {
        sha256.reset();
        add(event.op().letter());
        add(condition == null ? "" : condition);
        EntityRecord after = event.after();
        JsonText patch = event.patch();
        if (after != null) {
            add(RecordJson.text(after).text());
        } else if (patch != null) {
            add(patch.text());
        }
        return Arrays.copyOf(sha256.digest(), HASH_BYTES);
    }

    private void add(String text) {
        sha256.update(text.getBytes(StandardCharsets.UTF_8));
        sha256.update((byte) 0);
    }

    /** Forgets some that are too old; called again and again it goes through all of them. */
    void forgetOld(long nowMillis) {
        long limit = nowMillis - REMEMBERED.toMillis();
        try (Part.Entries all = requests.from(forgetFrom)) {
            int looked = 0;
            while (all.hasNext() && looked < MAX_FORGOTTEN_AT_ONCE) {
                KeyValue<byte[], byte[]> one = all.next();
                looked++;
                forgetFrom = one.key;
                if (Request.of(one.value).atMillis() < limit) {
                    requests.delete(one.key);
                }
            }
            if (!all.hasNext()) {
                forgetFrom = FIRST;
            }
        }
    }

    private static byte[] entry(RecordKey scope, String key) {
        return (scope.text() + '\0' + key).getBytes(StandardCharsets.UTF_8);
    }
}
