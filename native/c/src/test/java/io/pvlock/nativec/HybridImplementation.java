package io.pvlock.nativec;

import io.pvlock.core.Liveness;
import io.pvlock.core.Parker;
import io.pvlock.core.Participant;
import io.pvlock.core.SlowPath;
import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.ParavirtLock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Both languages in one attempt, for the tests of lock-core: Java's fast paths and thieves, C's queue. So a JVM has it with {@code
 * -Dpvlock.slowpath=native}.
 */
public final class HybridImplementation implements Implementation {

    @Override
    public ParavirtLock lock(HeapMemory memory, Parker parker, Liveness liveness) {
        return new HybridLock(
                new Implementation.Java().lock(memory, parker, liveness), new CLock(memory, parker, liveness));
    }

    @Override
    public boolean takesArrays() {
        return false;
    }

    @Override
    public boolean letsThrow() {
        return false;
    }

    private static final class HybridLock extends DispatchedLock {

        private final CLock c;
        /** Those that have their queue in C, by identity. */
        private final Set<Participant> prepared = ConcurrentHashMap.newKeySet();

        HybridLock(ParavirtLock java, CLock c) {
            super(java);
            this.c = c;
        }

        @Override
        ParavirtLock of(Participant me) {
            if (prepared.add(me)) {
                SlowPath queue = c.queue(me);
                me.slowPath(() -> queue);
            }
            return java;
        }
    }
}
