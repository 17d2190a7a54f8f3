package io.pvlock.tests.damage;

import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockRegion;
import io.pvlock.OwnerDiedException;
import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.RegionReport.Severity;
import io.pvlock.SharedLock;
import io.pvlock.kit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Main class of a child process: damages copies of one region and uses each of them, in every way and after its repair.
 * Says {@code file N} before some of them, {@code done} and what came of it at the end, {@code wrong} and why if it went
 * another way.
 */
public final class DamageWorker {

    private static final int FILES_EACH = 20;
    private static final long PATIENCE_S = 120;

    /** How a use of a damaged region may end. */
    private enum End {
        FINE,
        REGION_EXCEPTION,
        OWNER_DIED,
        OWNER_ALREADY,
        REMOVED,
        ANOTHER_TYPE
    }

    private interface Use {
        void run() throws Exception;
    }

    private final Map<End, Integer> ends = new EnumMap<>(End.class);
    private final Path directory;

    private DamageWorker(Path directory) {
        this.directory = directory;
    }

    /** @param args directory for the files, seed, number of files */
    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        long seed = Long.parseLong(args[1]);
        int files = Integer.parseInt(args[2]);
        DamageWorker worker = new DamageWorker(directory);
        BusyRegion busy = new BusyRegion(directory.resolve("busy"));
        for (int file = 0; file < files; file++) {
            if (file % FILES_EACH == 0) {
                answer("file " + file);
            }
            worker.damageAndUse(file, new Damage(busy, new Random(seed + file)));
        }
        answer("done " + worker.ends);
    }

    private static void answer(String line) {
        System.out.println(ChildJvm.MARK + line);
        System.out.flush();
    }

    private void damageAndUse(int number, Damage damage) throws IOException {
        Path path = directory.resolve("damaged-" + number);
        Path used = directory.resolve("used-" + number);
        Files.write(path, damage.bytes());
        try {
            use(path);
            // Another file: who seems to own a lock, see attempt(), stays in the region after closing it.
            repairAndUse(Files.copy(path, used));
        } catch (Exception | Error e) {
            e.printStackTrace(System.out);
            answer("wrong in file " + number + ", " + damage + ": " + e);
            System.exit(1);
        } finally {
            Files.delete(path);
            Files.deleteIfExists(used);
        }
    }

    private static LockRegion open(Path path) {
        return LockRegion.open(
                path,
                RegionOptions.defaults().mapping(RegionOptions.Mapping.PLAIN).createIfMissing(false));
    }

    // Each thing for itself: that one has failed must not be in the way of another.
    private void use(Path path) throws Exception {
        attempt(() -> {
            try (LockRegion region = open(path)) {
                attempt(region::locks);
                attempt(region::vcpus);
                attempt(region::events);
                attempt(region::check);
                for (String name : BusyRegion.NAMES) {
                    attempt(() -> use(region, name));
                }
                attempt(() -> use(region, "another"));
            }
        });
    }

    private void use(LockRegion region, String name) throws Exception {
        SharedLock lock = region.lock(name);
        attempt(lock::owner);
        attempt(lock::queue);
        attempt(() -> {
            if (lock.tryLock()) {
                lock.unlock();
            }
        });
        if (lock.kind() == LockKind.PV) {
            // What another kind does with damage is not promised.
            attempt(() -> lock.tryAcquire(200, TimeUnit.MICROSECONDS).ifPresent(guard -> guard.close()));
        }
    }

    private static void repairAndUse(Path path) {
        try (LockRegion region = open(path)) {
            check(region.repair().repaired(), "was not repaired though nobody else is there");
            List<?> damage = region.check().findings().stream()
                    .filter(finding -> finding.severity() == Severity.DAMAGE)
                    .toList();
            check(damage.isEmpty(), "is damaged after its repair: " + damage);
            region.vcpus();
            region.events();
            // A damaged name that is no UTF-8 any more is one that nobody asks for.
            region.locks().stream()
                    .map(LockInfo::name)
                    .filter(name -> name.indexOf('\uFFFD') < 0)
                    .forEach(name -> lockAndUnlock(region, name));
            BusyRegion.NAMES.forEach(name -> lockAndUnlock(region, name));
            check(region.locks().stream().noneMatch(info -> info.owner().isPresent()), "still has an owner");
        }
    }

    // What says that a name stands for something else may be damage, too, and cannot be told from the truth.
    private static boolean isOfAnotherType(IllegalArgumentException e) {
        return e.getMessage().endsWith(", not a LOCK");
    }

    /** A lock that was given up looks removed where its bucket is damaged. */
    private static boolean isRemoved(IllegalStateException e) {
        return e.getMessage().contains("was removed; look it up again");
    }

    private static void lockAndUnlock(LockRegion region, String name) {
        try {
            SharedLock lock = region.lock(name);
            lock.tryAcquire(PATIENCE_S, TimeUnit.SECONDS)
                    .orElseThrow(() -> new AssertionError(name + " cannot be had after the repair"))
                    .close();
        } catch (OwnerDiedException e) {
            check(!e.isRecoverable(), "unexpected " + e);
        } catch (IllegalArgumentException e) {
            check(isOfAnotherType(e), "was met with " + e);
        } catch (IllegalStateException e) {
            check(isRemoved(e), "was met with " + e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private void attempt(Use use) throws Exception {
        End end = End.FINE;
        try {
            use.run();
        } catch (RegionException e) {
            end = End.REGION_EXCEPTION;
        } catch (OwnerDiedException e) {
            end = End.OWNER_DIED;
        } catch (IllegalStateException e) {
            // A slot's generation that was set back makes its next user the owner of what the dead one held.
            boolean already = e.getMessage().contains("already holds this lock");
            check(already || isRemoved(e), "was met with " + e);
            end = already ? End.OWNER_ALREADY : End.REMOVED;
        } catch (IllegalArgumentException e) {
            check(isOfAnotherType(e), "was met with " + e);
            end = End.ANOTHER_TYPE;
        }
        ends.merge(end, 1, Integer::sum);
    }

    private static void check(boolean right, String otherwise) {
        if (!right) {
            throw new AssertionError("the region " + otherwise);
        }
    }
}
