package io.pvlock.core;

/** The shared memory holds something that no participant can have written: it was damaged from outside. */
public final class CorruptMemoryException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    public CorruptMemoryException(String message) {
        super(message);
    }
}
