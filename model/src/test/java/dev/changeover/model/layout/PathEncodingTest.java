package dev.changeover.model.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathEncodingTest {
    static LongStream seeds() {
        return Seeds.fresh();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyTextComesBackFromItsNameAndNoTwoTextsShareOne(long seed) {
        AwkwardTexts texts = new AwkwardTexts(seed);
        Map<String, String> textByName = new HashMap<>();

        for (int i = 0; i < 2000; i++) {
            String text = texts.next();
            String name = PathEncoding.encode(text);

            assertThat(PathEncoding.decode(name)).hasValue(text);
            assertThat(textByName.put(name, text)).isIn(null, text);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noNameLeavesItsFolder(long seed) {
        AwkwardTexts texts = new AwkwardTexts(seed);

        for (int i = 0; i < 2000; i++) {
            assertThat(PathEncoding.encode(texts.next()))
                    .doesNotContain("/", "\0")
                    .isNotEqualTo(".")
                    .isNotEqualTo("..");
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aNameThatIsReadIsTheOneThatWouldBeWritten(long seed) {
        AwkwardTexts texts = new AwkwardTexts(seed);

        for (int i = 0; i < 2000; i++) {
            String name = texts.next().replace("/", "%~").replace("\0", "%2");
            PathEncoding.decode(name)
                    .ifPresent(text -> assertThat(PathEncoding.encode(text)).isEqualTo(name));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "guest-1757000000",
                "7 of 9+x@y",
                "会议 2025.01 %2F+&=",
                "-rf",
                "a:b",
                "a\\b",
                "...",
                "a\nb",
                "%2F",
                "é"
            })
    void namesThatTheApplicationCanWriteAreWrittenAsItDoes(String text) {
        assertThat(PathEncoding.encode(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({
        ".,%~%2E",
        "..,%~%2E%2E",
        "../x,%~%2E%2E%2Fx",
        "/etc/passwd,%~%2Fetc%2Fpasswd",
        "%~a,%~%25%7Ea",
        "ü/,%~%C3%BC%2F"
    })
    void namesThatCannotBeAreWrittenInHexadecimal(String text, String name) {
        assertThat(PathEncoding.encode(text)).isEqualTo(name);
        assertThat(PathEncoding.decode(name)).hasValue(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "%~",
                "%~a",
                "%~%2",
                "%~%2e",
                "%~%2F%",
                "%~%ZZ",
                "%~%FF",
                "%~%61%2F",
                "%~a/b",
                "%~é%2F",
                "%~%ED%A0%80%2F"
            })
    void namesThatNobodyWritesAreNobodys(String name) {
        assertThat(PathEncoding.decode(name)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uD800", "a\uDC00b", "/\uD83D"})
    void aLoneSurrogateIsRefused(String text) {
        assertThatThrownBy(() -> PathEncoding.encode(text))
                .isInstanceOf(PathEncoding.UnfitException.class)
                .hasMessageContaining("well-formed Unicode");
    }

    @Test
    void anEmptyTextIsRefused() {
        assertThatThrownBy(() -> PathEncoding.encode("")).isInstanceOf(PathEncoding.UnfitException.class);
    }
}
