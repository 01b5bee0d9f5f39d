package dev.changeover.store.file.json;

import dev.changeover.model.entity.Field;
import dev.changeover.model.json.InvalidJsonException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The texts of a few members of an object, found without reading the others. */
public final class MemberTexts {
    private MemberTexts() {}

    /**
     * @param object a JSON object, perhaps damaged behind the members that are looked for
     * @return by field name; a string's characters, a number's digits
     */
    public static Map<String, String> of(byte[] object, RecordMembers members, List<Field> fields)
            throws InvalidJsonException {
        JsonScan scan = new JsonScan(object);
        Map<String, String> texts = new HashMap<>();
        int root = scan.root();
        if (scan.peek(root) != '{') {
            return texts;
        }
        Map<String, Integer> ranks = new HashMap<>();
        for (JsonCursor member = new JsonCursor(scan, root); member.next(); ) {
            String name = member.name();
            for (Field field : fields) {
                int rank = members.namesOf(field).indexOf(name);
                if (rank >= 0 && rank < ranks.getOrDefault(field.name(), Integer.MAX_VALUE)) {
                    ranks.put(field.name(), rank);
                    texts.put(field.name(), text(scan, member.valueFrom(), member.valueTo()));
                }
            }
        }
        return texts;
    }

    static String text(JsonScan scan, int from, int to) throws InvalidJsonException {
        return scan.peek(from) == '"'
                ? scan.string(from, to)
                : new String(scan.json(), from, to - from, StandardCharsets.UTF_8);
    }
}
