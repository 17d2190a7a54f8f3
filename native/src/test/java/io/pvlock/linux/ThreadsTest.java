package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ThreadsTest {
    @Test
    void idsAreThoseOfProc() {
        int[] ids = Background.start(() -> new int[] {
                    Threads.gettid(),
                    Integer.parseInt(Files.readSymbolicLink(Path.of("/proc/thread-self"))
                            .getFileName()
                            .toString())
                })
                .result();
        assertThat(ids[0]).isEqualTo(ids[1]).isNotEqualTo(Threads.gettid());
        assertThat((long) Threads.getpid()).isEqualTo(ProcessHandle.current().pid());
    }
}
