package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.changeover.app.clients.Script;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client examples and donna's recipes at a real gateway, with both sides behind it. */
class ClientsIT {
    @TempDir
    private static Path data;

    private static Donna donna;

    @BeforeAll
    static void start() throws Exception {
        Donna.legacyIn(data);
        donna = Donna.moved(data);
    }

    @AfterAll
    static void stop() {
        donna.close();
    }

    private static Map<String, String> environment(String name, String value) throws Exception {
        JsonNode endpoint =
                Donna.MAPPER.readTree(data.resolve("run/endpoint.json").toFile());
        Map<String, String> environment = new HashMap<>();
        environment.put(name, value);
        environment.put("CHANGEOVER_DATA_DIR", data.resolve("run").toString());
        environment.put("CHANGEOVER_URL", endpoint.path("url").asText());
        environment.put("CHANGEOVER_TOKEN", endpoint.path("token").asText());
        return environment;
    }

    @ParameterizedTest
    @CsvSource({
        "PYTHON, DATA_STORAGE_TYPE, postgresql",
        "JAVASCRIPT, MIGRATION_ENABLE_DUAL_WRITE, true",
        "PHP, USE_SQLITE, 1",
    })
    void anExampleLivesThroughAUsersLife(Script.Language language, String variable, String value) throws Exception {
        String user = "ada " + language;

        JsonNode seen =
                language.run("example", environment(variable, value), user).json();

        assertThat(seen).isEqualTo(Donna.MAPPER.readTree("""
                {"store": "gateway", "primary": "legacy", "applied": ["legacy", "target"], "same_write": true,
                 "name": "Ada / Ω", "profile": {"language": "en"}, "found": ["%s"], "batch": [200, 200, 200],
                 "memory": ["a/1", "a/2", "a/3"], "refused": 400, "left": ["a/2", "a/3"], "deleted": true}
                """.formatted(user)));
    }

    @Test
    void theSeventeenOperationsDoWhatTheyAreCalled() throws Exception {
        JsonNode gave = Script.Language.PYTHON
                .run("donna_example", environment("DATA_STORAGE_TYPE", "postgresql"), "ida")
                .json();

        assertThat(gave).isEqualTo(Donna.MAPPER.readTree("""
                {"createUser": "ida", "getUserById": "Ada", "getUserByClerkId": "ida", "updateUser": [true, false],
                 "createChatSession": true, "getChatSession": {"title": "First", "tags": []}, "updateChatSession": true,
                 "addMessage": [true, true, true, true, true], "getChatHistory": ["message 2", "message 3"],
                 "getMessageCount": [5, 5], "setUserMemory": [true, true],
                 "getUserMemory": [{"c": {"of": "c"}}, {"a/b": {"of": "a/b"}, "c": {"of": "c"}}],
                 "deleteUserMemory": true, "left": {"a/b": {"of": "a/b"}}, "beginTransaction": true,
                 "before": ["Ada L.", {}], "commit": true, "after": ["Ada in a transaction", {"seen": true}],
                 "rollback": true, "kept": {"seen": true}, "healthCheck": "healthy"}
                """));
    }

    @Test
    void theCallsOfTheRecipesWork() throws Exception {
        Script page = Script.page("docs/recipes/donna.md", environment("LC_ALL", "C.UTF-8"));

        assertThat(page.exitCode()).as(page.output()).isZero();
        assertThat(page.output())
                .contains("\"email\":\"ada@example.com\"", "\"content\":\"Hello\"", "\"topic\":\"tides\"");
        JsonNode user = donna.get("/users/user_4711").path("fields");
        assertThat(user.path("name").asText()).isEqualTo("Ada L.");
        assertThat(user.at("/preferences/theme").asText()).isEqualTo("dark");
    }
}
