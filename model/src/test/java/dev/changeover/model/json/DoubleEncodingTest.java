package dev.changeover.model.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.Missing;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DoubleEncodingTest {
    private static final Charset WINDOWS = Charset.forName("windows-1252");
    private static final String WHICH = "\u00e9\u00e0\u00c3\u00a9\u00e2\u0153\u2026\u20ac\u2122 aZ\u0085\u4e2d\u2713";

    /** As a program does it that takes the bytes for Windows-1252, with Latin-1's characters where that has none. */
    private static String encodedOnceMore(String text) {
        StringBuilder wrong = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            String windows = new String(new byte[] {b}, WINDOWS);
            wrong.append(windows.equals("\ufffd") ? String.valueOf((char) (b & 0xff)) : windows);
        }
        return wrong.toString();
    }

    @ParameterizedTest
    @CsvSource({"Ã©tÃ©, été", "âœ… fait, ✅ fait", "ðŸ”„, 🔄", "Ã\u0083Â©, é", "â‚¬ 5, € 5"})
    void whatWasEncodedTwiceIsUndoneHoweverOften(String text, String before) {
        assertThat(DoubleEncoding.isDouble(text)).isTrue();
        assertThat(DoubleEncoding.undone(text)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "plain", "été", "Ã", "a Ã© and 中", "naïve café", "✅ fait, Ã©tÃ©", "50 €", "Â"})
    void whatWasNotIsLeftAsItIs(String text) {
        assertThat(DoubleEncoding.isDouble(text)).isFalse();
        assertThat(DoubleEncoding.undone(text)).isSameAs(text);
    }

    @RepeatedTest(20)
    void anyTextComesBackAndToUndoItTwiceChangesNothing() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            StringBuilder some = new StringBuilder();
            for (int length = random.nextInt(8); length >= 0; length--) {
                some.appendCodePoint(
                        random.nextInt(4) == 0
                                ? 0x10000 + random.nextInt(0x500)
                                : WHICH.charAt(random.nextInt(WHICH.length())));
            }
            String text = some.toString();
            String undone = DoubleEncoding.undone(text);

            assertThat(DoubleEncoding.undone(undone))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(undone);
            assertThat(DoubleEncoding.undone(encodedOnceMore(text)))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(undone);
            assertThat(DoubleEncoding.isDouble(text))
                    .as("seed %d: %s", seed, text)
                    .isEqualTo(oracle(text));
        }
    }

    /** Whether the bytes that the characters stand for are UTF-8, and other ones than those of the text itself. */
    private static boolean oracle(String text) {
        for (int first = 0; first < text.length(); first++) {
            // a text is made of bytes if each of its characters is what one byte becomes
            String c = text.substring(first, first + 1);
            boolean ofAByte =
                    c.charAt(0) < 0x100 || !new String(c.getBytes(WINDOWS), WINDOWS).equals("?") || c.equals("?");
            if (!ofAByte) {
                return false;
            }
        }
        ByteBuffer bytes = ByteBuffer.allocate(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes.put(c < 0x100 ? (byte) c : String.valueOf(c).getBytes(WINDOWS)[0]);
        }
        try {
            return !StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(bytes.flip())
                    .toString()
                    .equals(text);
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @Test
    void aFieldWithTheRuleHasOneFormOfATextWhereverItComesFrom() throws Exception {
        Field content = new Field(
                0,
                "content",
                FieldType.text(3),
                false,
                false,
                Missing.NULL,
                null,
                null,
                List.of(),
                Field.Repair.DOUBLE_ENCODED_UTF8);

        assertThat(ValueJson.parse(content, "Ã©tÃ©")).isEqualTo("été");
        assertThat(ValueJson.checked(content, "Ã©tÃ©")).isEqualTo("été");
        assertThat(ValueJson.parse(Field.required(0, "content", FieldType.TEXT), "Ã©tÃ©"))
                .isEqualTo("Ã©tÃ©");
    }
}
