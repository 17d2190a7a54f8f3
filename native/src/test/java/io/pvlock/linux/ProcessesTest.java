package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.Await;
import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.ProcessState;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ProcessesTest {
    /** Beyond every possible pid: the kernel's limit is 2^22. */
    private static final int NOBODY = 1 << 30;

    @ParameterizedTest
    @ValueSource(strings = {"java", "a) R 1 (b", "))", "(", " ", ") 1 2 3 4 5 6 7"})
    void startTimeIsFoundBehindAnyName(String name) {
        String stat = "4711 (" + name + ") S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654321 20 21\n";
        assertThat(Processes.parseStartTime(stat)).isEqualTo(987654321);
    }

    @Test
    void startTimeOfAProcessWithANastyName() throws Exception {
        String name = "x) R 1 (y z";
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "rename", name)) {
            assertThat(child.answer()).isEqualTo("renamed");
            assertThat(Processes.commandName(child.pid())).isEqualTo(name);
            // The 22nd field; the name may look like some of them, but has no line of its own here.
            String stat = Files.readString(Path.of("/proc/" + child.pid() + "/stat"));
            String[] behindName = stat.replace("(" + name + ")", "").split(" +");
            assertThat(Processes.startTime(child.pid()))
                    .isEqualTo(Long.parseLong(behindName[20]))
                    .isGreaterThanOrEqualTo(Processes.startTime(Threads.getpid()));
        }
    }

    @Test
    void processThatDoesNotExistHasNeitherTimeNorName() {
        assertThat(Processes.startTime(NOBODY)).isEqualTo(Processes.NO_SUCH_PROCESS);
        assertThat(Processes.commandName(NOBODY)).isEmpty();
        assertThat(Processes.kill(NOBODY, 0)).isFalse();
    }

    @Test
    void killSendsTheSignal() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "idle")) {
            assertThat(child.answer()).isEqualTo("idle");
            assertThat(Processes.kill(child.pid(), 0)).isTrue();
            assertThat(Processes.kill(child.pid(), Processes.SIGSTOP)).isTrue();
            Await.until("child is stopped", () -> ProcessState.of(child.pid()) == 'T');
            assertThat(Processes.kill(child.pid(), Processes.SIGCONT)).isTrue();
            Await.until("child runs again", () -> ProcessState.of(child.pid()) != 'T');
            assertThat(Processes.kill(child.pid(), Processes.SIGTERM)).isTrue();
            child.awaitExit();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, -4711})
    void killRefusesGroupsAndEverybody(int pid) {
        assertThatThrownBy(() -> Processes.kill(pid, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(pid));
    }

    @Test
    void badSignalIsAnErrorByName() {
        int self = Threads.getpid();
        assertThatThrownBy(() -> Processes.kill(self, 1000))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("EINVAL (22)");
    }

    @Test
    void bootIdAndNamespaceAreTheKernels() throws Exception {
        assertThat(Processes.bootId())
                .hasToString(Files.readString(Path.of("/proc/sys/kernel/random/boot_id"))
                        .trim());
        assertThat("pid:[" + Processes.pidNamespaceInode() + "]")
                .isEqualTo(Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "'monotonic           0         0\nboottime            0         0\n',0",
        "'monotonic       86400         7\nboottime            5         0\n',86400000000007",
        "'boottime            5         0\nmonotonic          -2  500000000\n',-1500000000",
        "'boottime            5         0\n',-9223372036854775808"
    })
    void clockShifts(String offsets, long shiftNs) {
        assertThat(Processes.parseClockShift(offsets)).isEqualTo(shiftNs);
    }
}
