package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Another machine's compiler has nothing to say about the same sources. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class CrossTest {

    /** Of elf.h: where the number of the machine is, and which is that of 64-bit ARM. */
    private static final int E_MACHINE = 18;

    private static final int EM_AARCH64 = 183;

    @Test
    void theSameIsBuiltForArm64() throws IOException, InterruptedException {
        CBuild.assumeThere();
        assumeTrue(
                isThere("aarch64-linux-gnu-gcc") && Files.exists(Path.of("/usr/aarch64-linux-gnu/include/stdio.h")),
                "there is no compiler for arm64 (apt install gcc-aarch64-linux-gnu libc6-dev-arm64-cross)");
        CBuild.make("c-aarch64", "CROSS=aarch64-linux-gnu-", "all");
        Path built = CBuild.DIRECTORY.resolveSibling("c-aarch64");
        for (String file : List.of("libpvlock.so", "pvlock-run")) {
            assertThat(machine(built.resolve(file))).as(file).isEqualTo(EM_AARCH64);
        }
    }

    private static int machine(Path file) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(E_MACHINE + Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file)) {
            assertThat(channel.read(header)).isEqualTo(header.capacity());
        }
        return header.getShort(E_MACHINE);
    }

    private static boolean isThere(String tool) {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
