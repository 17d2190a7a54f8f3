package io.pvlock.tools;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.LockRegion;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each entry of {@code docs/operations.md} is tried as it stands there, in a directory and a region of its own. */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class OperationsIT {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    /** What a block says that it needs, and the commands that tell whether it is there. */
    private static final Map<String, String> NEEDS = Map.of(
            "",
            "true",
            "as root",
            "test $(id -u) = 0 && unshare --mount --pid --fork --mount-proc mount -t tmpfs none /mnt",
            "as root, where /sys/fs/cgroup/memory is",
            "test $(id -u) = 0 && rmdir $(mktemp -d /sys/fs/cgroup/memory/pvlock-XXXXXX)");

    @TempDir
    private Path directory;

    static List<Transcript> entries() throws IOException {
        return Transcript.all(Files.readString(ROOT.resolve("docs/operations.md"))).stream()
                .filter(entry -> !entry.steps().isEmpty())
                .toList();
    }

    @BeforeAll
    static void build() throws Exception {
        assumeTrue(
                Command.works("sh", "-c", "command -v cc && command -v make"),
                "there is no C compiler, or no make: operations.md is not tried (apt install gcc libc6-dev make)");
        Command.run(ROOT.resolve("pvlock").toString(), "run", "--version").ok();
    }

    /** A region whose header says that it has another layout, and is sound. */
    @BeforeEach
    void makeOlderRegion() throws IOException {
        Path older = directory.resolve("older.pvl");
        LockRegion.open(older).close();
        try (FileChannel file = FileChannel.open(older, READ, WRITE)) {
            ByteBuffer header = ByteBuffer.allocate(HeaderDescriptor.LENGTH).order(ByteOrder.nativeOrder());
            file.read(header, 0);
            int hash = HeaderDescriptor.LAYOUT_HASH_OFFSET;
            header.putLong(hash, header.getLong(hash) + 1);
            CRC32C checksum = new CRC32C();
            checksum.update(header.slice(
                    HeaderDescriptor.CHECKSUMMED_OFFSET,
                    HeaderDescriptor.READY_OFFSET - HeaderDescriptor.CHECKSUMMED_OFFSET));
            header.putInt(HeaderDescriptor.CHECKSUM_OFFSET, (int) checksum.getValue());
            file.write(header.rewind(), 0);
        }
    }

    @Test
    void everyEntryIsTried() throws IOException {
        assertThat(Transcript.all(Files.readString(ROOT.resolve("docs/operations.md"))))
                .hasSizeGreaterThan(12)
                .allSatisfy(entry -> assertThat(entry.steps())
                        .as("commands below '%s'", entry.title())
                        .isNotEmpty());
    }

    @ParameterizedTest
    @MethodSource("entries")
    void itIsAsItSays(Transcript entry) throws Exception {
        assertThat(NEEDS).containsKey(entry.needs());
        assumeTrue(
                Command.works("sh", "-c", NEEDS.get(entry.needs())),
                "'" + entry.title() + "' of operations.md is not tried here: " + entry.needs());

        List<String> said = entry.run(directory, environment());

        assertThat(said).as(entry.title()).hasSize(entry.steps().size() + 1);
        for (int i = 0; i < entry.steps().size(); i++) {
            Transcript.Step step = entry.steps().get(i);
            assertThat(Transcript.matches(step.printed(), said.get(i)))
                    .as("%s%n$ %s%n%s", entry.title(), step.command(), said.get(i))
                    .isTrue();
        }
    }

    private ProcessBuilder environment() {
        ProcessBuilder builder = new ProcessBuilder();
        Map<String, String> environment = builder.environment();
        environment.put("PVLOCK_REGION", directory.resolve("desk.pvl").toString());
        environment.put("PVLOCK_JAVA", TestJvm.java());
        environment.merge("PATH", ROOT + ":" + Path.of(TestJvm.java()).getParent(), (old, ours) -> ours + ":" + old);
        environment.put("LC_ALL", "C");
        return builder;
    }
}
