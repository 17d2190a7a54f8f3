package io.pvlock.internal.jfr;

import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import jdk.jfr.FlightRecorder;

/**
 * Whether a recording wants events, and the events themselves, as objects of which callers know nothing. Where there is no recorder, or
 * nobody has started it yet, a question is one look at a flag.
 */
public final class FlightRecording {

    /** The runtime has the module, and whoever made the module path has named it. */
    private static final boolean PRESENT = isPresent();

    /**
     * Who holds a lock, as far as is known.
     *
     * @param pid 0 if it is not known
     */
    public record Holder(int pid, int tid, String thread, String command) {

        /** Nobody, or nobody knows. */
        public static final Holder UNKNOWN = new Holder(0, 0, "", "");
    }

    private FlightRecording() {}

    private static boolean isPresent() {
        try {
            Class.forName("jdk.jfr.FlightRecorder", false, FlightRecording.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    // ---- waits

    /** What {@link #endWait} ends; null if no recording wants waits. */
    public static Object beginWait() {
        return PRESENT && FlightRecorder.isInitialized() ? WaitEvent.beginIfWanted() : null;
    }

    /** Ends a wait: whether it was long enough to be recorded, and {@link #recordWait} is due. */
    public static boolean endWait(Object begun) {
        return ((WaitEvent) begun).endIfWanted();
    }

    /**
     * Records the wait.
     *
     * @param how such as {@code slept}
     * @param sleeps how often it slept
     */
    public static void recordWait(
            Object ended,
            String region,
            String lock,
            String policy,
            Holder holder,
            String how,
            long sleeps,
            String outcome) {
        ((WaitEvent) ended).record(region, lock, policy, holder, how, sleeps, outcome);
    }

    // ---- what happens seldom

    /** An owner that died was replaced. */
    public static void ownerDied(String region, String lock, int pid, int tid, long fencingToken) {
        if (PRESENT && FlightRecorder.isInitialized()) {
            OwnerDiedEvent.record(region, lock, pid, tid, fencingToken);
        }
    }

    /** @param circle who waits for whom, in words */
    public static void deadlock(String region, String lock, Supplier<List<String>> circle) {
        if (PRESENT && FlightRecorder.isInitialized()) {
            DeadlockEvent.record(region, lock, circle);
        }
    }

    /** A region was opened, in {@code ns}. */
    public static void attached(String region, long bytes, IntSupplier otherProcesses, long ns) {
        if (PRESENT && FlightRecorder.isInitialized()) {
            RegionAttachEvent.record(region, bytes, otherProcesses, ns);
        }
    }
}
