package dev.changeover.model.definition;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes apart what stands behind a column's name:
 *
 * <pre>
 * column   = call | value ;
 * call     = name "(" column { "," column } ")" ;
 * value    = name [ "/" step { "/" step } ] | "'" text "'" | number | "true" | "false" ;
 * </pre>
 */
final class ColumnParser {
    /** A part of it, with its place. */
    sealed interface Term {
        Place place();
    }

    /** {@code uuid5(chat_id)}. */
    record Call(String function, List<Term> arguments, Place place) implements Term {
        Call {
            arguments = List.copyOf(arguments);
        }
    }

    /** {@code title}, or {@code metadata/title} with a path. */
    record Name(String name, List<String> path, Place place) implements Term {
        Name {
            path = List.copyOf(path);
        }
    }

    /** {@code 'general'}, {@code 0}, {@code false}. */
    record Literal(String text, Place place) implements Term {}

    /** Not of this grammar. */
    static final class SyntaxException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Place place;

        SyntaxException(Place place, String message) {
            super(message);
            this.place = place;
        }

        Place place() {
            return place;
        }
    }

    private static final int MAX_DEPTH = 20;

    private final Scalar scalar;
    private final String text;
    private int at;

    private ColumnParser(Scalar scalar) {
        this.scalar = scalar;
        this.text = scalar.text();
    }

    static Term parse(Scalar scalar) throws SyntaxException {
        ColumnParser parser = new ColumnParser(scalar);
        Term term = parser.term(0);
        parser.skipBlanks();
        if (parser.at < parser.text.length()) {
            throw parser.wrong("\"" + parser.text.substring(parser.at) + "\" is too much");
        }
        return term;
    }

    private Term term(int depth) throws SyntaxException {
        skipBlanks();
        int start = at;
        if (at < text.length() && text.charAt(at) == '\'') {
            return literal();
        }
        String word = word();
        Place place = scalar.placeOf(start);
        if (word.isEmpty()) {
            throw wrong("a field, a 'text' or a call like uuid5(id) must stand here");
        }
        if (isConstant(word)) {
            return new Literal(word, place);
        }
        if (at < text.length() && text.charAt(at) == '(') {
            if (depth == MAX_DEPTH) {
                throw wrong("it is nested too deeply");
            }
            at++;
            return new Call(word, arguments(depth), place);
        }
        List<String> path = new ArrayList<>();
        while (at < text.length() && text.charAt(at) == '/') {
            at++;
            String step = step();
            if (step.isEmpty()) {
                throw wrong("a member's name must follow \"/\"");
            }
            path.add(step);
        }
        return new Name(word, path, place);
    }

    private List<Term> arguments(int depth) throws SyntaxException {
        List<Term> arguments = new ArrayList<>();
        while (true) {
            arguments.add(term(depth + 1));
            skipBlanks();
            if (at == text.length()) {
                throw wrong("a \")\" is missing; inside { } put the whole in quotes");
            }
            char next = text.charAt(at++);
            if (next == ')') {
                return arguments;
            }
            if (next != ',') {
                at--;
                throw wrong("\",\" or \")\" must stand here");
            }
        }
    }

    private Literal literal() throws SyntaxException {
        int start = at++;
        StringBuilder content = new StringBuilder();
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c != '\'') {
                content.append(c);
            } else if (at < text.length() && text.charAt(at) == '\'') {
                content.append('\'');
                at++;
            } else {
                return new Literal(content.toString(), scalar.placeOf(start));
            }
        }
        throw wrong("the text that begins with ' does not end");
    }

    private static boolean isConstant(String word) {
        return word.equals("true") || word.equals("false") || word.matches("-?\\d+(\\.\\d+)?");
    }

    private String word() {
        return upTo(" \t\n(),/'");
    }

    private String step() {
        return upTo(" \t\n(),/");
    }

    private String upTo(String ends) {
        int start = at;
        while (at < text.length() && ends.indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private SyntaxException wrong(String what) {
        return new SyntaxException(scalar.placeOf(at), what);
    }
}
