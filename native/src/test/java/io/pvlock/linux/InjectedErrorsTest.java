package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.Strace;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A child whose kernel refuses a call, by strace. */
@Timeout(120)
class InjectedErrorsTest {

    @BeforeAll
    static void straceInjects() {
        Strace.assumeInjects();
    }

    private static ChildJvm probe(String call, String error) {
        return ChildJvm.start(Strace.refusing(call, error), ChildMain.class, "probe");
    }

    @Test
    void withoutErrorsEverythingWorks() throws Exception {
        try (ChildJvm child = probe("getppid", "ENOSYS")) {
            assertThat(child.answer()).startsWith("waitv ");
            assertThat(child.answer()).isEqualTo("robust true");
        }
    }

    /** Libc takes no notice: mutexes are locked and unlocked as ever, but nobody hears of a death. */
    @ParameterizedTest
    @CsvSource({"ENOSYS", "EPERM"})
    void robustMutexesThatLeaveNoNoticeDoNotWork(String error) throws Exception {
        try (ChildJvm child = probe("set_robust_list", error)) {
            assertThat(child.answer()).startsWith("waitv ");
            assertThat(child.answer()).isEqualTo("robust false");
        }
    }

    @ParameterizedTest
    @CsvSource({"ENOSYS, older than 5.16", "EPERM, a seccomp profile forbids it"})
    void aMissingFutexWaitvIsNamedWithItsCause(String error, String cause) throws Exception {
        try (ChildJvm child = probe("futex_waitv", error)) {
            assertThat(child.answer()).startsWith("waitv false " + error).contains(cause);
            assertThat(child.answer()).isEqualTo("robust true");
        }
    }
}
