package dev.changeover.store.file.yaml;

import dev.changeover.model.entity.Entity;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.json.StrictJson;
import dev.changeover.model.layout.DocumentLayout;
import dev.changeover.store.file.form.DocumentForm;
import dev.changeover.store.file.form.InvalidDocumentException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** One entity's YAML documents: plain scalars are what its fields' types say. */
public final class YamlForm implements DocumentForm {
    private static final String MARK = "\ufeff";

    private final YamlTyping typing;

    public YamlForm(Entity entity, DocumentLayout layout) {
        this.typing = YamlTyping.of(entity, layout);
    }

    private YamlForm(YamlTyping typing) {
        this.typing = typing;
    }

    /** Of documents whose fields nobody has named: plain scalars are what YAML 1.1 says. */
    public static YamlForm untyped() {
        return new YamlForm(YamlTyping.NONE);
    }

    @Override
    public byte[] json(byte[] content) throws InvalidDocumentException {
        try {
            return YamlDocument.read(withoutMark(utf8(content)), typing)
                    .json()
                    .text()
                    .getBytes(StandardCharsets.UTF_8);
        } catch (InvalidYamlException e) {
            throw new InvalidDocumentException(e.getMessage());
        }
    }

    @Override
    public byte[] edited(byte[] content, byte[] json) throws InvalidDocumentException {
        try {
            String text = utf8(content);
            String edited = YamlDocument.read(withoutMark(text), typing).saying(StrictJson.compact(json));
            return ((text.startsWith(MARK) ? MARK : "") + edited).getBytes(StandardCharsets.UTF_8);
        } catch (InvalidYamlException | InvalidJsonException e) {
            throw new InvalidDocumentException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public byte[] written(byte[] json) throws InvalidDocumentException {
        try {
            return YamlDocument.written(StrictJson.compact(json)).getBytes(StandardCharsets.UTF_8);
        } catch (InvalidJsonException e) {
            throw new InvalidDocumentException(e.getMessage());
        }
    }

    private static String withoutMark(String text) {
        return text.startsWith(MARK) ? text.substring(1) : text;
    }

    static String utf8(byte[] content) throws InvalidDocumentException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidDocumentException("it is not UTF-8");
        }
    }
}
