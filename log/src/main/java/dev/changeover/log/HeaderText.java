package dev.changeover.log;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Record headers as text; their names are those of {@link dev.changeover.model.event.Headers}. */
public final class HeaderText {
    private HeaderText() {}

    /** The last header of that name, or null if there is none. */
    public static @Nullable String find(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    /** The number in the last header of that name, or {@code otherwise} if there is none or it is no number. */
    public static long number(Headers headers, String name, long otherwise) {
        String text = find(headers, name);
        try {
            return text == null ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    public static void add(Headers headers, String name, String value) {
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /** The one header of that name from now on. */
    public static void replace(Headers headers, String name, String value) {
        headers.remove(name);
        add(headers, name, value);
    }

    /** All of them by name, in order; the last one of a name counts. */
    public static Map<String, String> all(Headers headers) {
        Map<String, String> all = new LinkedHashMap<>();
        for (Header header : headers) {
            if (header.value() != null) {
                all.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return all;
    }

    public static Headers of(Map<String, String> texts) {
        Headers headers = new RecordHeaders();
        texts.forEach((name, value) -> add(headers, name, value));
        return headers;
    }
}
