package dev.changeover.store.postgresql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changeover.store.Donna;
import dev.changeover.store.table.Finding;
import java.util.List;
import org.junit.jupiter.api.Test;

class SchemaFitIT {
    private final FreshDatabase database = new FreshDatabase();

    private List<String> problems() {
        return SchemaFit.check(Donna.MIGRATION, database.settings()).stream()
                .filter(finding -> finding.level() == Finding.Level.PROBLEM)
                .map(Finding::toString)
                .toList();
    }

    @Test
    void donnasTablesFitButForTextsThatComeOutOfJson() {
        assertThat(SchemaFit.check(Donna.MIGRATION, database.settings()))
                .extracting(finding -> finding.level() + " " + finding.entity() + "." + finding.field())
                .containsExactly("HINT chat_sessions.title", "HINT chat_sessions.profile");
    }

    @Test
    void everythingThatDoesNotFitIsNamedAtOnce() {
        database.execute("""
                DROP TABLE system_logs;
                ALTER TABLE users DROP COLUMN extra, ALTER COLUMN name TYPE varchar(50), ALTER COLUMN email SET NOT NULL,
                    ADD COLUMN tenant integer NOT NULL;
                ALTER TABLE chat_sessions ALTER COLUMN message_count TYPE smallint, ALTER COLUMN updated_at TYPE timestamp(3);
                ALTER TABLE messages DROP CONSTRAINT messages_pkey, DROP COLUMN content, ADD COLUMN "Role" text;
                """);

        assertThat(problems())
                .containsExactly(
                        "users.email: column email is NOT NULL, and a record may have no value for it. Drop NOT NULL, or give the field a default",
                        "users.name: column name is character varying(50), and the field is text(255). Widen or change the column's type",
                        "users.extra: there is no column extra in users: what has no column of its own would be lost. ALTER TABLE users ADD COLUMN extra JSONB NOT NULL DEFAULT '{}'",
                        "users.tenant: column tenant is NOT NULL without a default, and the definition has no value for it. Give it a default, or a constant in columns",
                        "chat_sessions.updated_at: column updated_at is timestamp without time zone(3), and the field is timestamptz. Widen or change the column's type",
                        "chat_sessions.message_count: column message_count is smallint, and the field is int32. Widen or change the column's type",
                        "messages.content: there is no column content in messages. Add it, or name another place in columns",
                        "messages: no primary key or unique constraint of messages follows from the key. Add one over the key's columns, or over the uuid5 of the key",
                        "messages.Role: column Role differs from another only by case: what others write into messages could not be followed. Rename it, and name it in columns",
                        "system_logs: there is no table system_logs. Create it in the migration's schema folder");
    }

    @Test
    void aForeignKeyWithoutAnIndexIsHintedAt() {
        database.execute("DROP INDEX idx_messages_chat_session, idx_messages_sequence, idx_messages_chat_recent");

        assertThat(SchemaFit.check(Donna.MIGRATION, database.settings()))
                .filteredOn(finding -> finding.entity().equals("messages"))
                .singleElement()
                .satisfies(finding ->
                        assertThat(finding.advice()).isEqualTo("CREATE INDEX ON messages (chat_session_id)"));
    }
}
