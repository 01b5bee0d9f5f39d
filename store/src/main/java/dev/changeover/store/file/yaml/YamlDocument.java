package dev.changeover.store.file.yaml;

import dev.changeover.model.canonical.Canonical;
import dev.changeover.model.entity.Field;
import dev.changeover.model.entity.FieldType;
import dev.changeover.model.entity.JsonText;
import dev.changeover.model.json.InvalidJsonException;

/** A YAML text and what it says. */
final class YamlDocument {
    private static final Field ANY = Field.required(0, "document", FieldType.JSON);

    private final String text;
    private final YamlTyping typing;
    private final YamlNode root;
    private final JsonText json;

    private YamlDocument(String text, YamlTyping typing) throws InvalidYamlException {
        this.text = text;
        this.typing = typing;
        this.root = YamlTree.read(text);
        this.json = YamlJson.of(root, typing.root());
    }

    /** @throws InvalidYamlException if it is none */
    static YamlDocument read(String text, YamlTyping typing) throws InvalidYamlException {
        return new YamlDocument(text, typing);
    }

    JsonText json() {
        return json;
    }

    /**
     * The text, made to say {@code after}; what differs from what it says now is written anew, and nothing else.
     *
     * @throws InvalidYamlException if it cannot be: what the edit has made is read again, and must say just that
     */
    String saying(JsonText after) throws InvalidYamlException, InvalidJsonException {
        if (Canonical.same(ANY, json, after)) {
            return text;
        }
        String edited = YamlEdit.apply(text, root, json, after);
        if (!Canonical.same(ANY, YamlJson.of(YamlTree.read(edited), typing.root()), after)) {
            throw new InvalidYamlException(
                    "it is written in a form that does not allow this edit; write out what its aliases stand for, then retry",
                    0,
                    0);
        }
        return edited;
    }

    /** A new document. */
    static String written(JsonText value) throws InvalidJsonException {
        return new YamlText("\n").document(value);
    }
}
