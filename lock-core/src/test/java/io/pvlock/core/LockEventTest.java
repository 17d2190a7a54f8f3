package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LockEventTest {

    /** The PV and the qspinlock part of the kernel's {@code lock_events_list.h}. */
    private static final String[] KERNEL = {
        "lock_pending",
        "lock_slowpath",
        "lock_use_node2",
        "lock_use_node3",
        "lock_use_node4",
        "lock_no_node",
        "pv_hash_hops",
        "pv_kick_unlock",
        "pv_kick_wake",
        "pv_latency_kick",
        "pv_latency_wake",
        "pv_lock_stealing",
        "pv_spurious_wakeup",
        "pv_wait_again",
        "pv_wait_early",
        "pv_wait_head",
        "pv_wait_node"
    };

    private static final String[] OURS = {
        "owner_died",
        "head_died",
        "lock_left",
        "wait_queue_sleep",
        "rwlock_wait_readers",
        "seqlock_wait_writer",
        "seqlock_retry",
        "numa_held_back",
        "numa_ahead"
    };

    /** The order as well: it is the order of the counters in a region file. */
    @Test
    void labelsAreTheKernelsAndThenOurs() {
        String[] labels =
                Arrays.stream(LockEvent.values()).map(LockEvent::label).toArray(String[]::new);
        assertThat(Arrays.copyOf(labels, KERNEL.length)).containsExactly(KERNEL);
        assertThat(Arrays.copyOfRange(labels, KERNEL.length, labels.length)).containsExactly(OURS);
    }

    @Test
    void slotHasRoomForAllCounters() {
        assertThat(LockEvent.values()).hasSizeLessThanOrEqualTo(VcpuSlotDescriptor.MAX_EVENTS);
    }
}
