package io.pvlock.tests.process;

import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import io.pvlock.kit.ChildJvm;
import io.pvlock.linux.Futex;
import io.pvlock.linux.Threads;
import java.nio.file.Path;

/**
 * Runs under strace: rounds of uncontended lock and unlock, each between two marks that a trace shows. The first round only
 * makes futex calls, to show that the trace shows them.
 */
final class SyscallProbe {

    static final int ROUNDS = 5;
    static final int CONTROL_CALLS = 10;
    static final int PAIRS = 1_000_000;

    private static final int WARM_UP = 200_000;

    private SyscallProbe() {}

    /** @param args path of the region */
    public static void main(String[] args) {
        LockRegion region =
                LockRegion.open(Path.of(args[0]), RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN));
        SharedLock explicit = region.lock("explicit");
        SharedLock looked = region.lock("looked-up", LockOptions.defaults().kind(LockKind.PV));
        Vcpu me = region.attach();
        for (int i = 0; i < 20; i++) {
            explicit(explicit, me, WARM_UP);
            lookedUp(looked, WARM_UP);
        }
        System.out.println(ChildJvm.MARK + "tid " + Threads.gettid());
        mark();
        control();
        mark();
        for (int round = 0; round < ROUNDS; round++) {
            explicit(explicit, me, PAIRS);
            mark();
        }
        for (int round = 0; round < ROUNDS; round++) {
            lookedUp(looked, PAIRS);
            mark();
        }
        System.exit(0);
    }

    // A system call that no JVM makes by itself.
    private static void mark() {
        Threads.getpid();
    }

    private static void control() {
        for (int i = 0; i < CONTROL_CALLS; i++) {
            Futex.wake(0, 1);
        }
    }

    private static void explicit(SharedLock lock, Vcpu me, int pairs) {
        for (int i = 0; i < pairs; i++) {
            lock.lock(me);
            lock.unlock(me);
        }
    }

    private static void lookedUp(SharedLock lock, int pairs) {
        for (int i = 0; i < pairs; i++) {
            lock.lock();
            lock.unlock();
        }
    }
}
