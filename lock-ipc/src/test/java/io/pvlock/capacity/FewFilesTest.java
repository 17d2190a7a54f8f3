package io.pvlock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.kit.TestJvm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that has no file descriptor left, or a few. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class FewFilesTest {

    @TempDir
    Path directory;

    @Test
    void whatHasNoDescriptorIsNamedWithItsRemedy() throws Exception {
        List<String> said = TestJvm.of(FewFilesMain.class)
                .under(List.of("sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"))
                .with("-XX:-MaxFDLimit")
                .run(directory)
                .ok()
                .out()
                .lines()
                .toList();

        assertThat(said).hasSizeGreaterThan(2).last().isEqualTo("opened");
        assertThat(said.subList(0, said.size() - 1))
                .allMatch(line -> line.startsWith("UNAVAILABLE ") && line.contains("raise the limit (ulimit -n)"));
    }
}
