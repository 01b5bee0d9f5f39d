package dev.changeover.processor;

import dev.changeover.model.topic.Answer;

/**
 * What becomes of one write.
 *
 * @param outcome what its sender is told
 * @param repeat whether it repeats an earlier write, whose outcome this is
 * @param firstOffset for a repeat the offset of the first one; otherwise its own
 * @param reason why it was rejected; empty if it was not
 */
record Admission(Answer.Outcome outcome, boolean repeat, long firstOffset, String reason) {
    static Admission accepted(Write write) {
        return new Admission(Answer.Outcome.ACCEPTED, false, write.offset(), "");
    }

    static Admission beaten(Write write) {
        return new Admission(Answer.Outcome.BEATEN, false, write.offset(), "");
    }

    static Admission rejected(Write write, Answer.Outcome outcome, String reason) {
        return new Admission(outcome, false, write.offset(), reason);
    }

    Answer answer(Write write) {
        return new Answer(write.partition(), write.offset(), outcome, firstOffset, reason);
    }
}
