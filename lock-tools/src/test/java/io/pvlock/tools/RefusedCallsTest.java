package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.tools.worker.TestJvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What doctor and region say where the kernel refuses a call, by strace. */
@Timeout(120)
class RefusedCallsTest {

    private static final int WATCHDOG_S = 100;

    @Test
    void robustMutexesThatLeaveNoNotice() throws Exception {
        String said = doctor("set_robust_list", "ENOSYS");
        assertThat(said)
                .containsPattern("warn +robust mutexes +do not work \\(set_robust_list")
                .containsPattern("ok +self-test");
        // The self-test opens a region, which says it, too.
        assertThat(said).containsPattern("WARNING: robust mutexes do not work here");
    }

    @Test
    void noFutexWaitv() throws Exception {
        assertThat(doctor("futex_waitv", "EPERM"))
                .containsPattern("warn +futex_waitv +missing \\(EPERM \\(1\\): a seccomp profile forbids it")
                .containsPattern("ok +robust mutexes +work")
                .containsPattern("ok +self-test");
    }

    private static String doctor(String call, String error) throws Exception {
        List<String> wrapper = List.of(
                "strace",
                "-f",
                "-qq",
                "-o",
                "/dev/null",
                "-e",
                "trace=" + call,
                "-e",
                "inject=" + call + ":error=" + error);
        assumeTrue(runs(wrapper), "strace cannot inject errors here");
        Process process = TestJvm.start(wrapper, Main.class, "doctor");
        CompletableFuture.delayedExecutor(WATCHDOG_S, TimeUnit.SECONDS).execute(process::destroyForcibly);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }

    private static boolean runs(List<String> wrapper) throws InterruptedException {
        try {
            List<String> command = new ArrayList<>(wrapper);
            command.add("true");
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
