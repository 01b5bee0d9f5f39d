package dev.changeover.app.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}, {@code 7d}; a number alone is seconds. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)?");

    private Durations() {}

    /** @throws CommandException exit code 2 if it is none */
    static Duration parse(String text) {
        Matcher form = FORM.matcher(text.trim());
        if (!form.matches()) {
            throw new CommandException(
                    ExitCode.USAGE, "Invalid duration \"%s\": such as 500ms, 30s, 5m, 1h or 7d".formatted(text));
        }
        long number = Long.parseLong(form.group(1));
        String unit = form.group(2) == null ? "s" : form.group(2);
        return switch (unit) {
            case "ms" -> Duration.ofMillis(number);
            case "m" -> Duration.ofMinutes(number);
            case "d" -> Duration.ofDays(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofSeconds(number);
        };
    }
}
