package dev.changeover.app.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** cass-vessel, whose YAML and Markdown files are edited with a text editor, with {@code capture: watch}. */
class CassVesselWatchedIT {
    private static final String USER = "800ea2db-d264-45c8-8fc4-a4a56421a373";

    @Test
    void editsOfYamlAndMarkdownComeToTheTargetAndTheFilesStayAsTheyWere(@TempDir Path data) throws Exception {
        try (Watching cass = Watching.start("cass-vessel", data)) {
            cass.operation("backfill", Watching.options());
            cass.awaitSettled();
            Path profile = cass.legacy().resolve("users/" + USER + "/profile.yaml");
            String edited = "# by hand\n"
                    + Files.readString(profile).replace("display_name: 'true'", "display_name: no   # the text");
            Files.writeString(profile, edited);
            Path moon = cass.legacy().resolve("wiki/entity/Moon.md");
            String page = Files.readString(moon).replace("# Moon 🌙", "# The Moon") + "\nNo end of line";
            Files.writeString(moon, page);
            Files.writeString(cass.legacy().resolve("wiki/entity/Comet.md"), "# A comet\n");
            Files.delete(cass.legacy().resolve("wiki/meta/Dashes.md"));

            cass.awaitQuery("SELECT display_name FROM users WHERE id = '" + USER + "'", "no");
            cass.awaitQuery("SELECT title FROM wiki_pages WHERE id = 'entity/Comet'", "A comet");
            cass.awaitQuery("SELECT content LIKE '%No end of line' FROM wiki_pages WHERE id = 'entity/Moon'", "1");
            cass.awaitQuery("SELECT count(*) FROM wiki_pages WHERE id = 'meta/Dashes'", "0");
            cass.awaitSettled();
            assertThat(Files.readString(profile)).isEqualTo(edited);
            assertThat(Files.readString(moon)).isEqualTo(page);
            assertThat(cass.get("/mismatches").path("items")).isEmpty();
        }
    }
}
