package io.pvlock.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockGuard;
import io.pvlock.LockKind;
import io.pvlock.LockOptions;
import io.pvlock.LockRegion;
import io.pvlock.RegionOptions.Mapping;
import io.pvlock.SharedLock;
import io.pvlock.kit.Team;
import io.pvlock.testing.Regions;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Several regions, several openings of one region, several copies of the classes, all in one JVM. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class ManyRegionsTest {

    private static final int ROUNDS = 2_000;

    @TempDir
    Path directory;

    @Test
    void aThreadHasASlotInEachOfManyRegions() throws Exception {
        List<LockRegion> regions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            regions.add(LockRegion.open(
                    directory.resolve("region " + i),
                    Regions.small().mapping(i % 2 == 0 ? Mapping.PLAIN : Mapping.CHRONICLE)));
        }
        try (Team team = new Team()) {
            for (int i = 0; i < 3; i++) {
                team.run("thread " + i, () -> {
                    for (int round = 0; round < 20; round++) {
                        for (LockRegion region : regions) {
                            SharedLock lock = region.lock("same name");
                            lock.lock();
                            region.data().putLong(0, region.data().getLong(0) + 1);
                            lock.unlock();
                        }
                    }
                });
            }
            team.join();
        }
        for (LockRegion region : regions) {
            assertThat(region.data().getLong(0)).isEqualTo(60);
            assertThat(region.vcpus()).hasSizeBetween(1, 3);
            region.close();
        }
    }

    @Test
    void locksOfDifferentRegionsHaveNothingToDoWithEachOther() {
        try (LockRegion one = LockRegion.open(directory.resolve("one"), Regions.small());
                LockRegion two = LockRegion.open(directory.resolve("two"), Regions.small())) {
            one.lock("x").lock();
            assertThat(two.lock("x").tryLock()).isTrue();
            assertThat(two.lock("x").isHeldByCurrentThread()).isTrue();
            one.lock("x").unlock();
            assertThat(two.lock("x").isHeldByCurrentThread()).isTrue();
            two.lock("x").unlock();
        }
    }

    /** One robust list has the sentinels of all regions. */
    @Test
    void aThreadThatEndsIsMissedInEveryRegionInWhichItHeld() throws Exception {
        List<LockRegion> regions = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            regions.add(LockRegion.open(directory.resolve("region " + i), Regions.small()));
        }
        Thread owner =
                new Thread(() -> regions.forEach(region -> region.lock("held").lock()));
        owner.start();
        owner.join();
        for (LockRegion region : regions) {
            try (LockGuard guard = region.lock("held").acquire()) {
                assertThat(guard.ownerDied()).isTrue();
                guard.markConsistent();
            }
            region.close();
        }
    }

    @ParameterizedTest
    @EnumSource(LockKind.class)
    void twoOpeningsOfOneFileExcludeEachOther(LockKind kind) throws Exception {
        try (LockRegion plain = Regions.open(directory, Mapping.PLAIN);
                LockRegion chronicle = Regions.open(directory, Mapping.CHRONICLE)) {
            Lock one = plain.lock("shared", LockOptions.defaults().kind(kind));
            Lock two = chronicle.lock("shared");
            one.lock();
            assertThat(two.tryLock()).as("one thread, two openings: a stranger").isFalse();
            one.unlock();
            assertThat(plain.vcpus()).hasSize(2);
            CyclicBarrier start = new CyclicBarrier(2);
            try (Team team = new Team()) {
                team.run("one", () -> add(start, one, plain));
                team.run("two", () -> add(start, two, chronicle));
                team.join();
            }
            assertThat(chronicle.data().getLong(0)).isEqualTo(2 * ROUNDS);
        }
    }

    private static void add(CyclicBarrier start, Lock lock, LockRegion region) throws Exception {
        start.await();
        for (int round = 0; round < ROUNDS; round++) {
            lock.lock();
            region.data().putLong(0, region.data().getLong(0) + 1);
            lock.unlock();
        }
    }

    @Test
    void oneOpeningMayBeClosedWhileTheOtherHolds() {
        LockRegion one = Regions.open(directory);
        try (LockRegion two = Regions.open(directory)) {
            two.lock("held").lock();
            one.close();
            assertThat(two.lock("held").isHeldByCurrentThread()).isTrue();
            assertThat(two.lock("held").owner().orElseThrow().alive()).isTrue();
            two.lock("held").unlock();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Mapping.class,
            names = {"PLAIN", "CHRONICLE"})
    void twoClassLoadersExcludeEachOther(Mapping mapping) throws Exception {
        try (LockRegion region = Regions.open(directory, mapping);
                URLClassLoader copies = copiesOfAllClasses()) {
            Class<?> foreignRegion = copies.loadClass(LockRegion.class.getName());
            assertThat(foreignRegion).isNotSameAs(LockRegion.class);
            AutoCloseable foreign = (AutoCloseable)
                    foreignRegion.getMethod("open", Path.class).invoke(null, directory.resolve("test.pvl"));
            Lock mine = region.lock("shared");
            Lock theirs = (Lock) foreignRegion.getMethod("lock", String.class).invoke(foreign, "shared");
            mine.lock();
            assertThat(theirs.tryLock()).isFalse();
            mine.unlock();
            Method data = foreignRegion.getMethod("data");
            Class<?> buffer = data.getReturnType();
            Object foreignData = data.invoke(foreign);
            Method get = buffer.getMethod("getLong", int.class);
            Method put = buffer.getMethod("putLong", int.class, long.class);
            CyclicBarrier start = new CyclicBarrier(2);
            try (Team team = new Team()) {
                team.run("mine", () -> add(start, mine, region));
                team.run("theirs", () -> {
                    start.await();
                    for (int round = 0; round < ROUNDS; round++) {
                        theirs.lock();
                        put.invoke(foreignData, 0, (long) get.invoke(foreignData, 0) + 1);
                        theirs.unlock();
                    }
                });
                team.join();
            }
            assertThat(region.data().getLong(0)).isEqualTo(2 * ROUNDS);
            foreign.close();
            assertThat(closedMessage(foreignRegion, foreign)).contains("is closed");
            mine.lock();
            mine.unlock();
        }
    }

    private static String closedMessage(Class<?> foreignRegion, Object foreign) throws Exception {
        try {
            foreignRegion.getMethod("locks").invoke(foreign);
            return "";
        } catch (InvocationTargetException e) {
            return e.getCause().getMessage();
        }
    }

    /** With copies of this project's classes and all libraries, native stubs included; only the JDK is common. */
    private static URLClassLoader copiesOfAllClasses() throws Exception {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator)) {
            urls.add(new File(entry).toURI().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
