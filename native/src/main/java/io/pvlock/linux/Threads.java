package io.pvlock.linux;

/** Identity of the calling thread and process, as the kernel and other processes of this pid namespace name it. */
public final class Threads {
    private Threads() {}

    /** The kernel's id of the calling platform thread; on a virtual thread, that of its carrier at this moment. */
    public static int gettid() {
        return (int) LibC.syscall(SystemCalls.GETTID);
    }

    /** The id of this process. */
    public static int getpid() {
        return (int) LibC.syscall(SystemCalls.GETPID);
    }
}
