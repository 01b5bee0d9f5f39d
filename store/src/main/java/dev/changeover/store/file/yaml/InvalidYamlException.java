package dev.changeover.store.file.yaml;

/** Text that is not YAML as we read it: one document, without tags, within the limits. */
public final class InvalidYamlException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param line from 1; 0 if it is not known
     * @param column from 1
     */
    InvalidYamlException(String message, int line, int column) {
        super(
                line > 0
                        ? "Invalid YAML at line %d, column %d: %s".formatted(line, column, message)
                        : "Invalid YAML: " + message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
