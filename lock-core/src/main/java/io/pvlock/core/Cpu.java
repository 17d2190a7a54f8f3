package io.pvlock.core;

/**
 * What a thread that waits tells its processor: that it polls, the kernel's {@code cpu_relax}, or that somebody else may have it.
 *
 * <p>A test may put a simulated processor in its place, in a JVM that was started with {@code -Dpvlock.killpoints}. In all others it is
 * nothing but {@link Thread#onSpinWait()} and {@link Thread#yield()}.
 */
public final class Cpu {

    /** What happens instead, on the thread that waits. */
    public interface Simulation {

        /** The thread has looked in vain, and will look again. */
        void relax();

        /** The thread gives its processor away if anybody wants it. */
        void giveAway();

        /**
         * The thread is about to change the word at {@code offset} by an access that no buffer sees.
         *
         * @param readsToo whether it is a read-modify-write; else it is a store
         */
        void changes(int offset, boolean readsToo);
    }

    private static volatile Simulation simulation;

    private Cpu() {}

    static void relax() {
        Simulation instead = simulation();
        if (instead == null) {
            Thread.onSpinWait();
        } else {
            instead.relax();
        }
    }

    static void giveAway() {
        Simulation instead = simulation();
        if (instead == null) {
            Thread.yield();
        } else {
            instead.giveAway();
        }
    }

    static void changes(int offset, boolean readsToo) {
        Simulation instead = simulation();
        if (instead != null) {
            instead.changes(offset, readsToo);
        }
    }

    private static Simulation simulation() {
        return KillPoint.ENABLED ? simulation : null;
    }

    /** Sets what stands for the processors of this JVM, for tests; null for themselves. */
    public static void simulate(Simulation newSimulation) {
        if (!KillPoint.ENABLED) {
            throw new IllegalStateException("the processor is fixed; start the JVM with -Dpvlock.killpoints");
        }
        simulation = newSimulation;
    }
}
