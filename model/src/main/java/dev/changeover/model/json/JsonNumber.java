package dev.changeover.model.json;

import org.jspecify.annotations.Nullable;

/**
 * A JSON number as sign, digits and exponent, read from its text without ever writing out its zeros: 1e131071 is one
 * digit, not 131072.
 *
 * @param sign -1, 0 or 1
 * @param digits without zeros at either end; empty for zero
 * @param exponent the value is {@code sign * digits * 10^exponent}; 0 for zero
 * @param decimals digits after the point when it is written without an exponent, as PostgreSQL counts them
 */
public record JsonNumber(int sign, String digits, long exponent, long decimals) {
    /** PostgreSQL's numeric: digits before the point, and after it. */
    private static final int MAX_INTEGER_DIGITS = 131_072;

    private static final int MAX_DECIMALS = 16_383;

    /** @throws IllegalArgumentException if {@code text} is no JSON number, or its exponent has more than 18 digits */
    public static JsonNumber of(String text) {
        return of(text, 0, text.length());
    }

    /** As {@link #of(String)}, for the part of {@code text} from {@code start} to before {@code end}. */
    public static JsonNumber of(String text, int start, int end) {
        int at = start;
        boolean negative = at < end && text.charAt(at) == '-';
        if (negative) {
            at++;
        }
        int integer = at;
        at = digitsEnd(text, at, end);
        int integerEnd = at;
        boolean sound = integerEnd > integer && (text.charAt(integer) != '0' || integerEnd == integer + 1);
        int fraction = at;
        int fractionEnd = at;
        if (at < end && text.charAt(at) == '.') {
            fraction = at + 1;
            fractionEnd = digitsEnd(text, fraction, end);
            sound &= fractionEnd > fraction;
            at = fractionEnd;
        }
        long exponent = 0;
        if (at < end && (text.charAt(at) == 'e' || text.charAt(at) == 'E')) {
            int exponentStart = at + 1;
            boolean signed =
                    exponentStart < end && (text.charAt(exponentStart) == '+' || text.charAt(exponentStart) == '-');
            int exponentDigits = signed ? exponentStart + 1 : exponentStart;
            at = digitsEnd(text, exponentDigits, end);
            sound &= at > exponentDigits;
            if (sound) {
                exponent = exponent(text, exponentDigits, at);
                exponent = signed && text.charAt(exponentStart) == '-' ? -exponent : exponent;
            }
        }
        if (!sound || at != end) {
            throw new IllegalArgumentException("Invalid number: it is not one of JSON");
        }
        return of(negative, text, integer, integerEnd, fraction, fractionEnd, exponent);
    }

    private static JsonNumber of(
            boolean negative, String text, int integer, int integerEnd, int fraction, int fractionEnd, long exponent) {
        int fractionDigits = fractionEnd - fraction;
        String digits = fractionDigits == 0
                ? text.substring(integer, integerEnd)
                : text.substring(integer, integerEnd) + text.substring(fraction, fractionEnd);
        long decimals = Math.max(0, fractionDigits - exponent);
        int first = 0;
        int last = digits.length();
        while (first < last && digits.charAt(first) == '0') {
            first++;
        }
        if (first == last) {
            return new JsonNumber(0, "", 0, decimals);
        }
        while (digits.charAt(last - 1) == '0') {
            last--;
        }
        long lastDigit = exponent - fractionDigits + (digits.length() - last);
        return new JsonNumber(negative ? -1 : 1, digits.substring(first, last), lastDigit, decimals);
    }

    /** Why a number of this text cannot be stored everywhere; null if it can. */
    static @Nullable String unfit(String text) {
        JsonNumber number;
        try {
            number = of(text);
        } catch (IllegalArgumentException e) {
            return "a number whose exponent no database can hold";
        }
        if (number.digits.length() > StrictJson.MAX_SIGNIFICANT_DIGITS) {
            return "a number of %d digits, more than %d"
                    .formatted(number.digits.length(), StrictJson.MAX_SIGNIFICANT_DIGITS);
        }
        if (number.digits.length() + number.exponent > MAX_INTEGER_DIGITS || number.decimals > MAX_DECIMALS) {
            return "a number with more than %d digits before or %d after its point, which PostgreSQL cannot hold"
                    .formatted(MAX_INTEGER_DIGITS, MAX_DECIMALS);
        }
        return null;
    }

    private static long exponent(String text, int start, int end) {
        int first = start;
        while (first < end && text.charAt(first) == '0') {
            first++;
        }
        if (end - first > 17) {
            throw new IllegalArgumentException("Invalid number: its exponent has %d digits".formatted(end - first));
        }
        return first == end ? 0 : Long.parseLong(text, first, end, 10);
    }

    private static int digitsEnd(String text, int start, int end) {
        int at = start;
        while (at < end && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }
}
