package io.pvlock.tests.simulator;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What the others are compared with: a futex mutex, as glibc's robust one locks and unlocks. The word is the owner, and whether anybody
 * sleeps; who does not get it sleeps at once; an unlock wakes the one that has slept longest, which tries again.
 */
final class SimMutex implements SimLock {

    private static final int WAITERS = 1 << 31;
    private static final long FOREVER = Long.MAX_VALUE / 2;

    private final Machine machine;
    private final SimMemory memory;
    private final int word;

    // The kernel's.
    private final Deque<SimThread> sleepers = new ArrayDeque<>();

    SimMutex(Machine machine, SimMemory memory, int word) {
        this.machine = machine;
        this.memory = memory;
        this.word = word;
    }

    @Override
    public void lock(int thread) {
        int me = thread + 1;
        int assumeWaiters = 0;
        while (!memory.compareAndSetInt(word, 0, me | assumeWaiters)) {
            int seen = memory.getIntVolatile(word);
            if (seen == 0 || (seen & WAITERS) == 0 && !memory.compareAndSetInt(word, seen, seen | WAITERS)) {
                continue;
            }
            int expected = seen | WAITERS;
            machine.sleep(() -> queued(expected), FOREVER);
            assumeWaiters = WAITERS; // there may be others
        }
    }

    // The kernel's last look; in one with joining its queue.
    private boolean queued(int expected) {
        boolean same = memory.peekInt(word) == expected;
        if (same) {
            sleepers.add(machine.current());
        }
        return same;
    }

    @Override
    public void unlock(int thread) {
        if ((memory.getAndSetInt(word, 0) & WAITERS) != 0) {
            SimThread first = sleepers.poll();
            if (first != null) {
                machine.wake(first);
            }
        }
    }
}
