package dev.changeover.verifier.compare;

import dev.changeover.model.topic.Verdict;

/**
 * What is wrong with one side of a key, as it stands on {@code verdicts}.
 *
 * @param version offset of the key's last event that the finding is about; -1 if the log never had one
 * @param sinceMillis when it was first seen, in milliseconds of Unix time
 * @param source who saw it first
 */
record Open(Verdict.Kind kind, long version, long sinceMillis, Source source) {
    /** Who saw it. */
    enum Source {
        STREAM("stream"),
        DEEP_SCAN("deep-scan");

        private final String word;

        Source(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }

        static Source of(String word) {
            return DEEP_SCAN.word.equals(word) ? DEEP_SCAN : STREAM;
        }
    }
}
