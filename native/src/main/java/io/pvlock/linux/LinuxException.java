package io.pvlock.linux;

/**
 * A Linux call failed in a way its caller is not expected to handle; the message names the call, its values and the
 * errno.
 */
public final class LinuxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    LinuxException(String call, int errno) {
        this(call, errno, "");
    }

    /** @param remedy what may be the cause and what to do about it; empty if nothing is known */
    LinuxException(String call, int errno, String remedy) {
        super(call + " failed: " + Errno.name(errno) + (remedy.isEmpty() ? "" : "; " + remedy));
        this.errno = errno;
    }

    /** What libc says of the errno, as the JDK's own exceptions do: {@code "No space left on device"}. */
    public String reason() {
        return LibC.strerror(errno);
    }

    /** The positive errno value. */
    public int errno() {
        return errno;
    }
}
