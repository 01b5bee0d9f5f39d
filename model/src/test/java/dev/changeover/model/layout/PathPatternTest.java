package dev.changeover.model.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.layout.PathEncoding.UnfitException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {
    static LongStream seeds() {
        return Seeds.fresh();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyPathReadsBackAndStaysBelowItsFolderAndNoTwoKeysShareOne(long seed) {
        AwkwardTexts texts = new AwkwardTexts(seed);
        PathPattern pattern = PathPattern.parse("data/{a}/x_{b}-{c}.json");
        Path folder = Path.of("/srv/data");
        Map<String, Map<String, String>> keyByPath = new HashMap<>();

        for (int i = 0; i < 2000; i++) {
            Map<String, String> key = Map.of("a", texts.next(), "b", texts.next(), "c", texts.next());
            try {
                String path = pattern.path(key::get);

                assertThat(pattern.match(path)).hasValue(key);
                assertThat(keyByPath.put(path, key)).isIn(null, key);
                Path file = Path.of("/srv", path).normalize();
                assertThat(file).startsWithRaw(folder);
                assertThat(file.getNameCount()).isEqualTo(4);
            } catch (UnfitException refused) {
                assertThat(refused.getMessage()).containsAnyOf("read back as another key", "file systems take 255");
            }
        }
        assertThat(keyByPath).isNotEmpty();
    }

    @Test
    void twoPlacesInOneNameNeverMeanTwoKeys() {
        PathPattern pattern = PathPattern.parse("{a}-{b}");
        Map<String, String> one = Map.of("a", "x-y", "b", "z");
        Map<String, String> other = Map.of("a", "x", "b", "y-z");

        assertThat(pattern.path(one::get)).isEqualTo("x-y-z");
        assertThatThrownBy(() -> pattern.path(other::get))
                .isInstanceOf(UnfitException.class)
                .hasMessageContaining("{a}-{b} would be read back as another key");
    }

    @Test
    void aPlaceThatStandsTwiceHoldsOneText() {
        PathPattern pattern = PathPattern.parse("{id}/{id}.json");

        assertThat(pattern.path(field -> "7")).isEqualTo("7/7.json");
        assertThat(pattern.match("7/7.json")).hasValue(Map.of("id", "7"));
        assertThat(pattern.match("7/8.json")).isEmpty();
    }

    @Test
    void capitalsAreWrittenSmallAndComeBack() {
        PathPattern pattern = PathPattern.parse("api/logs/{level:lower}.log");

        assertThat(pattern.path(field -> "WARNING")).isEqualTo("api/logs/warning.log");
        assertThat(pattern.match("api/logs/warning.log")).hasValue(Map.of("level", "WARNING"));
        assertThat(pattern.match("api/logs/Warning.log")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"warning", "Warning", "ß", "STRAßE", "ı", "ſ"})
    void whatItsCapitalsDoNotGiveBackIsRefused(String level) {
        PathPattern pattern = PathPattern.parse("{level:lower}.log");

        assertThatThrownBy(() -> pattern.path(field -> level))
                .isInstanceOf(UnfitException.class)
                .hasMessageContaining("level: it must be in capitals");
    }

    @Test
    void aNameMayHave255BytesAndNoMore() {
        PathPattern pattern = PathPattern.parse("{id}_session.json");

        assertThat(pattern.path(field -> "x".repeat(242))).hasSize(255);
        assertThatThrownBy(() -> pattern.path(field -> "x".repeat(243)))
                .isInstanceOf(UnfitException.class)
                .hasMessageContaining("256 bytes: file systems take 255");
        assertThatThrownBy(() -> pattern.path(field -> "é".repeat(122))).isInstanceOf(UnfitException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/a",
                "a//b",
                "a/",
                "../a",
                "a/../b",
                "./a",
                "a{",
                "a}",
                "{1}",
                "{a:upper}",
                "{a}{b}",
                "{ a }",
                "a\0b"
            })
    void pathsThatCannotBeAreRefused(String text) {
        assertThatThrownBy(() -> PathPattern.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Invalid path");
    }

    @ParameterizedTest
    @CsvSource({
        "data/users/{id}.json,data/users",
        "{id}.json,''",
        "a/{x}/b/{y}.json,a",
        "users.json,''",
        "data/u_{id},data"
    })
    void itsFolderIsAllThatIsFixed(String pattern, String folder) {
        assertThat(PathPattern.parse(pattern).folder()).isEqualTo(folder);
    }

    @ParameterizedTest
    @CsvSource({
        "{a}.json,{b}.json,true",
        "x{a},{b}y,true",
        "x{a}/1,x{b}/2,false",
        "data/{a}.json,data/{a}_s.json,false",
        "d/{a}.json,e/{a}.json,false",
        "{a}/x,y/{b},true",
        "{a}/x,{b}x/,false"
    })
    void twoPatternsAreIndistinctWhereAFileCouldBeOfEither(String one, String other, boolean indistinct) {
        PathPattern left = PathPattern.parse(one);
        PathPattern right = PathPattern.parse(other.endsWith("/") ? other + "z" : other);

        assertThat(left.isIndistinctFrom(right)).isEqualTo(indistinct);
        assertThat(right.isIndistinctFrom(left)).isEqualTo(indistinct);
    }

    @Test
    void theLongerOfTwoPatternsOwnsWhatBothMatch() {
        PathPattern messages = PathPattern.parse("chats/{chat_id}.json");
        PathPattern heads = PathPattern.parse("chats/{chat_id}_session.json");

        assertThat(messages.yieldsTo(heads)).isTrue();
        assertThat(heads.yieldsTo(messages)).isFalse();
    }
}
