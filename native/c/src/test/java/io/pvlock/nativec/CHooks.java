package io.pvlock.nativec;

import io.pvlock.core.KillPoint;
import io.pvlock.core.NanoClock;
import io.pvlock.core.Outcome;
import io.pvlock.core.Participant;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * What the lock in C calls of a test in Java: always on the thread that called it, in the middle of that call. What is thrown here
 * ends the call, as a death would, and goes on to the caller when C has returned.
 */
final class CHooks {

    private static final KillPoint[] KILL_POINTS = KillPoint.values();
    private static final ThreadLocal<Call> CURRENT = new ThreadLocal<>();

    // As long as the process: C has their addresses.
    private static final Conformance.Step STEP =
            () -> orEnd(() -> current().lock.memory.beforeAccess().run());
    private static final Conformance.Reached REACHED =
            (point, vcpu) -> orEnd(() -> KillPoint.hit(KILL_POINTS[point], vcpu < 0 ? null : current().me));
    private static final Conformance.Now NOW = () -> orElse(0, NanoClock::nowNs);
    private static final Conformance.Park PARK = (vcpu, dependsOn, deadlineNs) ->
            orEnd(() -> current().lock.parker.park(current().me, dependsOn, deadlineNs));
    private static final Conformance.Kick KICK =
            vcpu -> orEnd(() -> current().lock.parker.kick(vcpu));
    private static final Conformance.KickAll KICK_ALL =
            () -> orEnd(() -> current().lock.parker.kickAll());
    private static final Conformance.Dead DEAD =
            vcpu -> (int) orElse(0, () -> current().lock.liveness.dead(vcpu) ? 1 : 0);
    private static final Conformance.MayLeave MAY_LEAVE = vcpu ->
            (int) orElse(0, () -> current().interruptible || current().me.isCancelled() ? 1 : 0);
    private static final Conformance.Leave LEAVE = vcpu -> (int) orElse(Conformance.STAY, () -> {
        if (current().me.isCancelled()) {
            return Outcome.CANCELLED.ordinal();
        }
        boolean interrupted = current().interruptible && Thread.currentThread().isInterrupted();
        return interrupted ? Outcome.INTERRUPTED.ordinal() : Conformance.STAY;
    });

    static {
        Conformance.conformance_hooks(STEP, REACHED, NOW, PARK, KICK, KICK_ALL, DEAD, MAY_LEAVE, LEAVE);
    }

    /** One call into C. */
    static final class Call {
        private final CLock lock;
        private final Participant me;
        private final boolean interruptible;
        private Throwable thrown;

        Call(CLock lock, Participant me, boolean interruptible) {
            this.lock = lock;
            this.me = me;
            this.interruptible = interruptible;
        }
    }

    private CHooks() {}

    /** Makes sure that C has them. */
    static void install() {
        // By the initialiser.
    }

    private static Call current() {
        return CURRENT.get();
    }

    /** Runs {@code function}, which is C's, and what it calls here on behalf of {@code call}. */
    static int call(Call call, IntSupplier function) {
        Call outer = CURRENT.get();
        CURRENT.set(call);
        int result;
        try {
            result = function.getAsInt();
        } finally {
            CURRENT.set(outer);
        }
        if (call.thrown != null) {
            CHooks.<RuntimeException>rethrow(call.thrown);
        }
        if (result == Conformance.ENDED) {
            throw new AssertionError("a call into C was ended by nobody");
        }
        return result;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void rethrow(Throwable thrown) throws T {
        throw (T) thrown;
    }

    private static int orEnd(Runnable action) {
        try {
            action.run();
            return Conformance.GO_ON;
        } catch (Throwable t) {
            current().thrown = t;
            return Conformance.END;
        }
    }

    // Of what cannot end a call: the next one that can does.
    private static long orElse(long otherwise, LongSupplier question) {
        try {
            return question.getAsLong();
        } catch (Throwable t) {
            current().thrown = t;
            return otherwise;
        }
    }
}
