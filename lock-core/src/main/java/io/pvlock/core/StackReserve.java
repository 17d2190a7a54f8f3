package io.pvlock.core;

/**
 * Makes sure, before a thread takes a place in a queue, that it has the stack to leave it again. Without that a wait deep in a recursion
 * could run out of stack in its middle, and its way out as well. The JDK's own locks have {@code @ReservedStackAccess} for this.
 */
final class StackReserve {

    /** Frames of this class's own, 50 bytes or more each when compiled: several times what the way out takes. */
    private static final int FRAMES = 256;

    private StackReserve() {}

    /** @throws StackOverflowError if too little is left */
    static void check() {
        descend(FRAMES, 0, 0, 0);
    }

    private static long descend(int frames, long a, long b, long c) {
        return frames == 0 ? a + b + c : descend(frames - 1, a + 1, b + 2, c + 3) + 1;
    }
}
