package dev.changeover.model.entity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changeover.model.definition.DefinitionReader;
import dev.changeover.model.layout.PathEncoding.UnfitException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LegacyPathsTest {
    private final Migration donna = DefinitionReader.read(Path.of("../migrations/donna/migration.yaml"), name -> null);
    private final LegacyPaths paths = new LegacyPaths(donna);

    @ParameterizedTest
    @CsvSource({
        "data/users/42.json,users",
        "data/chat_sessions/gap.json,messages",
        "data/chat_sessions/gap_session.json,chat_sessions",
        "data/chat_sessions/x_session_session.json,chat_sessions",
        "data/memory/42.json,user_memory",
        "api/logs/info.log,system_logs"
    })
    void aFileIsOfTheEntityWhosePatternSaysMost(String path, String entity) {
        assertThat(paths.owner(path)).map(Entity::name).hasValue(entity);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data/chatbot_settings.json",
                "chat_history/1.json",
                "api/logs/debug.log.1.gz",
                "data/users/a/b.json",
                "data/users/.json"
            })
    void otherFilesAreNobodys(String path) {
        assertThat(paths.owner(path)).isEmpty();
    }

    @Test
    void aKeyWithAPathInItStaysInItsFolder() {
        RecordKey chat = RecordKey.of(donna.entity("chat_sessions"), List.of("../../etc/x"));

        assertThat(paths.path(chat)).isEqualTo("data/chat_sessions/%~%2E%2E%2F%2E%2E%2Fetc%2Fx_session.json");
    }

    @Test
    void messagesOfAChatThatLooksLikeAHeadHaveNoFile() {
        RecordKey message = RecordKey.of(donna.entity("messages"), List.of("x_session", 1));

        assertThatThrownBy(() -> paths.path(message))
                .isInstanceOf(UnfitException.class)
                .hasMessageContaining(
                        "data/chat_sessions/x_session.json is one of data/chat_sessions/{chat_id}_session.json");
    }

    @Test
    void soSuchAChatIsUnfitItself() {
        assertThat(paths.unfit(chat("x_session")))
                .hasValueSatisfying(
                        reason -> assertThat(reason).contains("chat_id: data/chat_sessions/x_session.json"));
        assertThat(paths.unfit(chat("x_sessions"))).isEmpty();
        assertThat(paths.unfit(chat("y".repeat(243)))).isPresent();
    }

    @Test
    void aLogEntryLivesInTheFileOfItsLevel() {
        EntityRecord entry = EntityRecord.of(donna.entity("system_logs"))
                .set("trace_id", "trace_1")
                .set("level", "ERROR")
                .build();

        assertThat(paths.path(entry)).isEqualTo("api/logs/error.log");
    }

    private EntityRecord chat(String id) {
        return EntityRecord.of(donna.entity("chat_sessions")).set("chat_id", id).build();
    }
}
