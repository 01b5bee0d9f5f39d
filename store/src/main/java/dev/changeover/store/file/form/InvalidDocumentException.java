package dev.changeover.store.file.form;

import java.io.IOException;

/** A document that is not what its form demands, or that cannot be made to say something; the message says why. */
public final class InvalidDocumentException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidDocumentException(String message) {
        super(message);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
