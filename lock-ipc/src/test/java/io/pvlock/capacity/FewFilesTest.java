package io.pvlock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.kit.Strace;
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

    /** Where the last descriptor goes to depends on the threads of this process: here it is where the process enters the region. */
    @Test
    void thatNothingCanBeReadOfThisProcessIsNamedWithItsRemedy() throws Exception {
        Strace.assumeInjects();
        Path file = directory.resolve("region.pvl");
        LockRegion.open(file).close();

        String said = TestJvm.of(OpenMain.class)
                .under(Strace.refusing("openat", "EMFILE", "/proc/sys/kernel/random/boot_id"))
                .run(file)
                .ok()
                .out();

        assertThat(said)
                .startsWith("UNAVAILABLE cannot open region " + file + ": ")
                .contains("Too many open files; raise the limit (ulimit -n), or close some");
    }

    /** Opens the region {@code args[0]} and says what became of that. */
    static final class OpenMain {

        private OpenMain() {}

        public static void main(String[] args) {
            try (LockRegion region = LockRegion.open(Path.of(args[0]))) {
                System.out.println("opened " + region);
            } catch (RegionException e) {
                System.out.println(e.category() + " " + e.getMessage());
            }
        }
    }
}
