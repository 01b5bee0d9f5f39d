package dev.changeover.store.file;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.entity.LegacyPaths;
import dev.changeover.model.entity.Migration;
import dev.changeover.model.entity.Missing;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.ValueJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.store.file.form.InvalidDocumentException;
import dev.changeover.store.file.yaml.MarkdownForm;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Whether the legacy files could hold a record: asked before a change is accepted. Safe for use by several threads. */
public final class RecordFit {
    private final LegacyPaths paths;

    public RecordFit(Migration migration) {
        this.paths = new LegacyPaths(migration);
    }

    /** Why no file could hold {@code wanted} as it is; empty if one can. */
    public Optional<String> unfit(EntityRecord wanted) {
        Optional<String> nowhere = paths.unfit(wanted);
        boolean page = wanted.entity().legacy().orElse(null) instanceof DocumentLayout document
                && document.form() == DocumentLayout.Form.MARKDOWN;
        return nowhere.isEmpty() && page
                ? unfitPage(wanted, (DocumentLayout) wanted.entity().legacy().orElseThrow())
                : nowhere;
    }

    private static Optional<String> unfitPage(EntityRecord wanted, DocumentLayout layout) {
        Map<String, JsonText> members = new LinkedHashMap<>(wanted.unnamed());
        for (Field field : wanted.entity().fields()) {
            Object value = wanted.value(field);
            if (!layout.membersOf(field.name()).isEmpty() && value != Missing.ABSENT) {
                members.put(layout.membersOf(field.name()).get(0), json(value));
            }
        }
        try {
            new MarkdownForm().written(JsonMembers.object(members).text().getBytes(StandardCharsets.UTF_8));
            return Optional.empty();
        } catch (InvalidDocumentException e) {
            return Optional.of(e.getMessage());
        }
    }

    private static JsonText json(Object value) {
        if (value instanceof JsonText text) {
            return text;
        }
        return value == Missing.NULL ? JsonText.NULL : JsonMembers.quoted(ValueJson.text(value));
    }
}
