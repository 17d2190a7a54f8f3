package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockInfo;
import io.pvlock.LockRegion;
import io.pvlock.RegionException;
import io.pvlock.RegionReport;
import io.pvlock.RegionReport.Severity;
import io.pvlock.RegionView;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.VcpuInfo;
import io.pvlock.WaiterInfo;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.kit.Await;
import io.pvlock.kit.OtherUser;
import io.pvlock.kit.Team;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.TestProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Looking at a region needs nothing but the right to read, and leaves no trace. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class RegionViewTest extends RegionTest {

    @Test
    void aViewSaysWhatTheRegionSays() throws Exception {
        SharedLock lock = region.lock("held");
        SharedSemaphore semaphore = region.semaphore("permits", 3);
        SharedReadWriteLock readWrite = region.readWriteLock("shared");
        try (Team team = new Team();
                RegionView view = LockRegion.openForReading(region.path())) {
            lock.lock();
            semaphore.acquire(2);
            readWrite.readLock().lock();
            Team.Member<Boolean> waiter = team.start("waiter", () -> lock.tryLock(60, TimeUnit.SECONDS));
            Await.until("the waiter is queued", () -> region.queue("held").size() == 1);

            assertThat(view.path()).isEqualTo(region.path());
            assertThat(view.locks()).extracting(LockInfo::name).contains("held", "permits", "shared");
            assertThat(view.queue("held"))
                    .extracting(WaiterInfo::vcpu)
                    .containsExactlyElementsOf(
                            region.queue("held").stream().map(WaiterInfo::vcpu).toList());
            assertThat(view.queue("held")).allMatch(WaiterInfo::alive);
            assertThat(view.holds("permits")).isEqualTo(region.holds("permits")).hasSize(1);
            assertThat(view.holds("shared")).isEqualTo(region.holds("shared")).hasSize(1);
            assertThat(view.vcpus()).extracting(VcpuInfo::alive).containsExactly(true, true);
            assertThat(view.vcpus()).extracting(VcpuInfo::command).doesNotContain("");
            assertThat(view.events()).isEqualTo(region.events());
            assertThat(view.check().findings()).isEmpty();
            assertThat(view.check().othersAlive()).isEqualTo(1);

            readWrite.readLock().unlock();
            semaphore.release(2);
            lock.unlock();
            waiter.get();
        }
    }

    @Test
    void lookingChangesNoByte() throws Exception {
        SharedLock lock = region.lock("held");
        region.semaphore("permits", 3);
        lock.lock();
        byte[] before = Files.readAllBytes(region.path());

        try (RegionView view = LockRegion.openForReading(region.path())) {
            lookAtAll(view);
        }

        assertThat(Files.readAllBytes(region.path())).isEqualTo(before);
        lock.unlock();
    }

    @Test
    void aFileOfAnotherUserThatOneMayOnlyReadIsEnough() throws Exception {
        OtherUser.assumePossible();
        region.lock("held").lock();
        Files.setPosixFilePermissions(region.path(), PosixFilePermissions.fromString("r--r--r--"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

        String said = OtherUser.run(LookMain.class, region.path());

        assertThat(said).contains("held by pid " + ProcessHandle.current().pid() + ", alive true");
        assertThat(said).contains("1 alive").contains("may not lock: cannot open region");
    }

    @Test
    void theDeadAreDeadAlsoThoseOfACopiedFile() throws IOException {
        Path path = directory.resolve("other.pvl");
        TestProcess process = TestProcess.enter(path);
        int vcpu = process.registry.attach(true).index();
        Path copy = directory.resolve("copy.pvl");
        Files.write(copy, Files.readAllBytes(path));

        try (RegionView view = LockRegion.openForReading(path);
                RegionView ofCopy = LockRegion.openForReading(copy)) {
            assertThat(view.vcpus()).extracting(VcpuInfo::alive).containsExactly(true);
            // Nobody is in the copy; no kernel will mark the sentinel there.
            assertThat(ofCopy.vcpus()).extracting(VcpuInfo::vcpu).containsExactly(vcpu);
            assertThat(ofCopy.vcpus()).extracting(VcpuInfo::alive).containsExactly(false);
            assertThat(ofCopy.check().findings())
                    .extracting(RegionReport.Finding::severity)
                    .containsOnly(Severity.NOTE);
        }
        process.close();
    }

    @Test
    void aViewThatIsClosedSaysSo() {
        RegionView view = LockRegion.openForReading(region.path());
        view.close();
        view.close();

        assertThatThrownBy(view::locks).isInstanceOf(RegionException.class).hasMessageContaining("is closed");
    }

    @Test
    void whatIsMissingIsNotMade() {
        Path missing = directory.resolve("missing.pvl");

        assertThatThrownBy(() -> LockRegion.openForReading(missing))
                .isInstanceOf(RegionException.class)
                .hasMessageContaining("missing.pvl does not exist");
        assertThat(missing).doesNotExist();
    }

    @Test
    void thePagesAreMappedToRead() throws IOException {
        RegionFile file = RegionFile.openToRead(region.path());
        String address = Long.toHexString(file.mapping().address());

        assertThat(Files.readAllLines(Path.of("/proc/self/maps")))
                .filteredOn(line -> line.startsWith(address + "-"))
                .singleElement()
                .asString()
                .contains(" r--s ");
    }

    static void lookAtAll(RegionView view) {
        for (LockInfo lock : view.locks()) {
            view.queue(lock.name());
            view.holds(lock.name());
        }
        view.vcpus();
        view.events();
        view.check();
    }
}
