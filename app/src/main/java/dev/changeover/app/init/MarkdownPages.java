package dev.changeover.app.init;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.changeover.store.file.form.InvalidDocumentException;
import dev.changeover.store.file.yaml.MarkdownForm;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Markdown pages as entities: a folder's pages are records of one, known by their names. */
final class MarkdownPages {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private MarkdownPages() {}

    /** @param comments takes what was left out, and why */
    static List<Found> find(LegacyFilesOnDisk files, List<String> comments) throws IOException {
        List<Found> found = new ArrayList<>();
        for (Map.Entry<String, List<String>> group :
                DocumentFolders.groups(files.markdown()).entrySet()) {
            Found pages = pages(files, group.getKey(), group.getValue(), comments);
            if (pages.records() > 0) {
                found.add(pages);
            }
        }
        return found;
    }

    private static Found pages(LegacyFilesOnDisk files, String pattern, List<String> paths, List<String> comments)
            throws IOException {
        Found pages = new Found(DocumentFolders.entityName(pattern));
        MarkdownForm form = new MarkdownForm();
        for (String path : paths) {
            try {
                pages.addRecord(MAPPER.readTree(
                        form.json(Files.readAllBytes(files.root().resolve(path)))));
                pages.placedValues().add(DocumentFolders.place(path, pattern));
            } catch (InvalidDocumentException e) {
                comments.add("%s: %s, left out".formatted(path, e.getMessage()));
            }
        }
        // Pages of tomorrow may have what none has today.
        pages.members().computeIfAbsent(MarkdownForm.FRONT_MATTER, Evidence::new);
        String name = pages.free("name");
        pages.placed().put(name, "text");
        pages.key().add(name);
        pages.legacy().put("format", "markdown");
        pages.legacy().put("path", pattern.replace("{}", "{" + name + "}"));
        return pages;
    }
}
