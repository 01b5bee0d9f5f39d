package dev.changeover.model.json;

/** A value that its field cannot have. The message says what is wrong and what would be right, but not which field. */
public final class InvalidValueException extends Exception {
    private static final long serialVersionUID = 1L;

    public InvalidValueException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
