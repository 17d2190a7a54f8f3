package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NumaNodesTest {
    @TempDir
    Path root;

    private void node(int id, String cpus) throws IOException {
        Path directory = Files.createDirectories(root.resolve("sys/devices/system/node/node" + id));
        Files.writeString(directory.resolve("cpulist"), cpus + "\n");
    }

    @Test
    void processorsBelongToNodes() throws IOException {
        node(0, "0-2,6");
        node(1, "3,7-8");
        node(10, "");
        NumaNodes nodes = NumaNodes.read(root);
        assertThat(nodes.count()).as("those with processors").isEqualTo(2);
        int[] expected = {0, 0, 0, 1, -1, -1, 0, 1, 1, -1};
        for (int cpu = -1; cpu < expected.length; cpu++) {
            assertThat(nodes.nodeOf(cpu)).as("cpu %d", cpu).isEqualTo(cpu < 0 ? -1 : expected[cpu]);
        }
    }

    @Test
    void aSingleNodeIsWhereAllRun() throws IOException {
        node(3, "0-1");
        Files.createDirectories(root.resolve("sys/devices/system/node/power"));

        NumaNodes nodes = NumaNodes.read(root);

        assertThat(nodes.count()).isOne();
        assertThat(nodes.current()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1-x", "-1"})
    void whatCannotBeReadIsOneNode(String cpus) throws IOException {
        node(0, "0");
        node(1, cpus);
        NumaNodes nodes = NumaNodes.read(root);
        assertThat(nodes.count()).isOne();
        assertThat(nodes.nodeOf(0)).isEqualTo(-1);
    }

    @Test
    void withoutSuchFilesItIsOneNode() {
        assertThat(NumaNodes.read(root).count()).isOne();
    }

    @Test
    void thisMachineHasTheNodeOnWhichThisRuns() {
        NumaNodes nodes = NumaNodes.read();
        boolean told = Files.isDirectory(Path.of("/sys/devices/system/node/node0"));
        assertThat(nodes.count()).isPositive();
        assertThat(nodes.current()).isGreaterThanOrEqualTo(told ? 0 : -1);
        int cpu = LibC.sched_getcpu();
        assertThat(cpu).isBetween(0, Cpus.affinity().length() - 1);
    }
}
