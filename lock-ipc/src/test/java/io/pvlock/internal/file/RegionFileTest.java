package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.UNAVAILABLE;
import static io.pvlock.testing.RegionFiles.SMALL;
import static io.pvlock.testing.RegionFiles.files;
import static io.pvlock.testing.RegionFiles.open;
import static io.pvlock.testing.RegionFiles.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.OfdLock;
import io.pvlock.linux.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(180)
class RegionFileTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void whatOneOpenerWritesTheOtherReads(Mapping mapping) {
        Path path = directory.resolve("region");
        RegionFile created = open(path, mapping);
        int data = created.layout().dataOffset();
        created.memory().putLong(data, 42);

        for (Mapping other : Mapping.values()) {
            RegionFile opened = open(path, other);
            assertThat(opened.memory().getLong(data)).isEqualTo(42);
            assertThat(opened.header().regionId()).isEqualTo(created.header().regionId());
            assertThat(opened.memory().compareAndSetLong(data, 42, 43)).isTrue();
            assertThat(created.memory().compareAndSetLong(data, 43, 42)).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsWhatWasCreated(Mapping mapping) throws IOException {
        RegionFile region = open(directory.resolve("region"), mapping);

        assertThat(region.layout()).isEqualTo(new RegionLayout(1, 1, 1, 1, 1, 1));
        // Not closer: the wall clock may be set meanwhile, as it is soon after a boot.
        assertThat(Instant.ofEpochMilli(region.header().createdAtMs()))
                .isCloseTo(Instant.now(), within(1, ChronoUnit.HOURS));
        assertThat(region.header().bootId()).isEqualTo(Processes.bootId());
        assertThat(region.path()).isEqualTo(directory.toRealPath().resolve("region"));
        assertThat(region.memory().capacity()).isEqualTo(region.layout().length());
        assertThat(region.mapping().length()).isEqualTo(region.layout().length());
        assertThat(region.mapping().address()).isEqualTo(region.memory().addressOffset());
        assertThat(region.mapping().address() % 4096).isZero();
        assertThat(files(directory)).containsExactly(directory.resolve("region"));
    }

    @Test
    void aNewRegionIsZeroBehindItsHeader() throws IOException {
        Path path = directory.resolve("region");
        open(path, Mapping.PLAIN);

        byte[] bytes = Files.readAllBytes(path);
        for (int i = 4096; i < bytes.length; i++) {
            assertThat(bytes[i]).isZero();
        }
    }

    @Test
    void everyBlockOfTheFileIsAllocated() throws Exception {
        Path path = directory.resolve("region");
        RegionFile region = RegionFile.openOrCreate(path, SMALL.dataBytes(1 << 20));

        assertThat(allocatedBytes(path)).isGreaterThanOrEqualTo(region.layout().length());
    }

    @Test
    void anOpenerTakesTheCapacitiesOfTheFile() {
        Path path = directory.resolve("region");
        RegionFile.openOrCreate(path, SMALL.maxLocks(7));

        assertThat(RegionFile.openOrCreate(path, SMALL.maxLocks(8)).layout().maxLocks())
                .isEqualTo(7);
    }

    @Test
    void anotherRegionAtTheSamePathHasAnotherId() throws IOException {
        Path path = directory.resolve("region");
        long first = open(path, Mapping.PLAIN).header().regionId();
        Files.delete(path);

        assertThat(open(path, Mapping.PLAIN).header().regionId()).isNotEqualTo(first);
    }

    @Test
    void locksAreOnTheFileThatIsMappedOrRefused() throws IOException {
        Path path = directory.resolve("region");
        RegionFile region = open(path, Mapping.PLAIN);
        try (NativeFile file = region.openForLocks();
                NativeFile other = NativeFile.open(path)) {
            assertThat(OfdLock.tryLock(file, 0, 1)).isTrue();
            assertThat(OfdLock.isLockedByOther(other, 0)).isTrue();
        }

        Files.delete(path);
        assertThatThrownBy(region::openForLocks)
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("it was deleted in the meantime");

        open(path, Mapping.PLAIN);
        assertThatThrownBy(region::openForLocks)
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("it was replaced by another file in the meantime");
    }

    @Test
    void permissionsDoNotDependOnTheUmask() throws IOException {
        Path closed = directory.resolve("closed");
        Path open = directory.resolve("open");
        open(closed, Mapping.PLAIN);
        RegionFile.openOrCreate(open, SMALL.permissions(PosixFilePermissions.fromString("rw-rw-rw-")));

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(closed)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(open)))
                .isEqualTo("rw-rw-rw-");
    }

    @ParameterizedTest
    @EnumSource
    void followsSymbolicLinksEvenToAFileThatIsYetToBeMade(Mapping mapping) throws IOException {
        Files.createDirectory(directory.resolve("real"));
        Path target = directory.resolve("real/region");
        Files.createSymbolicLink(directory.resolve("dir"), Path.of("real"));
        Files.createSymbolicLink(directory.resolve("link2"), Path.of("dir/region"));
        Files.createSymbolicLink(directory.resolve("link1"), Path.of("link2"));

        long id = open(directory.resolve("link1"), mapping).header().regionId();

        assertThat(target).isRegularFile();
        assertThat(open(directory.resolve("dir/region"), mapping).header().regionId())
                .isEqualTo(id);
        assertThat(open(directory.resolve("link1"), mapping).path()).isEqualTo(target.toRealPath());
    }

    @Test
    void relativePathsAreThoseOfTheProcess() {
        Path path = directory.resolve("region");
        Path relative = Path.of("").toAbsolutePath().relativize(path);

        assertThat(relative).isRelative();
        assertThat(open(relative, Mapping.PLAIN).header().regionId())
                .isEqualTo(open(path, Mapping.PLAIN).header().regionId());
    }

    @Test
    void refusesAMissingFileThatItMustNotCreate() throws IOException {
        Path path = directory.resolve("region");

        RegionException e = refused(path, SMALL.createIfMissing(false));

        assertThat(e.category()).isEqualTo(UNAVAILABLE);
        assertThat(e).hasMessageContaining("region " + directory.toRealPath().resolve("region") + " does not exist");
    }

    @Test
    void namesTheMissingDirectory() throws IOException {
        RegionException e = refused(directory.resolve("no/such/region"), SMALL);

        assertThat(e.category()).isEqualTo(UNAVAILABLE);
        assertThat(e).hasMessageContaining("directory " + directory.resolve("no/such") + " does not exist");
    }

    @Test
    void refusesWhatIsNoRegularFile() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();

        Path folder = Files.createDirectory(directory.resolve("folder"));

        assertThat(refused(folder, SMALL)).hasMessageContaining("is a directory");
        assertThat(refused(fifo, SMALL)).hasMessageContaining("is not a regular file");
        // Others make files in these directories, which may not be compared.
        assertThatThrownBy(() -> RegionFile.openOrCreate(Path.of("/"), SMALL.createIfMissing(false)))
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> RegionFile.openOrCreate(Path.of("/dev/null"), SMALL))
                .isInstanceOfSatisfying(
                        RegionException.class, e -> assertThat(e.category()).isEqualTo(UNAVAILABLE));
        assertThat(refused(fifo.resolve("region"), SMALL)).hasMessageContaining(fifo + " is not a directory");
    }

    @Test
    void refusesALoopOfLinks() throws IOException {
        Path link = directory.resolve("loop");
        Files.createSymbolicLink(link, link);

        RegionException e = refused(link, SMALL);

        assertThat(e.category()).isEqualTo(UNAVAILABLE);
        assertThat(e).hasMessageContaining("Too many levels of symbolic links");
    }

    @Test
    void refusesANameThatIsTooLong() throws IOException {
        assertThat(refused(directory.resolve("x".repeat(300)), SMALL)).hasMessageContaining("File name too long");
    }

    @Test
    void aLongNameThatTheFileSystemAllowsIsNotTooLong() {
        Path path = directory.resolve("x".repeat(255));

        assertThat(open(path, Mapping.CHRONICLE).path()).hasFileName("x".repeat(255));
    }

    @Test
    void saysThatAnInterruptIsInTheWay() throws IOException {
        open(directory.resolve("region"), Mapping.PLAIN);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> open(directory.resolve("region"), Mapping.PLAIN))
                    .isInstanceOf(RegionException.class)
                    .hasMessageContaining("this thread is interrupted");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void accessBehindTheEndIsRefused() {
        RegionFile region = open(directory.resolve("region"), Mapping.CHRONICLE);

        assertThatThrownBy(() -> region.memory().getLong(region.layout().length() - 4))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void defaultOptionsMakeARegion() {
        assertThat(RegionFile.openOrCreate(directory.resolve("region"), RegionOptions.defaults())
                        .layout()
                        .maxLocks())
                .isEqualTo(1024);
    }

    private static long allocatedBytes(Path path) throws IOException, InterruptedException {
        Process stat = new ProcessBuilder("stat", "--format=%b %B", path.toString()).start();
        String[] words = new String(stat.getInputStream().readAllBytes()).trim().split(" ");
        assertThat(stat.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return Long.parseLong(words[0]) * Long.parseLong(words[1]);
    }
}
