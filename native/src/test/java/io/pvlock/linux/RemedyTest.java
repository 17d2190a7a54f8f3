package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RemedyTest {

    @Test
    void whatIsKnownIsSaid() {
        assertThat(Remedy.ofOpen(Errno.EMFILE)).contains("ulimit -n");
        assertThat(Remedy.ofOpen(Errno.ELOOP)).contains("symbolic link");
        assertThat(Remedy.ofLock(Errno.ENOLCK)).contains("/dev/shm");
        assertThat(Remedy.ofLock(Errno.EINVAL)).contains("before 3.15");
        assertThat(Remedy.ofLock(Errno.EPERM)).contains("seccomp");
        assertThat(Remedy.ofFutex(Errno.ENOSYS)).contains("seccomp");
        assertThat(Remedy.ofFutexWaitv(Errno.ENOSYS)).contains("older than 5.16");
        assertThat(Remedy.ofFutexWaitv(Errno.EPERM)).contains("seccomp");
    }

    @Test
    void whatIsNotKnownIsNotGuessed() {
        assertThat(Remedy.ofOpen(Errno.ENOENT)).isEmpty();
        assertThat(Remedy.ofLock(Errno.EBADF)).isEmpty();
        assertThat(new LinuxException("call", Errno.EBADF, "")).hasMessage("call failed: EBADF (9)");
        assertThat(new LinuxException("call", Errno.EMFILE, "close some"))
                .hasMessage("call failed: EMFILE (24); close some");
    }
}
