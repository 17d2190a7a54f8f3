package io.pvlock.linux;

import java.lang.ref.Reference;

/** File descriptors of this process that Java gives no answers about. */
public final class Descriptors {

    public static final int STANDARD_OUTPUT = 1;

    /** {@code struct pollfd}: descriptor, events asked for, events that are. */
    private static final int POLLFD_SIZE = 8;

    private static final int REVENTS_OFFSET = 6;
    private static final int POLLERR = 8;

    private Descriptors() {}

    /**
     * Whether nobody will read what is written to {@code descriptor}: it is a pipe or a socket whose other end is closed. Nothing is
     * written to find out. False where the kernel does not say.
     */
    public static boolean isReaderGone(int descriptor) {
        NativeBlock pollfd = new NativeBlock(POLLFD_SIZE);
        pollfd.bytes.putInt(0, descriptor);
        NativeBlock atOnce = new NativeBlock(2 * Long.BYTES);
        long ready = LibC.syscall(SystemCalls.PPOLL, pollfd.address, 1, atOnce.address, 0, 0, 0);
        boolean gone = ready > 0 && (pollfd.bytes.getShort(REVENTS_OFFSET) & POLLERR) != 0;
        Reference.reachabilityFence(pollfd);
        Reference.reachabilityFence(atOnce);
        return gone;
    }
}
