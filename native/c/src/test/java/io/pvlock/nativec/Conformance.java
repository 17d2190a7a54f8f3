package io.pvlock.nativec;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.file.Path;

/** The functions of {@code test/conformance.c}, in the library with hooks. */
final class Conformance {

    /** Of {@code enum pvlock_outcome}. */
    static final int OK = 0;

    static final int OWNER_DIED = 1;
    static final int BUSY = 2;
    static final int TIMED_OUT = 3;
    static final int DEADLOCK = 4;
    static final int NOT_RECOVERABLE = 5;
    static final int CANCELLED = 6;
    /** Of the tests alone: C has no interrupts. */
    static final int INTERRUPTED = 9;

    static final int FAILED = 16;
    static final int NOT_OWNER = 18;
    static final int CORRUPT = 20;
    /** Of the tests alone: a hook has ended the call. */
    static final int ENDED = -1;

    /** What a hook returns to go on. */
    static final int GO_ON = 0;

    static final int END = 1;
    /** What {@link Leave} returns to go on. */
    static final int STAY = -1;

    interface Step extends Callback {
        int step();
    }

    interface Reached extends Callback {
        int reached(int point, int vcpu);
    }

    interface Now extends Callback {
        long nowNs();
    }

    interface Park extends Callback {
        int park(int vcpu, int dependsOn, long deadlineNs);
    }

    interface Kick extends Callback {
        int kick(int vcpu);
    }

    interface KickAll extends Callback {
        int kickAll();
    }

    interface Dead extends Callback {
        int dead(int vcpu);
    }

    interface MayLeave extends Callback {
        int mayLeave(int vcpu);
    }

    interface Leave extends Callback {
        int leave(int vcpu);
    }

    static {
        Native.register(
                Conformance.class,
                Path.of(System.getProperty("pvlock.c.build"), "libpvlock-hooks.so")
                        .toAbsolutePath()
                        .toString());
    }

    private Conformance() {}

    /** Sets what all threads of this process call; the caller keeps them. */
    static native void conformance_hooks(
            Step step,
            Reached reached,
            Now now,
            Park park,
            Kick kick,
            KickAll kickAll,
            Dead dead,
            MayLeave mayLeave,
            Leave leave);

    /** Slots and hash at these offsets from {@code base}; never freed. */
    static native Pointer conformance_table(Pointer base, int slots, int vcpus, int hash, int hashCapacity);

    /** A handle on a slot; never freed. */
    static native Pointer conformance_participant(Pointer table, int vcpu, int generation);

    /** @param stepping whether the step hook is called before each access of this call */
    static native int conformance_lock(
            Pointer participant,
            int stepping,
            int cell,
            int overtakeLimit,
            int strideShift,
            long overtakeNs,
            long spinNs,
            int yield,
            long numaThresholdNs,
            long deadlineNs,
            int interruptible);

    static native int conformance_trylock(
            Pointer participant,
            int stepping,
            int cell,
            int overtakeLimit,
            int strideShift,
            long overtakeNs,
            long spinNs,
            int yield,
            long numaThresholdNs);

    static native int conformance_queue(
            Pointer participant,
            int stepping,
            int cell,
            int overtakeLimit,
            int strideShift,
            long overtakeNs,
            long spinNs,
            int yield,
            long numaThresholdNs,
            long deadlineNs,
            int interruptible);

    static native int conformance_release(Pointer participant, int stepping, int cell);

    static native int conformance_unlock(Pointer participant, int stepping, int cell);

    static native int conformance_consistent(Pointer participant, int stepping, int cell);

    static native int conformance_abandon(Pointer participant, int stepping, int cell);

    /** The owner word of the dead owner that the last attempt replaced; 0 if it replaced none. */
    static native int conformance_died_owner(Pointer participant);

    /** What was found damaged last by this thread. */
    static native String conformance_detail();
}
