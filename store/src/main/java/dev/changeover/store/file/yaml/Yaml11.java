package dev.changeover.store.file.yaml;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a scalar without quotes is to a program that reads YAML 1.1, as PyYAML does
 * (<a href="https://yaml.org/type/">the type repository</a>): {@code no} is a bool there, {@code 012} is ten, {@code 12:30:45} a number.
 */
final class Yaml11 {
    private static final Pattern TRUE = Pattern.compile("yes|Yes|YES|true|True|TRUE|on|On|ON");
    private static final Pattern FALSE = Pattern.compile("no|No|NO|false|False|FALSE|off|Off|OFF");
    private static final Pattern NULL = Pattern.compile("~|null|Null|NULL|");
    private static final Pattern INT = Pattern.compile(
            "[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+");
    private static final Pattern FLOAT = Pattern.compile(
            "[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*");
    private static final Pattern NO_NUMBER = Pattern.compile("[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");
    private static final Pattern TIMESTAMP = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \\t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]*)?(?:[ \\t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?");
    private static final List<String> SPECIAL = List.of("=", "<<");

    private Yaml11() {}

    static boolean isNull(String plain) {
        return NULL.matcher(plain).matches();
    }

    /** {@code true} or {@code false}; null if it is neither. */
    static @Nullable String bool(String plain) {
        return TRUE.matcher(plain).matches() ? "true" : FALSE.matcher(plain).matches() ? "false" : null;
    }

    /** Whether it is a floating point number that JSON has none of. */
    static boolean isNoNumber(String plain) {
        return NO_NUMBER.matcher(plain).matches();
    }

    /** The number in JSON's decimal digits; null if it is no whole number. */
    static @Nullable String integer(String plain) {
        if (!INT.matcher(plain).matches()) {
            return null;
        }
        String digits = plain.replace("_", "");
        boolean negative = digits.startsWith("-");
        digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        BigInteger value;
        try {
            if (digits.startsWith("0b")) {
                value = new BigInteger(digits.substring(2), 2);
            } else if (digits.startsWith("0x")) {
                value = new BigInteger(digits.substring(2), 16);
            } else if (digits.indexOf(':') >= 0) {
                value = sexagesimal(digits);
            } else if (digits.length() > 1 && digits.startsWith("0")) {
                value = new BigInteger(digits, 8);
            } else {
                value = new BigInteger(digits);
            }
        } catch (NumberFormatException e) {
            return null;
        }
        return (negative ? value.negate() : value).toString();
    }

    private static BigInteger sexagesimal(String digits) {
        BigInteger value = BigInteger.ZERO;
        for (String part : digits.split(":", -1)) {
            value = value.multiply(BigInteger.valueOf(60)).add(new BigInteger(part));
        }
        return value;
    }

    /** The number as JSON writes it, with the digits that stand there; null if it is no floating point number. */
    static @Nullable String floating(String plain) {
        return FLOAT.matcher(plain).matches() ? number(plain.replace("_", "")) : null;
    }

    /** {@link #floating}, and those without a dot or a sign in the exponent, which YAML 1.1 takes as text. */
    static @Nullable String anyFloating(String plain) {
        String digits = plain.replace("_", "");
        boolean plainNumber = digits.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
        return plainNumber ? number(digits) : floating(plain);
    }

    private static String number(String digits) {
        boolean negative = digits.startsWith("-");
        String rest = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        if (rest.indexOf(':') >= 0) {
            int dot = rest.indexOf('.');
            BigDecimal fraction = dot + 1 < rest.length() ? new BigDecimal("0" + rest.substring(dot)) : BigDecimal.ZERO;
            BigDecimal value = new BigDecimal(sexagesimal(rest.substring(0, dot))).add(fraction);
            return (negative ? "-" : "") + value.toPlainString();
        }
        int exponent = Math.max(rest.indexOf('e'), rest.indexOf('E'));
        String mantissa = exponent < 0 ? rest : rest.substring(0, exponent);
        int dot = mantissa.indexOf('.');
        String whole = dot < 0 ? mantissa : mantissa.substring(0, dot);
        String fraction = dot < 0 ? "" : mantissa.substring(dot + 1);
        String bare = whole.replaceFirst("^0+(?=.)", "");
        return (negative ? "-" : "")
                + (bare.isEmpty() ? "0" : bare)
                + (dot < 0 ? "" : "." + (fraction.isEmpty() ? "0" : fraction))
                + (exponent < 0 ? "" : rest.substring(exponent));
    }

    /** Whether a program would take it for anything but text. */
    static boolean isNoText(String plain) {
        return isNull(plain)
                || bool(plain) != null
                || integer(plain) != null
                || anyFloating(plain) != null
                || isNoNumber(plain)
                || TIMESTAMP.matcher(plain).matches()
                || SPECIAL.contains(plain)
                || plain.matches("[yYnN]");
    }
}
