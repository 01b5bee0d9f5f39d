package dev.changeover.model.definition;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds what somebody probably meant. */
final class Nearest {
    private Nearest() {}

    /** A sentence to follow "Invalid …": {@code  Did you mean "x"?}, or what there is to choose from. */
    static String hint(String given, Collection<String> known) {
        return of(given, known)
                .map(name -> ". Did you mean \"" + name + "\"?")
                .orElseGet(() -> known.isEmpty() ? "" : ": it is one of " + String.join(", ", known));
    }

    /** The known name that is fewest typing slips away, if it is near enough. */
    static Optional<String> of(String given, Collection<String> known) {
        String best = null;
        int bestSlips = Integer.MAX_VALUE;
        for (String name : known) {
            int slips = slips(given.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (slips < bestSlips) {
                best = name;
                bestSlips = slips;
            }
        }
        return bestSlips <= Math.max(1, given.length() / 3) ? Optional.ofNullable(best) : Optional.empty();
    }

    /** Damerau's distance: letters added, left out, replaced, or two neighbours exchanged. */
    static int slips(String from, String to) {
        int[][] slips = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    slips[i][j] = i + j;
                    continue;
                }
                int replaced = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                int least = Math.min(slips[i - 1][j - 1] + replaced, Math.min(slips[i - 1][j], slips[i][j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    least = Math.min(least, slips[i - 2][j - 2] + 1);
                }
                slips[i][j] = least;
            }
        }
        return slips[from.length()][to.length()];
    }
}
