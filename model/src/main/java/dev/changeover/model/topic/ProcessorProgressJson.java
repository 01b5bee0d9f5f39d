package dev.changeover.model.topic;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** {@code {"partition":3,"next":912,"writes":910,"changes":900,"dead_letters":1,"duplicates":4,"beaten_snapshot_reads":5,"at":…}}. */
final class ProcessorProgressJson {
    private static final JsonFactory JSON = new JsonFactory();

    private ProcessorProgressJson() {}

    static byte[] write(ProcessorProgress progress) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(160);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("partition", progress.partition());
            json.writeNumberField("next", progress.next());
            json.writeNumberField("writes", progress.counters().writes());
            json.writeNumberField("changes", progress.counters().changes());
            json.writeNumberField("dead_letters", progress.counters().deadLetters());
            json.writeNumberField("duplicates", progress.counters().duplicates());
            json.writeNumberField("beaten_snapshot_reads", progress.counters().beatenSnapshotReads());
            json.writeNumberField("at", progress.atMillis());
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it writes to memory
        }
        return out.toByteArray();
    }

    static ProcessorProgress read(byte[] bytes) {
        Map<String, Long> numbers = new HashMap<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.VALUE_NUMBER_INT) {
                    numbers.put(json.currentName(), json.getLongValue());
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("Invalid progress of the processor: " + e.getMessage(), e);
        }
        return new ProcessorProgress(
                Math.toIntExact(number(numbers, "partition")),
                number(numbers, "next"),
                new ProcessorProgress.Counters(
                        number(numbers, "writes"),
                        number(numbers, "changes"),
                        number(numbers, "dead_letters"),
                        number(numbers, "duplicates"),
                        number(numbers, "beaten_snapshot_reads")),
                number(numbers, "at"));
    }

    private static long number(Map<String, Long> numbers, String name) {
        Long number = numbers.get(name);
        if (number == null) {
            throw new IllegalArgumentException("Invalid progress of the processor: %s is missing".formatted(name));
        }
        return number;
    }
}
