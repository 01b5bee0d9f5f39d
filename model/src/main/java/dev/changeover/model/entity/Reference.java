package dev.changeover.model.entity;

import java.util.List;

/**
 * A record's pointer to a record of another entity.
 *
 * @param fields the fields here that hold the other's key, in the order of that key
 * @param entity the entity pointed to
 * @param onDelete what happens here when that record is deleted
 * @param parent whether it is the aggregate's upward link: this record then goes to the partition of its root
 */
public record Reference(List<String> fields, String entity, OnDelete onDelete, boolean parent) {
    /** What a delete of the record pointed to does to the record that points. */
    public enum OnDelete {
        /** It is deleted too. */
        CASCADE,
        /** Its reference fields become null. */
        SET_NULL,
        /** Nothing: the reference may dangle. */
        KEEP
    }

    public Reference {
        fields = List.copyOf(fields);
    }
}
