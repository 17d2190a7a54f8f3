package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.kit.ChildJvm;
import io.pvlock.kit.TestJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class LinuxTest {
    private static final String FLAG = "--enable-native-access=ALL-UNNAMED";

    @Test
    void loadsHereAndAsOftenAsOneLikes() {
        Linux.ensureLoaded();
        Linux.ensureLoaded();
    }

    @Test
    void loadsInAFreshProcess() throws Exception {
        try (ChildJvm child = ChildJvm.start(ChildMain.class, "load")) {
            assertThat(child.answer()).isEqualTo("loaded");
            assertThat(child.answer()).isEqualTo("loaded");
        }
    }

    @ParameterizedTest
    @CsvSource({"Linux, riscv64", "Linux, i386", "Mac OS X, aarch64", "Windows 11, amd64"})
    void otherSystemsAreNamed(String os, String arch) {
        assertThatThrownBy(() -> Arch.of(os, arch))
                .isInstanceOf(LinuxUnsupportedException.class)
                .hasMessageContaining(os + " " + arch);
    }

    @Test
    void supportedArchitecturesAreFound() {
        assertThat(Arch.of("Linux", "amd64")).isEqualTo(Arch.X86_64);
        assertThat(Arch.of("Linux", "aarch64")).isEqualTo(Arch.AARCH64);
    }

    @Test
    void otherArchitectureIsTheSameClearErrorEveryTime() throws Exception {
        assertUnsupported(List.of("-Dos.arch=riscv64"), "riscv64");
    }

    @Test
    void jnaWithoutItsNativeLibraryNamesTheFlag() throws Exception {
        assertUnsupported(
                List.of(
                        "-Dpvlock.linux=jna",
                        "-Djna.nounpack=true",
                        "-Djna.nosys=true",
                        "-Djna.boot.library.path=/nonexistent"),
                FLAG);
    }

    @Test
    @EnabledForJreRange(minVersion = 24)
    void deniedNativeAccessNamesTheFlag() throws Exception {
        assertUnsupported(List.of("--illegal-native-access=deny"), FLAG);
    }

    private static void assertUnsupported(List<String> flags, String named) throws InterruptedException {
        try (ChildJvm child = TestJvm.of(ChildMain.class).flags(flags).start("load")) {
            String first = child.answer();
            assertThat(first).startsWith("unsupported: ").contains(named);
            assertThat(child.answer()).isEqualTo(first);
        }
    }
}
