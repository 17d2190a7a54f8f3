package io.pvlock.linux;

/** This JVM cannot make the Linux calls; the message names what is missing and what to do about it. */
public final class LinuxUnsupportedException extends UnsupportedOperationException {
    private static final long serialVersionUID = 1L;

    LinuxUnsupportedException(String message) {
        super(message);
    }

    LinuxUnsupportedException(String message, Throwable cause) {
        super(message, cause);
    }
}
