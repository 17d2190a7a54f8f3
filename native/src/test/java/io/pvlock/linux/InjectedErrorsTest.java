package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A child whose kernel refuses a call, by strace. */
@Timeout(120)
class InjectedErrorsTest {

    private static final List<String> FLAGS = List.of("--enable-native-access=ALL-UNNAMED");

    @BeforeAll
    static void straceInjects() throws InterruptedException {
        List<String> command = new ArrayList<>(refusing("getppid", "ENOSYS"));
        command.add("true");
        boolean works;
        try {
            works = new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            works = false;
        }
        assumeTrue(works, "strace cannot inject errors here");
    }

    @Test
    void withoutErrorsEverythingWorks() throws Exception {
        try (ChildJvm child = ChildJvm.start(refusing("getppid", "ENOSYS"), FLAGS, "probe")) {
            assertThat(child.line()).startsWith("waitv ");
            assertThat(child.line()).isEqualTo("robust true");
        }
    }

    /** Libc takes no notice: mutexes are locked and unlocked as ever, but nobody hears of a death. */
    @ParameterizedTest
    @CsvSource({"ENOSYS", "EPERM"})
    void robustMutexesThatLeaveNoNoticeDoNotWork(String error) throws Exception {
        try (ChildJvm child = ChildJvm.start(refusing("set_robust_list", error), FLAGS, "probe")) {
            assertThat(child.line()).startsWith("waitv ");
            assertThat(child.line()).isEqualTo("robust false");
        }
    }

    @ParameterizedTest
    @CsvSource({"ENOSYS, older than 5.16", "EPERM, a seccomp profile forbids it"})
    void aMissingFutexWaitvIsNamedWithItsCause(String error, String cause) throws Exception {
        try (ChildJvm child = ChildJvm.start(refusing("futex_waitv", error), FLAGS, "probe")) {
            assertThat(child.line()).startsWith("waitv false " + error).contains(cause);
            assertThat(child.line()).isEqualTo("robust true");
        }
    }

    private static List<String> refusing(String call, String error) {
        return List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + call + ":error=" + error);
    }
}
