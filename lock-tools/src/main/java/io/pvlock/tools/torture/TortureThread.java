package io.pvlock.tools.torture;

import static io.pvlock.tools.torture.TortureBoardDescriptor.*;

import io.pvlock.LockGuard;
import io.pvlock.OwnerDiedException;
import io.pvlock.SharedLock;
import io.pvlock.Vcpu;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** One thread of a torture worker: takes locks in every way there is, until the phase says that it is over. */
final class TortureThread {

    private static final long PHASE_POLL_NS = 500_000;

    /** One acquisition in so many is left out when the lock is busted. */
    private static final int BUSTED = 20;

    /** One round in so many is followed by a rest, or processes that start would never get a processor. */
    private static final int REST = 60;

    private static final int MAX_REST_NS = 10_000_000;

    /** One round in so many ends with giving the vCPU back. */
    private static final int DETACH = 5_000;

    private final Context context;
    private final Inmate me;
    private final ThreadRecord record;
    private final Random random;
    private Vcpu vcpu;

    /** What the threads of one process have in common. */
    record Context(TortureSetup setup, TortureBoard board, RegionInternals internals, IntFunction<SharedLock> locks) {}

    TortureThread(Context context, Inmate me, ThreadRecord record) {
        this.context = context;
        this.me = me;
        this.record = record;
        this.random = new Random(context.setup().seed() * 31 + me.code());
    }

    /**
     * Takes locks with {@code newVcpu} for a while.
     *
     * @return whether to go on with another one
     */
    boolean run(Vcpu newVcpu) {
        vcpu = newVcpu;
        record.attached(vcpu.index(), context.internals().slotState(vcpu.index()));
        while (true) {
            long phase = context.board().phase();
            if (phase == EXIT) {
                return false;
            }
            if (phase == RUN) {
                record.state(RUNNING);
                round();
                if (random.nextInt(REST) == 0) {
                    LockSupport.parkNanos(random.nextInt(MAX_REST_NS));
                }
                if (random.nextInt(DETACH) == 0) {
                    return true;
                }
            } else {
                if (phase == IDLE) {
                    record.state(AT_REST);
                }
                LockSupport.parkNanos(PHASE_POLL_NS);
                Thread.interrupted();
            }
        }
    }

    // One lock, or two in the order of their indices: any other order would be a deadlock of our own making.
    private void round() {
        int locks = context.setup().locks();
        int first = context.setup().chooseLock(random, 0);
        Hold hold = acquire(0, first);
        if (hold == null) {
            return;
        }
        if (first + 1 < locks && random.nextInt(10) == 0) {
            Hold inner = acquire(1, context.setup().chooseLock(random, first + 1));
            if (inner != null) {
                inner.section.work(holdNs());
                release(1, inner);
            }
        }
        hold.section.work(holdNs());
        release(0, hold);
    }

    /** A lock that is held. It has no guard if it was taken without one, and no lock if it was only pretended to be taken. */
    private record Hold(SharedLock lock, LockGuard guard, CriticalSection section) {}

    // Null: not taken, by time-out or interrupt.
    private Hold acquire(int depth, int index) {
        SharedLock lock = context.locks().apply(index);
        LockRecord data = context.board().lock(index);
        CriticalSection section = new CriticalSection(context.board(), data, me, random, new Finding(index));
        long begin = System.nanoTime();
        if (context.setup().busted() && random.nextInt(BUSTED) == 0) {
            section.enter(null, begin);
            return new Hold(null, null, section);
        }
        record.approaches(depth, index);
        record.waitsFor(index, begin);
        Hold hold = attempt(lock, section);
        record.waitsNoMore();
        if (hold == null) {
            record.leaves(depth);
            return null;
        }
        record.holds(1);
        section.enter(hold.guard, begin);
        record.countAcquisition();
        return hold;
    }

    private Hold attempt(SharedLock lock, CriticalSection section) {
        try {
            boolean locked = true;
            switch (random.nextInt(8)) {
                case 0 -> lock.lock();
                case 1 -> lock.lock(vcpu);
                case 2 -> lock.lockInterruptibly();
                case 3 -> locked = lock.tryLock();
                case 4 -> locked = lock.tryLock(patienceNs(), TimeUnit.NANOSECONDS);
                case 5 -> {
                    return lock.tryAcquire(patienceNs(), TimeUnit.NANOSECONDS)
                            .map(guard -> new Hold(lock, guard, section))
                            .orElse(null);
                }
                case 6 -> {
                    return new Hold(lock, lock.acquire(vcpu), section);
                }
                default -> {
                    return new Hold(lock, lock.acquire(), section);
                }
            }
            return locked ? new Hold(lock, null, section) : null;
        } catch (InterruptedException e) {
            return null;
        } catch (OwnerDiedException e) {
            // Not held: it wants a guard, and a repair.
            return new Hold(lock, lock.acquire(), section);
        }
    }

    private void release(int depth, Hold hold) {
        hold.section.leave();
        if (hold.lock == null) {
            return;
        }
        record.holds(-1);
        if (hold.guard != null) {
            hold.guard.close();
        } else if (random.nextBoolean()) {
            hold.lock.unlock(vcpu);
        } else {
            hold.lock.unlock();
        }
        record.leaves(depth);
    }

    private long holdNs() {
        int dice = random.nextInt(100_000);
        if (dice < 80_000) {
            return 0;
        }
        if (dice < 99_000) {
            return random.nextInt(10_000);
        }
        if (dice < 99_990) {
            return random.nextInt(200_000);
        }
        return random.nextInt(100_000_000);
    }

    private long patienceNs() {
        return switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextInt(20_000);
            case 2 -> random.nextInt(2_000_000);
            default -> random.nextInt(100_000_000);
        };
    }

    /** Counts and describes what was found wrong with one lock. */
    private final class Finding implements CriticalSection.Report {
        private final int lock;

        Finding(int lock) {
            this.lock = lock;
        }

        @Override
        public void violation(String what) {
            record.countViolation();
            // The first few tell the story.
            if (record.violations() <= 5) {
                System.err.println("torture: violation: lock " + TortureSetup.lockName(lock) + ", " + me + ": " + what);
            }
        }

        @Override
        public void repair() {
            record.countRepair();
        }
    }
}
