package dev.changeover.benchmarks;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Chats of donna with messages of about 300 bytes; the same ones in every run. */
final class DonnaRecords {
    /** Messages of a chat. */
    static final int MESSAGES = 50;

    private static final long EPOCH_SECOND = 1_757_000_000L;

    private final Migration migration;
    private final Random random = new Random(1);

    DonnaRecords(Migration migration) {
        this.migration = migration;
    }

    /** A chat, then its messages. */
    List<EntityRecord> chat(String id) {
        List<EntityRecord> records = new ArrayList<>(MESSAGES + 1);
        records.add(session(id));
        for (int number = 1; number <= MESSAGES; number++) {
            records.add(message(id, number));
        }
        return records;
    }

    EntityRecord session(String id) {
        return EntityRecord.of(migration.entity("chat_sessions"))
                .set("chat_id", id)
                .set("id", "68be" + id)
                .set("user_id", Missing.NULL)
                .set("metadata", JsonText.EMPTY_OBJECT)
                .set("created_at", Instant.ofEpochSecond(EPOCH_SECOND))
                .set("updated_at", Instant.ofEpochSecond(EPOCH_SECOND))
                .set("last_message_at", Missing.NULL)
                .set("message_count", MESSAGES)
                .build();
    }

    EntityRecord message(String chat, int number) {
        StringBuilder content = new StringBuilder();
        for (int word = 0; word < 25; word++) {
            content.append(Integer.toString(random.nextInt(1 << 24), 36)).append(' ');
        }
        return EntityRecord.of(migration.entity("messages"))
                .set("chat_id", chat)
                .set("sequence_number", number)
                .set("id", Long.toHexString(random.nextLong()))
                .set("role", number % 2 == 0 ? "assistant" : "user")
                .set("content", content.toString())
                .set("metadata", new JsonText("{\"model\":\"m\",\"tokens\":" + random.nextInt(1000) + "}"))
                .set("created_at", Instant.ofEpochSecond(EPOCH_SECOND + number))
                .build();
    }
}
