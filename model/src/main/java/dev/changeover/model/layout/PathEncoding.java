package dev.changeover.model.layout;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A text as part of a file name, and back: reversible, and different for different texts.
 *
 * <p>Most texts stand for themselves, because the application finds its files by them, control characters among them. Those
 * that cannot ({@code .} and {@code ..}, with {@code /} or U+0000, or beginning with the marker itself) are written as the
 * marker {@code %~} followed by the text's UTF-8 bytes: letters, digits, {@code -} and {@code _} as they are, others as
 * {@code %XX}. Texts that differ in case only have names that do: whether the file system tells them apart is for the store
 * to find out.
 */
public final class PathEncoding {
    private static final String MARKER = "%~";
    private static final int MAX_NAME_BYTES = 255;
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private PathEncoding() {}

    /** A text that cannot be part of a file name; the message says why. */
    public static final class UnfitException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public UnfitException(String message) {
            super(message);
        }
    }

    /** @throws UnfitException if the text is empty or not well-formed Unicode */
    public static String encode(String text) {
        if (text.isEmpty()) {
            throw new UnfitException("Cannot make a file name of an empty text");
        }
        if (!needsEncoding(text)) {
            checkWellFormed(text);
            return text;
        }
        StringBuilder encoded = new StringBuilder(MARKER);
        for (byte b : utf8(text)) {
            int c = b & 0xff;
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
                encoded.append((char) c);
            } else {
                encoded.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
        return encoded.toString();
    }

    /** The text that {@code name} stands for; empty if no text is written that way. */
    public static Optional<String> decode(String name) {
        if (!name.startsWith(MARKER)) {
            return needsEncoding(name) ? Optional.empty() : Optional.of(name);
        }
        ByteBuffer bytes = ByteBuffer.allocate(name.length());
        for (int i = MARKER.length(); i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '%') {
                bytes.put((byte) c);
                continue;
            }
            int high = i + 2 < name.length() ? Character.digit(name.charAt(i + 1), 16) : -1;
            int low = i + 2 < name.length() ? Character.digit(name.charAt(i + 2), 16) : -1;
            if (high < 0 || low < 0) {
                return Optional.empty();
            }
            bytes.put((byte) (high << 4 | low));
            i += 2;
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
            // only what encode itself would have written is a name of ours
            return !text.isEmpty() && needsEncoding(text) && encode(text).equals(name)
                    ? Optional.of(text)
                    : Optional.empty();
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** @throws UnfitException if the file name is longer than file systems take (255 bytes) */
    static void checkLength(String name) {
        int length = utf8(name).length;
        if (length > MAX_NAME_BYTES) {
            throw new UnfitException(
                    "Cannot make a file name of %d bytes: file systems take %d".formatted(length, MAX_NAME_BYTES));
        }
    }

    private static boolean needsEncoding(String text) {
        if (text.startsWith(MARKER) || text.equals(".") || text.equals("..")) {
            return true;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '/' || c == 0) {
                return true;
            }
        }
        return false;
    }

    private static void checkWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                utf8(text);
                return;
            }
        }
    }

    private static byte[] utf8(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(text));
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        } catch (CharacterCodingException e) {
            throw new UnfitException("Cannot make a file name of text that is not well-formed Unicode");
        }
    }
}
