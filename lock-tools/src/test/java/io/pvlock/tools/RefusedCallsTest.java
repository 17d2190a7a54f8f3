package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Strace;
import io.pvlock.kit.TestJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What doctor and region say where the kernel refuses a call, by strace. */
@Timeout(120)
class RefusedCallsTest {

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
        Strace.assumeInjects();
        return TestJvm.of(Main.class)
                .under(Strace.refusing(call, error))
                .run("doctor")
                .output();
    }
}
