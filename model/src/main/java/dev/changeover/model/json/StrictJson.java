package dev.changeover.model.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.changeover.model.entity.JsonText;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The one way in which JSON is read here: RFC 8259 and not a step beyond it, in UTF-8, one value to a text, no name twice
 * in an object, and within the limits below. Jackson by itself keeps the last of two equal names and ignores what follows
 * the value.
 */
public final class StrictJson {
    /** Bytes in one document. */
    public static final int MAX_DOCUMENT_BYTES = 16 << 20;
    /** Containers within containers in one value. */
    public static final int MAX_DEPTH = 200;
    /** UTF-16 units in one string. */
    public static final int MAX_STRING_CHARS = 4 << 20;
    /** Characters in one member's name. */
    public static final int MAX_NAME_CHARS = 1024;
    /** Digits of a number in a JSON field, without zeros at its ends. */
    public static final int MAX_SIGNIFICANT_DIGITS = 1000;
    /** PostgreSQL's jsonb gives 1e131071 back with all its zeros: what we let in we must be able to read again. */
    private static final int MAX_NUMBER_CHARS = 150_000;
    /** A value may be as deep as it may be, and then it stands in a record in an envelope. */
    private static final int ENVELOPE_DEPTH = 24;

    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNestingDepth(MAX_DEPTH + ENVELOPE_DEPTH)
            .maxDocumentLength(MAX_DOCUMENT_BYTES)
            .maxStringLength(MAX_STRING_CHARS)
            .maxNumberLength(MAX_NUMBER_CHARS)
            .maxNameLength(MAX_NAME_CHARS)
            .build();
    // Names are data here as often as not: the table of interned strings is no place for them.
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(LIMITS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    /** Jackson's detection keeps a set for every object, which costs a third of the reading: {@link #copy} has its own. */
    private static final JsonFactory LENIENT_ON_NAMES = JsonFactory.builder()
            .streamReadConstraints(LIMITS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private StrictJson() {}

    /**
     * Parsers that refuse equal names in one object and whatever exceeds the limits. They do not see all that is wrong
     * with UTF-8, nor text after the value: prefer {@link #parser(byte[])} and {@link #end}.
     */
    public static JsonFactory factory() {
        return FACTORY;
    }

    /** A parser before the first token of {@code utf8}, whose size and encoding have been checked. */
    public static JsonParser parser(byte[] utf8) throws InvalidJsonException {
        return parser(FACTORY, utf8);
    }

    /**
     * As {@link #parser(byte[])}, but faster and with no eye for equal names: for readers that know every name that
     * counts, or look themselves ({@link NamesMet}). {@link #copy}, {@link #skip} and {@code RecordJson} see equal names with it too.
     */
    public static JsonParser parserOfKnownNames(byte[] utf8) throws InvalidJsonException {
        return parser(LENIENT_ON_NAMES, utf8);
    }

    private static JsonParser parser(JsonFactory factory, byte[] utf8) throws InvalidJsonException {
        if (utf8.length > MAX_DOCUMENT_BYTES) {
            throw new InvalidJsonException("%d bytes, more than %d".formatted(utf8.length, MAX_DOCUMENT_BYTES), 0, 0);
        }
        // A raw U+0000 is never JSON; Jackson would take it as a sign of UTF-16 and read on.
        int invalid = Utf8.firstInvalid(utf8);
        if (invalid >= 0) {
            throw at(utf8, invalid, "byte 0x%02x is not UTF-8".formatted(utf8[invalid] & 0xff));
        }
        if (utf8.length >= 2 && (utf8[0] == 0 || utf8[1] == 0)) {
            throw new InvalidJsonException("it must be UTF-8, without U+0000", 1, 1);
        }
        try {
            return factory.createParser(utf8);
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    /** A parser before the first token of {@code utf8}, an UTF-8 stream; one that is none ends in an {@link IOException}. */
    public static JsonParser parser(InputStream utf8) throws IOException {
        return FACTORY.createParser(new InputStreamReader(
                utf8,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)));
    }

    /** The one value that {@code utf8} holds, without white space. */
    public static JsonText compact(byte[] utf8) throws InvalidJsonException {
        try (JsonParser parser = parserOfKnownNames(utf8)) {
            return only(parser);
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    /** The one value that {@code text} holds, without white space. */
    public static JsonText compact(String text) throws InvalidJsonException {
        if (text.length() > MAX_DOCUMENT_BYTES) {
            throw new InvalidJsonException(
                    "%d characters, more than %d".formatted(text.length(), MAX_DOCUMENT_BYTES), 0, 0);
        }
        try (JsonParser parser = LENIENT_ON_NAMES.createParser(text)) {
            return only(parser);
        } catch (IOException e) {
            throw InvalidJsonException.of(e);
        }
    }

    private static JsonText only(JsonParser parser) throws IOException {
        if (parser.nextToken() == null) {
            throw new InvalidJsonException("there is nothing", 1, 1);
        }
        JsonText value = copy(parser);
        end(parser);
        return value;
    }

    /**
     * The parser's current value; afterwards the parser stands on its last token, also when this throws an
     * {@link InvalidJsonException}: then the value is well-formed, but holds what a store could not keep.
     *
     * @throws InvalidJsonException for U+0000, half a surrogate pair, a number that PostgreSQL could not hold, too deep
     *     a nesting, a name that comes twice in an object
     */
    public static JsonText copy(JsonParser parser) throws IOException {
        return new JsonCopy(parser).copy();
    }

    /** Passes over the parser's current value, which is well-formed and has no name twice; afterwards the parser stands on its last token. */
    public static void skip(JsonParser parser) throws IOException {
        if (!parser.currentToken().isStructStart() || parser.isEnabled(StreamReadFeature.STRICT_DUPLICATE_DETECTION)) {
            parser.skipChildren();
            return;
        }
        NamesMet names = new NamesMet();
        int depth = 0;
        JsonToken token = parser.currentToken();
        while (true) {
            switch (token) {
                case START_OBJECT -> {
                    depth++;
                    names.enter();
                }
                case END_OBJECT -> {
                    depth--;
                    names.leave();
                }
                case START_ARRAY -> depth++;
                case END_ARRAY -> depth--;
                case FIELD_NAME -> {
                    if (!names.add(parser.currentName())) {
                        throw InvalidJsonException.duplicate(parser);
                    }
                }
                default -> {}
            }
            if (depth == 0) {
                return;
            }
            token = parser.nextToken();
            if (token == null) {
                throw new InvalidJsonException("it ends within a value", 0, 0);
            }
        }
    }

    /** Checks that nothing follows the value that the parser has just read. */
    public static void end(JsonParser parser) throws IOException {
        if (parser.nextToken() != null) {
            JsonLocation place = parser.currentTokenLocation();
            throw new InvalidJsonException(
                    "there is more after the value's end", place.getLineNr(), place.getColumnNr());
        }
    }

    /** {@code content} without a byte order mark at its start. */
    public static byte[] withoutByteOrderMark(byte[] content) {
        boolean marked = content.length >= 3
                && content[0] == (byte) 0xef
                && content[1] == (byte) 0xbb
                && content[2] == (byte) 0xbf;
        return marked ? Arrays.copyOfRange(content, 3, content.length) : content;
    }

    private static InvalidJsonException at(byte[] utf8, int index, String message) {
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < index; i++) {
            if (utf8[i] == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new InvalidJsonException(message, line, index - lineStart + 1);
    }
}
