package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CpusTest {
    @TempDir
    Path root;

    @Test
    void affinityIsThatOfTheCallingThread() throws Exception {
        BitSet allowed = Cpus.affinity();
        assertThat(allowed.cardinality()).isPositive();
        assertThat(allowed).isEqualTo(allowedByProc(Threads.gettid()));
        int last = allowed.length() - 1;
        BitSet one = new BitSet();
        one.set(last);

        Background<Integer> bound = Background.start(() -> {
            Cpus.setAffinity(0, one);
            assertThat(Cpus.affinity()).isEqualTo(one);
            assertThat(allowedByProc(Threads.gettid())).isEqualTo(one);
            return Cpus.usable();
        });

        assertThat(bound.result()).isEqualTo(1);
        assertThat(Cpus.affinity()).isEqualTo(allowed);
    }

    @Test
    void anotherThreadCanBeBoundByItsId() {
        Linux.ensureLoaded();
        FutexWaiter waiter = new FutexWaiter();
        NativeBlock word = new NativeBlock(8);
        Background<BitSet> bound = Background.start(() -> {
            waiter.await(word.address, 0, Background.guard());
            return Cpus.affinity();
        });
        bound.awaitParkedOn(word.address);
        BitSet first = new BitSet();
        first.set(Cpus.affinity().nextSetBit(0));
        Cpus.setAffinity(bound.tid(), first);
        assertThat(Futex.wake(word.address, 1)).isEqualTo(1);
        assertThat(bound.result()).isEqualTo(first);
    }

    @Test
    void usableIsNeitherMoreThanTheAffinityNorThanTheQuota() throws IOException {
        int affinity = Cpus.affinity().cardinality();
        assertThat(Cpus.usable(root)).isEqualTo(affinity);
        Files.createDirectories(root.resolve("proc/self"));
        Files.writeString(root.resolve("proc/self/cgroup"), "0::/\n");
        Files.writeString(root.resolve("proc/self/mountinfo"), "31 23 0:28 / /cg rw - cgroup2 cgroup2 rw\n");
        Files.createDirectories(root.resolve("cg"));
        Files.writeString(root.resolve("cg/cpu.max"), "50000 100000\n");
        assertThat(Cpus.usable(root)).isEqualTo(1);
        Files.writeString(root.resolve("cg/cpu.max"), (affinity + 1) * 100000 + " 100000\n");
        assertThat(Cpus.usable(root)).isEqualTo(affinity);
        assertThat(Cpus.usable()).isEqualTo(Cpus.usable(Path.of("/"))).isBetween(1, affinity);
    }

    @Test
    void bindingToNothingIsAnErrorByName() {
        BitSet beyond = new BitSet();
        beyond.set(100_000);
        assertThatThrownBy(() -> Cpus.setAffinity(0, new BitSet()))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("EINVAL (22)");
        assertThatThrownBy(() -> Cpus.setAffinity(0, beyond))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("100000");
        assertThatThrownBy(() -> Cpus.setAffinity(RobustMutex.TID_MASK, Cpus.affinity()))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("ESRCH (3)");
    }

    /** The kernel's own text form: "0-3,8". */
    private static BitSet allowedByProc(int tid) throws IOException {
        String key = "Cpus_allowed_list:";
        String list = Files.readAllLines(Path.of("/proc/self/task/" + tid + "/status")).stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()).trim())
                .findFirst()
                .orElseThrow();
        BitSet cpus = new BitSet();
        for (String range : list.split(",")) {
            String[] ends = range.split("-");
            cpus.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
        }
        return cpus;
    }
}
