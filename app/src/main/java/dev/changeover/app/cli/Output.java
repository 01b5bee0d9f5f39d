package dev.changeover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What a command shows: in text form everything on standard output; in JSON form one document there and the rest on standard
 * error. Control characters in what comes from records are escaped.
 */
public final class Output {
    /** As {@code --output} takes it. */
    public enum Form {
        TEXT,
        JSON
    }

    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private final PrintStream out;
    private final PrintStream err;
    private final Form form;
    private final boolean color;
    private final boolean quiet;

    public Output(PrintStream out, PrintStream err, Form form, boolean color, boolean quiet) {
        this.out = out;
        this.err = err;
        this.form = form;
        this.color = color;
        this.quiet = quiet;
    }

    public boolean isJson() {
        return form == Form.JSON;
    }

    /** Progress and other words by the way: not the result, and not shown when quiet. */
    public void say(String line) {
        if (!quiet) {
            PrintStream stream = isJson() ? err : out;
            stream.println(line);
            stream.flush();
        }
    }

    /** A line of the result, in text form only. */
    public void line(String text) {
        if (!isJson()) {
            out.println(text);
        }
    }

    /** The result, in JSON form only. */
    public void document(JsonNode document) {
        if (isJson()) {
            try {
                out.write(MAPPER.writeValueAsString(document).getBytes(StandardCharsets.UTF_8));
                out.println();
                out.flush();
            } catch (java.io.IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public void error(String text) {
        err.println(red(text));
    }

    public String bold(String text) {
        return paint("1", text);
    }

    public String green(String text) {
        return paint("32", text);
    }

    public String red(String text) {
        return paint("31", text);
    }

    public String dim(String text) {
        return paint("2", text);
    }

    private String paint(String code, String text) {
        return color ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }

    /** Rows as columns: the first row is the head; columns whose cells are all numbers are set to the right. */
    public void table(List<List<String>> rows) {
        if (isJson() || rows.isEmpty()) {
            return;
        }
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        boolean[] numeric = new boolean[columns];
        java.util.Arrays.fill(numeric, true);
        for (int r = 0; r < rows.size(); r++) {
            for (int c = 0; c < columns; c++) {
                String cell = printable(rows.get(r).get(c));
                widths[c] = Math.max(widths[c], cell.codePointCount(0, cell.length()));
                if (r > 0 && !cell.isEmpty() && !Character.isDigit(cell.charAt(0)) && !cell.equals("-")) {
                    numeric[c] = false;
                }
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            StringBuilder line = new StringBuilder("  ");
            for (int c = 0; c < columns; c++) {
                String cell = printable(rows.get(r).get(c));
                String blanks = " ".repeat(widths[c] - cell.codePointCount(0, cell.length()));
                line.append(numeric[c] ? blanks + cell : cell + blanks).append("  ");
            }
            String text = line.toString().stripTrailing();
            out.println(r == 0 ? bold(text) : text);
        }
    }

    /** The text with control and direction characters as escapes, so that no record can drive a terminal. */
    public static String printable(String text) {
        StringBuilder safe = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE) {
                safe.append(String.format(Locale.ROOT, "\\u%04x", c));
            } else {
                safe.appendCodePoint(c);
            }
        });
        return safe.toString();
    }

    /** {@code 12345678} as {@code 12,345,678}. */
    public static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    public static ObjectMapper mapper() {
        return MAPPER;
    }
}
