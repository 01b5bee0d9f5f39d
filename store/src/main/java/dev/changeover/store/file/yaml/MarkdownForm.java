package dev.changeover.store.file.yaml;

import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.JsonMembers;
import dev.changeover.model.json.StrictJson;
import dev.changeover.store.file.form.DocumentForm;
import dev.changeover.store.file.form.InvalidDocumentException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Markdown, perhaps with front matter: an object with the members {@code frontmatter}, left out where there is none, and {@code
 * content}. Front matter is YAML between a first line {@code ---} and the next line that is only that; a text without the second one has none.
 * White space between it and the content belongs to neither, and stays.
 */
public final class MarkdownForm implements DocumentForm {
    public static final String FRONT_MATTER = "frontmatter";
    public static final String CONTENT = "content";

    /**
     * A text taken apart: put together again, the parts are the text.
     *
     * @param opening the first line with its end; empty if there is no front matter
     * @param matter the YAML text
     * @param closing the line behind it, and the white space before the content
     */
    private record Parts(String opening, String matter, String closing, String content) {
        boolean hasMatter() {
            return !opening.isEmpty();
        }

        static Parts of(String text) {
            Parts none = new Parts("", "", "", text);
            int first = lineEnd(text, 0);
            if (!isDashes(text, 0, first)) {
                return none;
            }
            for (int at = first; at < text.length(); ) {
                int end = lineEnd(text, at);
                if (isDashes(text, at, end)) {
                    int content = end;
                    while (content < text.length() && isSpace(text.charAt(content))) {
                        content++;
                    }
                    return new Parts(
                            text.substring(0, first),
                            text.substring(first, at),
                            text.substring(at, content),
                            text.substring(content));
                }
                at = end;
            }
            return none;
        }

        private static boolean isDashes(String text, int from, int to) {
            return text.substring(from, to).stripTrailing().equals("---");
        }

        private static boolean isSpace(char c) {
            return c == ' ' || c == '\n' || c == '\r' || c == '\t';
        }

        private static int lineEnd(String text, int from) {
            int end = text.indexOf('\n', from);
            return end < 0 ? text.length() : end + 1;
        }
    }

    @Override
    public byte[] json(byte[] content) throws InvalidDocumentException {
        Parts parts = Parts.of(YamlForm.utf8(content));
        Map<String, JsonText> members = new LinkedHashMap<>();
        if (parts.hasMatter()) {
            members.put(FRONT_MATTER, matter(parts));
        }
        if (parts.content().indexOf('\0') >= 0) {
            throw new InvalidDocumentException("U+0000 is in it");
        }
        members.put(CONTENT, JsonMembers.quoted(parts.content()));
        return JsonMembers.object(members).text().getBytes(StandardCharsets.UTF_8);
    }

    private static JsonText matter(Parts parts) throws InvalidDocumentException {
        if (isEmpty(parts)) {
            return JsonText.EMPTY_OBJECT;
        }
        try {
            return YamlDocument.read(parts.matter(), YamlTyping.NONE).json();
        } catch (InvalidYamlException e) {
            throw new InvalidDocumentException("front matter: " + e.getMessage());
        }
    }

    /** Comments say nothing. */
    private static boolean isEmpty(Parts parts) {
        return parts.matter()
                .lines()
                .allMatch(line -> line.isBlank() || line.stripLeading().startsWith("#"));
    }

    @Override
    public byte[] edited(byte[] content, byte[] json) throws InvalidDocumentException {
        Parts parts = Parts.of(YamlForm.utf8(content));
        Map<String, JsonText> wanted = members(json);
        JsonText matter = wanted.get(FRONT_MATTER);
        String body = body(wanted);
        String head;
        if (matter == null || JsonText.NULL.equals(matter)) {
            head = "";
        } else if (!parts.hasMatter()) {
            head = newHead(matter, parts.content().contains("\r\n") ? "\r\n" : "\n");
        } else {
            head = parts.opening() + edited(parts, matter) + parts.closing();
        }
        return checked(head + body, wanted);
    }

    private static String edited(Parts parts, JsonText matter) throws InvalidDocumentException {
        try {
            if (!isEmpty(parts)) {
                return YamlDocument.read(parts.matter(), YamlTyping.NONE).saying(matter);
            }
            boolean stays = matter.equals(JsonText.EMPTY_OBJECT);
            return stays ? parts.matter() : parts.matter() + YamlDocument.written(matter);
        } catch (InvalidYamlException | InvalidJsonException e) {
            throw new InvalidDocumentException("front matter: " + e.getMessage());
        }
    }

    @Override
    public byte[] written(byte[] json) throws InvalidDocumentException {
        Map<String, JsonText> wanted = members(json);
        JsonText matter = wanted.get(FRONT_MATTER);
        boolean without = matter == null || JsonText.NULL.equals(matter);
        return checked((without ? "" : newHead(matter, "\n")) + body(wanted), wanted);
    }

    private static String newHead(@Nullable JsonText matter, String newline) throws InvalidDocumentException {
        try {
            String yaml = matter == null || matter.equals(JsonText.EMPTY_OBJECT) ? "" : YamlDocument.written(matter);
            return "---" + newline + yaml.replace("\n", newline) + "---" + newline + newline;
        } catch (InvalidJsonException e) {
            throw new InvalidDocumentException(e.getMessage());
        }
    }

    private static Map<String, JsonText> members(byte[] json) throws InvalidDocumentException {
        try {
            Map<String, JsonText> members = JsonMembers.of(StrictJson.compact(json));
            for (String name : members.keySet()) {
                if (!name.equals(FRONT_MATTER) && !name.equals(CONTENT)) {
                    throw new InvalidDocumentException(
                            "Markdown has no place for %s: put it into %s".formatted(name, FRONT_MATTER));
                }
            }
            return members;
        } catch (InvalidJsonException e) {
            throw new InvalidDocumentException(e.getMessage());
        }
    }

    private static String body(Map<String, JsonText> members) throws InvalidDocumentException {
        try {
            JsonText content = members.get(CONTENT);
            String body = content == null ? null : JsonMembers.string(content);
            if (body == null) {
                throw new InvalidDocumentException("%s must be a text".formatted(CONTENT));
            }
            return body;
        } catch (InvalidJsonException e) {
            throw new InvalidDocumentException(e.getMessage());
        }
    }

    /** Some texts would be read as others: one that begins with white space behind front matter, one without that begins like it. */
    private byte[] checked(String text, Map<String, JsonText> wanted) throws InvalidDocumentException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try {
            Map<String, JsonText> read = JsonMembers.of(StrictJson.compact(json(bytes)));
            JsonText content = read.get(CONTENT);
            JsonText wantedContent = wanted.get(CONTENT);
            if (content == null
                    || wantedContent == null
                    || !java.util.Objects.equals(JsonMembers.string(content), JsonMembers.string(wantedContent))
                    || read.containsKey(FRONT_MATTER) != wanted.containsKey(FRONT_MATTER)) {
                throw new InvalidDocumentException(
                        "its content would be read as another one: behind front matter it must not begin with white space, and without front matter not with a line ---");
            }
            return bytes;
        } catch (InvalidJsonException e) {
            throw new InvalidDocumentException(e.getMessage());
        }
    }
}
