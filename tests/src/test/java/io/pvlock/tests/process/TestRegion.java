package io.pvlock.tests.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.PvLockHash;
import io.pvlock.core.VcpuTable;
import io.pvlock.internal.directory.LockDirectory;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.internal.layout.RegionLayout;
import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A region in a temporary file of its own, and a look behind its public face. */
public final class TestRegion implements AutoCloseable {

    public static final RegionOptions OPTIONS = RegionOptions.defaults()
            .maxVcpus(256)
            .maxLocks(128)
            .dataBytes(128 * Ledger.LENGTH)
            .mapping(RegionOptions.Mapping.PLAIN);

    /** More often no head is overtaken, but under THROUGHPUT: of 1024 overtakes at least one counts. */
    private static final int MAX_OVERTAKES = LockWord.MAX_OVERTAKES * 1024;

    private static final Path SHM = Path.of("/dev/shm");

    private final Path directory;
    private final Path path;
    private final LockRegion region;
    private final RegionFile file;

    public TestRegion() {
        try {
            directory = Files.isWritable(SHM)
                    ? Files.createTempDirectory(SHM, "pvlock-test")
                    : Files.createTempDirectory("pvlock-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        path = directory.resolve("region");
        region = LockRegion.open(path, OPTIONS);
        file = RegionFile.openOrCreate(path, OPTIONS);
    }

    public Path path() {
        return path;
    }

    public LockRegion region() {
        return region;
    }

    /** Starts a worker on this region and waits until it has opened it. */
    public ChildJvm startWorker(RegionOptions.Mapping mapping) throws InterruptedException {
        ChildJvm worker = ChildJvm.start(Worker.class, path.toString(), mapping.name());
        worker.expect("ready");
        return worker;
    }

    public LockInfo info(String lock) {
        return region.locks().stream()
                .filter(info -> info.name().equals(lock))
                .findFirst()
                .orElseThrow();
    }

    /** I8: when nobody holds, waits or has died, every cell is 0, the hash is empty and every node is FREE. */
    public void assertClean() {
        RegionLayout layout = file.layout();
        VcpuTable vcpus = new VcpuTable(file.memory(), layout.vcpusOffset(), layout.maxVcpus());
        List<String> leaks = new ArrayList<>();
        for (int vcpu = 0; vcpu < layout.maxVcpus(); vcpu++) {
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                int grant = vcpus.grantVolatile(vcpus.nodeOffset(LockWord.ref(vcpu, index)));
                if (NodeDescriptor.grantStatus(grant) != NodeDescriptor.FREE) {
                    leaks.add("node " + vcpu + "." + index + " has status " + NodeDescriptor.grantStatus(grant));
                }
            }
        }
        PvLockHash hash =
                new PvLockHash(file.memory(), layout.hashOffset(), layout.hashCapacity(), vcpus, vcpu -> false);
        if (hash.size() != 0) {
            leaks.add("the hash has " + hash.size() + " entries");
        }
        assertThat(leaks).isEmpty();
        region.repair();
        assertCellsAreFree();
    }

    /**
     * What must hold after deaths, too, when the last survivor has let go, what the dead left behind is reclaimed, and somebody has come
     * who had to queue.
     */
    public void assertNobodyAliveHoldsOrWaits() {
        region.repair();
        names().forEach(this::passWhoHasGone);
        assertCellsAreFree();
    }

    private List<LockDirectory.Named> names() {
        return new LockDirectory(file.memory(), file.layout()).all();
    }

    // A place that somebody alive has left behind a dead head is passed by who queues next. Whoever comes takes
    // the lock past it as often as the policy allows.
    private void passWhoHasGone(LockDirectory.Named named) {
        if (!named.entry().isPlainParavirt()) {
            return;
        }
        for (int turn = 0; turn < MAX_OVERTAKES && isLeftBehind(named.entry().cellVolatile()); turn++) {
            region.lock(named.name()).acquire().close();
        }
    }

    private static boolean isLeftBehind(long cell) {
        return LockCell.owner(cell) == 0 && LockWord.tail(LockCell.word(cell)) != 0;
    }

    private void assertCellsAreFree() {
        for (LockDirectory.Named named : names()) {
            if (named.entry().kind() == LockKind.PV) {
                assertThat(named.entry().cellVolatile() & ~(long) LockWord.INCONSISTENT)
                        .as("cell of %s", named.name())
                        .isZero();
            }
        }
        assertThat(region.locks()).allSatisfy(info -> {
            assertThat(info.owner()).as("owner of %s", info.name()).isEmpty();
            assertThat(info.queueLength()).as("waiting for %s", info.name()).isZero();
        });
    }

    @Override
    public void close() {
        region.close();
        try (var files = Files.list(directory)) {
            for (Path left : files.toList()) {
                Files.delete(left);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
