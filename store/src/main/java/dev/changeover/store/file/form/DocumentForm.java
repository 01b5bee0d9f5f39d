package dev.changeover.store.file.form;

/** A way to write documents. What it makes of a document's bytes and of an edit's result follows from these alone. Safe for use by several threads. */
public interface DocumentForm {
    /** JSON itself. */
    DocumentForm JSON = new DocumentForm() {
        @Override
        public byte[] json(byte[] content) {
            return content;
        }

        @Override
        public byte[] edited(byte[] content, byte[] json) {
            return json;
        }

        @Override
        public byte[] written(byte[] json) {
            return json;
        }
    };

    /**
     * What a document says, in JSON.
     *
     * @throws InvalidDocumentException if it is not written in this form
     */
    byte[] json(byte[] content) throws InvalidDocumentException;

    /**
     * The document, made to say {@code json}: where it says the same already, its bytes stay.
     *
     * @throws InvalidDocumentException if it cannot be made to; it stays as it is
     */
    byte[] edited(byte[] content, byte[] json) throws InvalidDocumentException;

    /**
     * A new document.
     *
     * @throws InvalidDocumentException if none in this form says that
     */
    byte[] written(byte[] json) throws InvalidDocumentException;
}
