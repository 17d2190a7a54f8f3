package io.pvlock.tools.command;

import io.pvlock.LockInfo;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.OwnerInfo;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport;
import io.pvlock.RegionReport.Severity;
import io.pvlock.RegionView;
import io.pvlock.SharedLock;
import io.pvlock.VcpuInfo;
import io.pvlock.internal.file.LostFileUsers;
import io.pvlock.internal.slot.SlowPathChoice;
import io.pvlock.linux.Cpus;
import io.pvlock.linux.Futex;
import io.pvlock.linux.Linux;
import io.pvlock.linux.RobustMutex;
import io.pvlock.tools.worker.TemporaryRegion;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Examines machine, JVM and region. */
final class Doctor {

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");
    /** Room for some regions of the default size. */
    private static final long ENOUGH_SHARED_MEMORY = 16 << 20;

    private static final long MEBI = 1 << 20;

    private final RegionFileOption region;
    private final List<Diagnosis> diagnoses = new ArrayList<>();

    Doctor(RegionFileOption region) {
        this.region = region;
    }

    List<Diagnosis> examine() {
        diagnoses.add(kernel(System.getProperty("os.name"), System.getProperty("os.version")));
        diagnoses.add(Diagnosis.ok("java", Runtime.version() + " of " + System.getProperty("java.vendor")));
        diagnoses.add(sharedMemory());
        if (nativeCalls()) {
            diagnoses.add(Diagnosis.okOrWarn(
                    Futex.waitvSupported(),
                    "futex_waitv",
                    "works: a death wakes who depends on the dead",
                    "missing (" + Futex.waitvProblem() + "): a death is found at the latest after 50 ms"));
            diagnoses.add(Diagnosis.okOrWarn(
                    RobustMutex.supported(),
                    "robust mutexes",
                    "work: a thread ended holding one, and the kernel walked its list: the notice came; a death is known within"
                            + " milliseconds",
                    "do not work (set_robust_list: an emulator, or a seccomp profile): a process's death is known when"
                            + " its memory has been freed; that one of its threads has ended when it has noticed itself,"
                            + " within about a second, if it runs"));
            int cpus = Cpus.usable();
            diagnoses.add(Diagnosis.okOrWarn(
                    cpus > 1, "cpus", cpus + " usable", "1 usable: waiters never spin, every wait is a sleep"));
            if (slowPaths()) {
                selfTest();
                region();
            }
        }
        return diagnoses;
    }

    static Diagnosis kernel(String name, String version) {
        if (!name.equals("Linux")) {
            return Diagnosis.fail("kernel", name + " " + version + "; only Linux will do");
        }
        String[] numbers = version.split("\\D+", 3);
        int major = Integer.parseInt(numbers[0]);
        int minor = numbers.length > 1 ? Integer.parseInt(numbers[1]) : 0;
        return Diagnosis.okOrWarn(
                major > 5 || major == 5 && minor >= 16,
                "kernel",
                name + " " + version,
                name + " " + version + " is older than 5.16, which brought futex_waitv");
    }

    private static Diagnosis sharedMemory() {
        try {
            FileStore store = Files.getFileStore(SHARED_MEMORY);
            String detail = store.type() + ", " + store.getUsableSpace() / MEBI + " of " + store.getTotalSpace() / MEBI
                    + " MiB free";
            return Diagnosis.okOrWarn(
                    store.getUsableSpace() >= ENOUGH_SHARED_MEMORY,
                    SHARED_MEMORY.toString(),
                    detail,
                    detail + "; free some, or mount it larger (docker run --shm-size=64m)");
        } catch (IOException e) {
            return Diagnosis.okOrWarn(
                    false, SHARED_MEMORY.toString(), "", e + "; name a region file on another local file system");
        }
    }

    private boolean nativeCalls() {
        try {
            Linux.ensureLoaded();
            diagnoses.add(Diagnosis.ok("native calls", "glibc, futex and monotonic clock by " + Linux.backend()));
            return true;
        } catch (UnsupportedOperationException e) {
            diagnoses.add(Diagnosis.fail("native calls", e.getMessage()));
            return false;
        }
    }

    private boolean slowPaths() {
        try {
            SlowPathChoice choice = SlowPathChoice.get();
            diagnoses.add(Diagnosis.okOrWarn(choice.isWanted(), "slow paths", "by " + choice, "by " + choice));
            return true;
        } catch (RegionException e) {
            diagnoses.add(Diagnosis.fail("slow paths", e.getMessage()));
            return false;
        }
    }

    /** Also whether the JVM has its flags. */
    private void selfTest() {
        RegionOptions small =
                RegionOptions.defaults().maxProcesses(8).maxVcpus(8).maxLocks(8).mapping(RegionOptions.Mapping.PLAIN);
        try (TemporaryRegion temporary = TemporaryRegion.create("doctor", null, small)) {
            SharedLock lock = temporary.region().lock("test", LockOptions.defaults());
            lock.lock();
            lock.unlock();
            diagnoses.add(Diagnosis.ok(
                    "self-test", "made a region in " + temporary.region().path().getParent() + ", locked, unlocked"));
            Effects effects = new Effects(temporary.region());
            diagnoses.add(effects.wake());
            diagnoses.add(effects.death());
        } catch (RegionException e) {
            diagnoses.add(Diagnosis.fail("self-test", e.getMessage()));
        }
    }

    private void region() {
        if (region.given().isEmpty()
                && !Files.exists(region.path())
                && LostFileUsers.of(region.path()).isEmpty()) {
            diagnoses.add(Diagnosis.ok("region", region.path() + " does not exist yet"));
            return;
        }
        try (RegionView opened = region.look()) {
            lostFile(opened);
            List<LockInfo> locks = opened.locks();
            List<VcpuInfo> vcpus = opened.vcpus();
            diagnoses.add(Diagnosis.ok(
                    "region",
                    opened.path() + ": " + locks.size() + " locks, "
                            + locks.stream()
                                    .filter(lock -> lock.owner().isPresent())
                                    .count() + " held, "
                            + vcpus.size() + " threads attached"));
            withoutSentinel(locks, vcpus);
            RegionReport report = opened.check();
            for (RegionReport.Finding finding : report.findings()) {
                if (finding.severity() != Severity.NOTE) {
                    diagnoses.add(new Diagnosis(
                            finding.severity() == Severity.DAMAGE ? Diagnosis.Verdict.FAIL : Diagnosis.Verdict.WARN,
                            finding.where(),
                            finding.what()));
                }
            }
            rightToLock();
        } catch (RegionException e) {
            diagnoses.add(Diagnosis.fail("region", e.getMessage()));
        }
    }

    /** Nothing is wrong with it; but it explains why somebody waits for a second, or for one who is stopped. */
    private void withoutSentinel(List<LockInfo> locks, List<VcpuInfo> vcpus) {
        long threads = vcpus.stream().filter(VcpuInfo::borrowed).count();
        long held = locks.stream()
                .filter(lock -> lock.owner().map(OwnerInfo::borrowed).orElse(false))
                .count();
        if (threads > 0) {
            diagnoses.add(Diagnosis.ok(
                    "borrowed slots",
                    threads + " threads without a sentinel, such as virtual ones, hold " + held
                            + " of the locks: when one"
                            + " ends, its own process says so within about a second, unless it is stopped"));
        }
    }

    private void lostFile(RegionView opened) {
        List<Integer> others = opened.usersOfDeletedFile();
        if (!others.isEmpty()) {
            diagnoses.add(Diagnosis.fail("region's file", LostFile.describe(opened.path(), others)));
        }
    }

    /** Whoever may read may look; to lock, the file must also be one's own, or one that the options trust. */
    private void rightToLock() {
        try (LockRegion opened = region.openExisting()) {
            diagnoses.add(Diagnosis.ok("right to lock", "opened " + opened.path()));
        } catch (RegionException e) {
            diagnoses.add(new Diagnosis(Diagnosis.Verdict.WARN, "right to lock", e.getMessage()));
        }
    }
}
