package io.pvlock.internal.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.linux.NumaNodes;
import io.pvlock.testing.TestProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On which node a slot says that its thread runs. */
@Timeout(value = 180, threadMode = SEPARATE_THREAD)
class NumaPlaceTest {

    private static final int TOLD = 7;
    private static final int ANOTHER = 3;

    @TempDir
    Path directory;

    @AfterEach
    void forget() {
        System.clearProperty(NumaPlace.PROPERTY);
    }

    private static int numaNode(TestProcess process, Participant participant) {
        return process.memory.getInt(participant.slotOffset() + VcpuSlotDescriptor.NUMA_NODE_OFFSET) - 1;
    }

    @Test
    void itIsTheNodeThatTheKernelNames() {
        NumaNodes nodes = NumaNodes.read();
        try (TestProcess process = TestProcess.enter(directory.resolve("test.pvl"))) {
            Participant participant = process.registry.attach(false);
            assertThat(process.registry.hasSeveralNumaNodes()).isEqualTo(nodes.count() > 1);
            assertThat(numaNode(process, participant)).isBetween(-1, 1023);
            if (nodes.count() == 1) {
                assertThat(numaNode(process, participant)).isEqualTo(nodes.current());
            }
            process.registry.detach(participant);
        }
    }

    @Test
    void itIsTheNodeThatTheProcessWasToldAndLookedUpAfterASleep() {
        System.setProperty(NumaPlace.PROPERTY, Integer.toString(TOLD));
        try (TestProcess process = TestProcess.enter(directory.resolve("test.pvl"))) {
            assertThat(process.registry.hasSeveralNumaNodes()).isTrue();
            Participant participant = process.registry.attach(false);
            assertThat(numaNode(process, participant)).isEqualTo(TOLD);
            participant.numaNode(ANOTHER);
            assertThat(numaNode(process, participant)).isEqualTo(ANOTHER);
            process.registry.parker().park(participant, -1, System.nanoTime());
            assertThat(numaNode(process, participant)).isEqualTo(TOLD);
            process.registry.detach(participant);
        }
    }

    /** A slot's next user runs where it runs. */
    @Test
    void aSlotForgetsItsFormerUsersNode() {
        Path path = directory.resolve("test.pvl");
        System.setProperty(NumaPlace.PROPERTY, Integer.toString(TOLD));
        try (TestProcess process = TestProcess.enter(path)) {
            Participant participant = process.registry.attach(false);
            process.registry.detach(participant);
            System.setProperty(NumaPlace.PROPERTY, "-1");
            try (TestProcess other = TestProcess.enter(path)) {
                Participant next = other.registry.attach(false);
                assertThat(next.index()).isEqualTo(participant.index());
                assertThat(numaNode(other, next)).isEqualTo(-1);
                other.registry.detach(next);
            }
        }
    }
}
