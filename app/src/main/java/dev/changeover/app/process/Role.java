package dev.changeover.app.process;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What a process can do; each role can run alone in its own process, and several times. */
public enum Role {
    GATEWAY,
    PROCESSOR,
    LEGACY_SINK,
    TARGET_SINK,
    VERIFIER,
    DASHBOARD;

    /** As it is written after {@code --roles}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * @param words separated by commas
     * @throws IllegalArgumentException if one of them is no role
     */
    public static Set<Role> parse(String words) {
        EnumSet<Role> roles = EnumSet.noneOf(Role.class);
        for (String word : words.split(",", -1)) {
            roles.add(of(word.strip()));
        }
        return roles;
    }

    private static Role of(String word) {
        for (Role role : values()) {
            if (role.word().equals(word)) {
                return role;
            }
        }
        throw new IllegalArgumentException(
                "Invalid role \"%s\": gateway, processor, legacy-sink, target-sink, verifier or dashboard"
                        .formatted(word));
    }
}
