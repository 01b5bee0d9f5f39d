package dev.changeover.model.topic;

import java.util.List;

/**
 * The names of a migration's topics.
 *
 * @param migration its name, which is part of each of them
 */
public record Topics(String migration) {
    public String writes() {
        return name("writes");
    }

    public String changes() {
        return name("changes");
    }

    public String deadLetters() {
        return name("dead-letters");
    }

    public String progress() {
        return name("progress");
    }

    public String observations() {
        return name("observations");
    }

    public String verdicts() {
        return name("verdicts");
    }

    public String control() {
        return name("control");
    }

    /** What became of single writes, for those who wait for them: key and value as {@link Answer} says; kept for a day. */
    public String answers() {
        return name("answers");
    }

    /** The chunks of the backfill, shared out over its workers. */
    public String backfillTasks() {
        return name("backfill-tasks");
    }

    /** What became of each chunk: compacted, written in the transaction that published the chunk's records. */
    public String backfillResults() {
        return name("backfill-results");
    }

    /** The consumer group in which the processor reads {@link #writes()}: its committed offsets are behind what it is done with. */
    public String processorGroup() {
        return name("processor");
    }

    public List<String> all() {
        return List.of(
                writes(),
                changes(),
                deadLetters(),
                progress(),
                observations(),
                verdicts(),
                control(),
                answers(),
                backfillTasks(),
                backfillResults());
    }

    private String name(String suffix) {
        return "changeover." + migration + "." + suffix;
    }
}
