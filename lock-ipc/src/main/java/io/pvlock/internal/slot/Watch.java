package io.pvlock.internal.slot;

/** Something whose end a process tells its virtual threads that sleep and depend on it. All but {@link #isOver} under the waker's lock. */
abstract class Watch {

    /** Names what is watched, among all that may be. */
    final long key;

    /** How many sleep and depend on it; with none left it is forgotten. */
    int sleepers;

    private Watch(long key) {
        this.key = key;
    }

    /** Whether it has ended, or is not what it was any more. */
    abstract boolean isOver();

    /** The thread of a slot that has a sentinel: the kernel tells of its end. */
    static final class OfSentinel extends Watch {

        final int vcpu;

        /** The sentinel's word while the thread lives. */
        final int word;

        private final SlotLiveness liveness;

        OfSentinel(SlotLiveness liveness, int vcpu, int word) {
            super(key(vcpu));
            this.liveness = liveness;
            this.vcpu = vcpu;
            this.word = word;
        }

        static long key(int vcpu) {
            return vcpu;
        }

        @Override
        boolean isOver() {
            return liveness.sentinelWord(vcpu) != word;
        }
    }

    /** Another process, in which a thread has a slot without a sentinel: the kernel has to be asked. */
    static final class OfProcess extends Watch {

        private final SlotLiveness liveness;
        private final long state;

        /** @param state of a slot of that process */
        OfProcess(SlotLiveness liveness, long state) {
            super(key(state));
            this.liveness = liveness;
            this.state = state;
        }

        static long key(long state) {
            return -1 - (SlotState.process(state) | (long) SlotState.processGeneration(state) << 16);
        }

        @Override
        boolean isOver() {
            return liveness.isProcessDead(state);
        }
    }
}
