package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.TestLiveness;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PvKickTest {

    private static final int CAPACITY = 16;
    private static final int CELL = 0x1000;

    private final HeapMemory memory = new HeapMemory(HeapMemory.Source.HEAP, 8, 1);
    private final PvLockHash hash = new PvLockHash(
            new UnsafeBuffer(new byte[HashDescriptor.length(CAPACITY)]),
            0,
            CAPACITY,
            memory.vcpus(),
            new TestLiveness());
    private final Participant me = memory.participant(0);

    /** A head that runs on the processor of its kicker preempts it, looks, and sleeps again: whatever it enters then is for later. */
    @Test
    void aHeadThatSleepsAgainMeanwhileIsKickedOnce() {
        List<Integer> kicked = new ArrayList<>();
        PvKick kicks = new PvKick(hash, new Parker() {
            @Override
            public void park(Participant me, int dependsOn, long deadlineNs) {}

            @Override
            public void kick(int vcpu) {
                kicked.add(vcpu);
                assertThat(kicked).hasSizeLessThan(10);
                hash.insert(CELL, LockWord.ref(vcpu, 0), me);
            }

            @Override
            public void kickAll() {}
        });
        hash.insert(CELL, LockWord.ref(1, 0), me);
        hash.insert(CELL + 8, LockWord.ref(3, 0), me);

        kicks.kickHeads(CELL, me);

        assertThat(kicked).containsExactly(1);
        assertThat(hash.contains(CELL, LockWord.ref(1, 0))).as("entered since").isTrue();
    }
}
