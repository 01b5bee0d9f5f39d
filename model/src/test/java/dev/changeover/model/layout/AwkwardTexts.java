package dev.changeover.model.layout;

import java.util.Random;

/** Texts such as somebody might take for an id, the same ones for the same seed. */
final class AwkwardTexts {
    private static final String[] PIECES = {
        "a",
        "B",
        "7",
        "-",
        "_",
        ".",
        "..",
        "/",
        "\\",
        ":",
        "%",
        "%~",
        "%2F",
        "~",
        " ",
        "\n",
        "\u0001",
        "\u007f",
        "\u0000",
        "é",
        "é",
        "ß",
        "İ",
        "ﬁ",
        "会议",
        "👩🏽‍💼",
        "\uFFFF",
        "\u202E",
        ".json",
        "_session",
        "{id}",
        "$",
        "\\E",
        "+",
        "@",
        "&=",
        "\u00ff"
    };

    private final Random random;

    AwkwardTexts(long seed) {
        this.random = new Random(seed);
    }

    /** Well-formed, never empty, of up to 12 pieces. */
    String next() {
        StringBuilder text = new StringBuilder();
        int pieces = 1 + random.nextInt(12);
        for (int i = 0; i < pieces; i++) {
            text.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return text.toString();
    }
}
