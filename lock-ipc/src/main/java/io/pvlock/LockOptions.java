package io.pvlock;

import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.lock.Guard;
import io.pvlock.internal.lock.KindRules;
import io.pvlock.internal.lock.LockUse;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What a lock is, and how this process uses it. Kind and policy belong to the lock and are fixed by whoever makes it; the rest is
 * each user's own affair. Immutable; begin with {@link #defaults()}.
 */
public final class LockOptions {

    /** Who may overtake a waiting queue head. */
    public enum Policy {
        /**
         * Newcomers may, for about 0.4 ms for each head that sleeps: nearly the throughput of an unfair
         * lock, with the longest waits of a queue.
         */
        HYBRID(1),
        /** Nobody: first come, first served. */
        FAIR(2),
        /** Everybody, at any time, unless the head is awake and insists. It insists after 4 ms, but may still starve. */
        THROUGHPUT(3),
        /**
         * As HYBRID. In addition, on machines with several NUMA nodes, a head lets waiters that are awake on the owner's node
         * pass, for a millisecond at most (system property {@code pvlock.numaThresholdNs}). So the lock and what it guards move
         * between the nodes less often. A thread's node is looked up when it attaches and after each sleep, unless the system
         * property {@code pvlock.numaNode} names it for the process. For the kind PV only.
         */
        NUMA(4);

        private final int code;

        Policy(int code) {
            this.code = code;
        }

        /** What a region file says for this policy; never changes, never 0. */
        public int code() {
            return code;
        }

        /** Whether there is a policy of that code. */
        public static boolean isCode(int code) {
            return code >= 1 && code <= values().length;
        }

        /** @throws RegionException CORRUPT if there is no policy of that code */
        public static Policy fromCode(int code) {
            if (isCode(code)) {
                return values()[code - 1];
            }
            throw new RegionException(
                    RegionException.Category.CORRUPT,
                    "lock policy code=" + code + " is unknown; run pvlock fsck on the region");
        }
    }

    /** What a waiter does while it waits. */
    public enum WaitMode {
        /** Spins for about as long as sleeping and waking take, then sleeps; never spins where there is one processor. */
        AUTO,
        /** Spins for ever, for dedicated processors only; sleeps at once where there is one processor. */
        SPIN,
        /** Spins a little, then gives the processor away again and again. */
        YIELD,
        /** Sleeps at once. */
        PARK
    }

    /** What {@code lock()} and its kin do when the previous owner died holding the lock. */
    public enum OnOwnerDeath {
        /** Throw {@link OwnerDiedException} without holding the lock, until somebody has declared the data repaired. */
        FAIL,
        /** Take the lock as if nothing had happened. For data that a death cannot damage, at whatever point it comes. */
        CONTINUE,
        /** Run a handler under the lock, which repairs. */
        HANDLER
    }

    /** What to do about a deadlock: a circle of threads, each of which waits for a lock that the next one holds. */
    public enum OnDeadlock {
        /** Go on waiting, and do not look. */
        IGNORE,
        /** Go on waiting; once for each wait it is an event of the region, {@link RegionEvent.Type#DEADLOCK}. */
        REPORT,
        /** Throw {@link DeadlockException}, without holding the lock; it is an event, too. */
        THROW
    }

    private static final LockOptions DEFAULTS =
            new LockOptions(null, null, WaitMode.AUTO, OnOwnerDeath.FAIL, null, false, false, OnDeadlock.REPORT);

    private final LockKind kind;
    private final Policy policy;
    private final WaitMode waitMode;
    private final OnOwnerDeath onOwnerDeath;
    private final Consumer<LockGuard> repair;
    private final boolean reentrant;
    private final boolean autoKind;
    private final OnDeadlock onDeadlock;

    private LockOptions(
            LockKind kind,
            Policy policy,
            WaitMode waitMode,
            OnOwnerDeath onOwnerDeath,
            Consumer<LockGuard> repair,
            boolean reentrant,
            boolean autoKind,
            OnDeadlock onDeadlock) {
        this.kind = kind;
        this.policy = policy;
        this.waitMode = waitMode;
        this.onOwnerDeath = onOwnerDeath;
        this.repair = repair;
        this.reentrant = reentrant;
        this.autoKind = autoKind;
        this.onDeadlock = onDeadlock;
    }

    /** A PV lock with policy HYBRID that waits AUTO and fails when an owner died; or whatever the lock is, if it exists. */
    public static LockOptions defaults() {
        return DEFAULTS;
    }

    /** The kind of lock to make; it is an error if the lock exists and is of another kind. */
    public LockOptions kind(LockKind newKind) {
        Objects.requireNonNull(newKind);
        return new LockOptions(newKind, policy, waitMode, onOwnerDeath, repair, reentrant, false, onDeadlock);
    }

    /**
     * Makes the kind of lock that fits this machine, by the rules by which a KVM guest chooses its spinlock: NATIVE with the system
     * property {@code pvlock.nopvspin} or, for dedicated processors, {@code pvlock.dedicated}; else PV. A lock that exists may be
     * of any kind.
     */
    public LockOptions autoKind() {
        return new LockOptions(null, policy, waitMode, onOwnerDeath, repair, reentrant, true, onDeadlock);
    }

    /** The policy of the lock to make; it is an error if the lock exists and has another policy. */
    public LockOptions policy(Policy newPolicy) {
        Objects.requireNonNull(newPolicy);
        return new LockOptions(kind, newPolicy, waitMode, onOwnerDeath, repair, reentrant, autoKind, onDeadlock);
    }

    /** How this process waits for the lock; the default is {@link WaitMode#AUTO}. */
    public LockOptions waitMode(WaitMode newWaitMode) {
        Objects.requireNonNull(newWaitMode);
        return new LockOptions(kind, policy, newWaitMode, onOwnerDeath, repair, reentrant, autoKind, onDeadlock);
    }

    /** {@link OnOwnerDeath#FAIL} or {@link OnOwnerDeath#CONTINUE}; for a handler see {@link #repairWith}. */
    public LockOptions onOwnerDeath(OnOwnerDeath newOnOwnerDeath) {
        if (newOnOwnerDeath == OnOwnerDeath.HANDLER) {
            throw new IllegalArgumentException("give the handler with repairWith(handler)");
        }
        return new LockOptions(
                kind, policy, waitMode, Objects.requireNonNull(newOnOwnerDeath), null, reentrant, autoKind, onDeadlock);
    }

    /**
     * Runs {@code handler} under the lock when the previous owner died. It repairs the data and calls
     * {@link LockGuard#markConsistent()}; if it does not, or throws, the lock is released and stays inconsistent. It may take other
     * locks, but does not unlock this one: {@code lock()} returns with it, or throws.
     */
    public LockOptions repairWith(Consumer<LockGuard> handler) {
        Objects.requireNonNull(handler);
        return new LockOptions(kind, policy, waitMode, OnOwnerDeath.HANDLER, handler, reentrant, autoKind, onDeadlock);
    }

    /**
     * Lets the owner lock again, and unlock as often. The holds belong to the thread: the lock is free after as many unlocks as
     * it was taken, whether they go through this view of the lock or through plain ones.
     */
    public LockOptions reentrant() {
        return new LockOptions(kind, policy, waitMode, onOwnerDeath, repair, true, autoKind, onDeadlock);
    }

    /**
     * What to do about a deadlock; the default is {@link OnDeadlock#REPORT}. A wait looks for one after 50 ms, and then ever
     * less often, which costs a few reads of memory. A circle is reported only if two looks have found the same one, for then it has existed. It may be
     * one that would end by itself, if a wait in it has a time limit or can be interrupted. The writer of a read-write lock waits
     * for each of its readers. Permits of a semaphore, which anybody may release, and writers without a lock are not looked at.
     * With a kind other than PV, a wait that has queued cannot end without the lock; there THROW does what REPORT does.
     */
    public LockOptions onDeadlock(OnDeadlock newOnDeadlock) {
        Objects.requireNonNull(newOnDeadlock);
        return new LockOptions(kind, policy, waitMode, onOwnerDeath, repair, reentrant, autoKind, newOnDeadlock);
    }

    /** What a lock is made of that does not exist. */
    LockDirectory.Template template(int usableCpus) {
        Policy made = policy == null ? Policy.HYBRID : policy;
        return new LockDirectory.Template(kindToMake(usableCpus), made.code(), waitMode.ordinal());
    }

    private LockKind kindToMake(int usableCpus) {
        if (autoKind) {
            return KindRules.choose(new KindRules.Machine(
                    usableCpus, Boolean.getBoolean("pvlock.nopvspin"), Boolean.getBoolean("pvlock.dedicated")));
        }
        return kind == null ? LockKind.PV : kind;
    }

    /** @throws IllegalArgumentException if these options ask for something else than the lock {@code name} is */
    void checkSame(String name, LockKind is, Policy hasPolicy) {
        checkSame(name, "kind", kind, is);
        checkSame(name, "policy", policy, hasPolicy);
    }

    private static void checkSame(String name, String what, Object asked, Object is) {
        if (asked != null && asked != is) {
            throw new IllegalArgumentException("lock '" + name + "' exists with " + what + " " + is + ", not " + asked);
        }
    }

    boolean isReentrant() {
        return reentrant;
    }

    /** How this process uses the lock. */
    LockUse use() {
        Consumer<Guard> repairGuarded = repair == null ? null : guard -> repair.accept(new LockGuard(guard));
        return new LockUse(waitMode, onOwnerDeath, repairGuarded, reentrant, onDeadlock);
    }
}
