package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class CLibraryTest {

    private static final String GLIBC = """
            7f1000000000-7f1000200000 r-xp 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libc.so.6
            7f1000300000-7f1000310000 r-xp 00000000 08:01 2 /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
            """;
    private static final String ALPINE = """
            7f1000000000-7f1000200000 r-xp 00000000 08:01 1 /lib/ld-musl-x86_64.so.1
            7f1000300000-7f1000310000 r-xp 00000000 08:01 2 /usr/lib/jvm/java-17-openjdk/lib/server/libjvm.so
            """;

    @Test
    void muslIsKnownByItsLoader() {
        assertThat(CLibrary.isMusl(GLIBC)).isFalse();
        assertThat(CLibrary.isMusl(ALPINE)).isTrue();
        assertThat(CLibrary.isMusl(ALPINE.replace("x86_64", "aarch64"))).isTrue();
        assertThat(CLibrary.isMusl()).isFalse();
    }

    @Test
    void eachProblemHasCauseAndRemedy() {
        Throwable missing = new UnsatisfiedLinkError("ld-linux-x86-64.so.2: No such file or directory");

        assertThat(CLibrary.jnaProblem(true, missing))
                .contains("musl (Alpine Linux)")
                .contains("glibc, such as Debian's");
        assertThat(CLibrary.problem(true, missing)).isEqualTo(CLibrary.jnaProblem(true, missing));
        assertThat(CLibrary.jnaProblem(false, missing))
                .contains("ld-linux-x86-64.so.2")
                .contains("-Djna.tmpdir=DIR");
        assertThat(CLibrary.jnaProblem(false, new IOException("Too many open files")))
                .contains("Too many open files")
                .contains("ulimit -n")
                .doesNotContain("tmpdir");
        assertThat(CLibrary.problem(false, new UnsatisfiedLinkError("libc.so.6: Too many open files")))
                .contains("ulimit -n")
                .doesNotContain("found another");
        assertThat(CLibrary.problem(false, missing)).contains("found another").contains("use a JDK and an image");
    }
}
