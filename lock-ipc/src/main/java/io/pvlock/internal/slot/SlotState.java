package io.pvlock.internal.slot;

/**
 * The state word of a vCPU slot: one long, so that a claim names its claimer in the same CAS.
 *
 * <pre>
 *  63               48 47               32 31               16 15    8 7      0
 * +-------------------+-------------------+-------------------+-------+--------+
 * | process generation|  slot generation  |   process index   |   0   | status |
 * +-------------------+-------------------+-------------------+-------+--------+
 * </pre>
 */
public final class SlotState {

    /** Nobody's. */
    public static final int FREE = 0;
    /** Being set up by the process named; nobody refers to it yet. */
    public static final int CLAIMED = 1;
    /** In use by a thread that holds the sentinel: the sentinel says whether it lives. */
    public static final int ATTACHED = 2;
    /** In use without a sentinel (virtual thread, or no robust mutexes): it lives as long as its process, which marks it DEAD if it knows better. */
    public static final int BORROWED = 3;
    /** Its thread is gone; locks and queues may still name it. */
    public static final int DEAD = 4;
    /** Dead, and being made ready for reuse by the process named. */
    public static final int RECLAIMING = 5;
    /** Kept by the process named for its next virtual thread; whoever is short of slots may claim it. Nobody's meanwhile. */
    public static final int IDLE = 6;

    private SlotState() {}

    static long of(int status, int generation, int process, int processGeneration) {
        return status | (process & 0xffffL) << 16 | (generation & 0xffffL) << 32 | (processGeneration & 0xffffL) << 48;
    }

    public static int status(long state) {
        return (int) state & 0xff;
    }

    public static int process(long state) {
        return (int) (state >>> 16) & 0xffff;
    }

    public static int generation(long state) {
        return (int) (state >>> 32) & 0xffff;
    }

    public static int processGeneration(long state) {
        return (int) (state >>> 48) & 0xffff;
    }

    static long withStatus(long state, int status) {
        return (state & ~0xffL) | status;
    }

    /** FREE, in the generation of {@code state}. */
    public static long free(long state) {
        return of(FREE, generation(state), 0, 0);
    }

    /** Whether a thread is behind it, dead or alive. */
    public static boolean isInUse(long state) {
        int status = status(state);
        return status == ATTACHED || status == BORROWED || status == DEAD;
    }

    /** The status for people. */
    public static String name(long state) {
        return switch (status(state)) {
            case FREE -> "free";
            case CLAIMED -> "claimed";
            case ATTACHED -> "attached";
            case BORROWED -> "borrowed";
            case DEAD -> "dead";
            case RECLAIMING -> "reclaiming";
            case IDLE -> "idle";
            default -> "status " + status(state);
        };
    }
}
