package dev.changeover.store.file.json;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.layout.JsonStyle;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** Records as lines, or as objects inside lines. */
public final class LineEditor {
    private final RecordEdit edit;
    private final JsonPrinter printer;
    private final List<String> at;

    /** @param at names of members that lead from a line to the record; none where the line is the record */
    public LineEditor(RecordMembers members, JsonStyle style, List<String> at) {
        this.edit = new RecordEdit(members);
        this.printer = JsonPrinter.line(style);
        this.at = List.copyOf(at);
    }

    /** The record as a new line, without its end. */
    public byte[] write(EntityRecord entityRecord) {
        return edit.write(entityRecord, "", printer).bytes();
    }

    /**
     * {@code line} with the record in it; members that hold what they should stay as they are, to the byte.
     *
     * @throws InvalidJsonException if the record is an object inside the line, and the line is damaged
     */
    public byte[] edit(byte[] line, EntityRecord entityRecord, RecordMembers.Known known) throws InvalidJsonException {
        try {
            JsonScan scan = new JsonScan(line);
            scan.check();
            if (scan.peek(scan.root()) == '{') {
                Sheet whole = Sheet.of(scan, scan.root(), "", printer);
                Sheet sheet = whole;
                for (String name : at) {
                    sheet = inside(sheet, name);
                }
                edit.apply(entityRecord, known, sheet);
                return with(line, scan, whole);
            }
        } catch (InvalidJsonException e) {
            if (!at.isEmpty()) {
                throw e;
            }
            // damaged: the whole record is known, and takes its place
        }
        return write(entityRecord);
    }

    private static Sheet inside(Sheet sheet, String name) throws InvalidJsonException {
        Sheet.Part part = sheet.find(name);
        Sheet inner = part == null ? null : sheet.open(part);
        if (inner == null && part != null) {
            sheet.remove(part);
        }
        return inner == null ? sheet.addMemberSheet(name) : inner;
    }

    /** {@code line} without the object that is the record. */
    public byte[] without(byte[] line) throws InvalidJsonException {
        JsonScan scan = new JsonScan(line);
        scan.check();
        if (scan.peek(scan.root()) != '{') {
            return line;
        }
        Sheet whole = Sheet.of(scan, scan.root(), "", printer);
        Sheet sheet = whole;
        for (int i = 0; i < at.size(); i++) {
            Sheet.Part part = sheet.find(at.get(i));
            if (part == null) {
                return line;
            }
            if (i == at.size() - 1) {
                sheet.remove(part);
            } else {
                Sheet inner = sheet.open(part);
                if (inner == null) {
                    return line;
                }
                sheet = inner;
            }
        }
        return with(line, scan, whole);
    }

    private static byte[] with(byte[] line, JsonScan scan, Sheet sheet) throws InvalidJsonException {
        int end = scan.skipValue(scan.root());
        ByteArrayOutputStream out = new ByteArrayOutputStream(line.length + 64);
        out.write(line, 0, scan.root());
        sheet.writeTo(out);
        out.write(line, end, line.length - end);
        return out.toByteArray();
    }
}
