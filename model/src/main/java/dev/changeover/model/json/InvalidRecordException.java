package dev.changeover.model.json;

import java.util.List;
import java.util.stream.Collectors;

/** A record that is against its entity's definition, with everything that is wrong with it. */
public final class InvalidRecordException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<FieldError> errors;

    public InvalidRecordException(List<FieldError> errors) {
        super(errors.stream().map(FieldError::toString).collect(Collectors.joining("; ")));
        this.errors = List.copyOf(errors);
    }

    /** At least one, in the order in which they were met. */
    public List<FieldError> errors() {
        return errors;
    }
}
