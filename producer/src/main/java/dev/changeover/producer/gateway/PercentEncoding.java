package dev.changeover.producer.gateway;

import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Percent-encoded UTF-8 (RFC 3986, section 2.1), decoded once and strictly. */
final class PercentEncoding {
    private PercentEncoding() {}

    /** @throws Problem 400 if a percent sign stands alone or the bytes are not UTF-8 */
    static String decode(String raw) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                if (c > 0x7e) {
                    throw Problem.badRequest("Invalid URL: what is not ASCII must be percent-encoded UTF-8");
                }
                bytes.write(c);
                continue;
            }
            int high = hex(raw, i + 1);
            int low = hex(raw, i + 2);
            if (high < 0 || low < 0) {
                throw Problem.badRequest("Invalid URL: \"%\" must be followed by two hexadecimal digits");
            }
            bytes.write((high << 4) | low);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.badRequest("Invalid URL: what is percent-encoded is not UTF-8");
        }
    }

    /** {@code text} as one segment of a path; dots that would be taken for steps are encoded too. */
    static String segment(String text) {
        if (text.equals(".") || text.equals("..")) {
            return text.replace(".", "%2E");
        }
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static int hex(String raw, int at) {
        char c = at < raw.length() ? raw.charAt(at) : 'x';
        return c < 0x80 ? Character.digit(c, 16) : -1;
    }
}
