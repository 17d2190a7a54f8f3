package io.pvlock.internal.lock;

import io.pvlock.LockKind;

/**
 * Which kind a lock gets when its creator leaves it open: the rules of the kernel's {@code kvm_spinlock_init}, adapted to processes.
 *
 * <table>
 * <caption>The rules, first match wins</caption>
 * <tr><th>kernel</th><th>kernel decides</th><th>here</th></tr>
 * <tr><td>no {@code KVM_FEATURE_PV_UNHALT}: cannot be kicked</td><td>test-and-set</td><td>does not arise: every Linux has futexes</td></tr>
 * <tr><td>{@code nopvspin}</td><td>native</td><td>{@link LockKind#NATIVE}</td></tr>
 * <tr><td>{@code KVM_HINTS_REALTIME}: dedicated cores</td><td>native</td><td>{@link LockKind#NATIVE}, if the user says so</td></tr>
 * <tr><td>one possible CPU</td><td>native</td><td>{@link LockKind#PV}, which then never spins</td></tr>
 * <tr><td>otherwise</td><td>paravirt</td><td>{@link LockKind#PV}</td></tr>
 * </table>
 *
 * <p>The departure is the single CPU. There the kernel's lock is never contended, because its holder cannot be preempted: the
 * cheaper one will do. A process is preempted while it holds a lock, and a spinner would then burn the very CPU that the holder
 * needs. Besides, other participants may have more CPUs than this process.
 */
public final class KindRules {

    /**
     * What the decision depends on.
     *
     * @param usableCpus how many CPUs this process may use at once, at least 1; 1 alone does not make a lock native, see above
     * @param noPvSpin the user wants no paravirt spinlocks, the kernel's {@code nopvspin}
     * @param dedicatedCores the user promises that every participant has a core to itself; nobody can find that out
     */
    public record Machine(int usableCpus, boolean noPvSpin, boolean dedicatedCores) {
        public Machine {
            if (usableCpus < 1) {
                throw new IllegalArgumentException("usableCpus=" + usableCpus + ", at least 1 is needed to run at all");
            }
        }
    }

    private KindRules() {}

    /** The kind that a lock gets on {@code machine}. */
    public static LockKind choose(Machine machine) {
        return machine.noPvSpin() || machine.dedicatedCores() ? LockKind.NATIVE : LockKind.PV;
    }
}
