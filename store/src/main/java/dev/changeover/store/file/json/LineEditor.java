package dev.changeover.store.file.json;

import dev.changeover.model.entity.EntityRecord;
import dev.changeover.model.json.InvalidJsonException;
import dev.changeover.model.layout.JsonStyle;

/** Records as lines. */
public final class LineEditor {
    private final RecordEdit edit;
    private final JsonPrinter printer;

    public LineEditor(RecordMembers members, JsonStyle style) {
        this.edit = new RecordEdit(members);
        this.printer = JsonPrinter.line(style);
    }

    /** The record as a new line, without its end. */
    public byte[] write(EntityRecord entityRecord) {
        return edit.write(entityRecord, "", printer).bytes();
    }

    /** {@code line} with the record in it; members that hold what they should stay as they are, to the byte. */
    public byte[] edit(byte[] line, EntityRecord entityRecord, RecordMembers.Known known) {
        try {
            JsonScan scan = new JsonScan(line);
            scan.check();
            if (scan.peek(scan.root()) == '{') {
                Sheet sheet = Sheet.of(scan, scan.root(), "", printer);
                edit.apply(entityRecord, known, sheet);
                int end = scan.skipValue(scan.root());
                java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream(line.length + 64);
                out.write(line, 0, scan.root());
                sheet.writeTo(out);
                out.write(line, end, line.length - end);
                return out.toByteArray();
            }
        } catch (InvalidJsonException e) {
            // damaged: the whole record is known, and takes its place
        }
        return write(entityRecord);
    }
}
