package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import io.pvlock.testing.Warned;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a thread dump and the log say of who waits. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LongWaitTest extends RegionTest {

    private static final String WARN_MS = "pvlock.warnWaitMs";
    private static final String NAMES = "pvlock.nameWaits";

    @AfterEach
    void forget() {
        System.clearProperty(WARN_MS);
        System.clearProperty(NAMES);
    }

    /** Opens the region anew, with properties that are read then. */
    private LockRegion reopened() {
        region.close();
        region = openRegion();
        return region;
    }

    private Member<Void> waiter(Team team, LockRegion in) {
        return team.run("waiter", () -> {
            in.lock("orders").lock();
            in.lock("orders").unlock();
        });
    }

    /** As {@code jcmd Thread.print} has it. */
    private static String dump() throws Exception {
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "threadPrint",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
    }

    @Test
    void theBlockerOfAThreadThatWaitsNamesLockAndOwner() throws Exception {
        SharedLock lock = region.lock("orders");
        lock.lock();
        Member<Void> waiter;
        try (Team team = new Team()) {
            waiter = waiter(team, region);
            Thread thread = waiter.thread();
            Regions.awaitWaiting(region, "orders", 1);
            Await.until("it has a blocker", () -> LockSupport.getBlocker(thread) != null);

            String blocker = LockSupport.getBlocker(thread).toString();
            String dump = dump();
            lock.unlock();

            assertThat(blocker)
                    .startsWith("lock 'orders' of " + region.path() + ", which pid "
                            + ProcessHandle.current().pid() + ", tid ")
                    .contains("'" + Thread.currentThread().getName() + "'");
            assertThat(dump).contains("(a io.pvlock.internal.session.LockWait)");
        }
        assertThat(LockSupport.getBlocker(waiter.thread())).isNull();
    }

    @Test
    void aWaitAboveTheThresholdIsLoggedOncePerOwner() throws Exception {
        System.setProperty(WARN_MS, "1");
        SharedLock lock = reopened().lock("orders");
        lock.lock();
        try (Warned warned = new Warned("for lock 'orders' of " + region.path());
                Team team = new Team()) {
            waiter(team, region);
            waiter(team, region);
            Await.until("it is logged", () -> !warned.messages().isEmpty());
            // Both have looked again by then.
            Await.until("both wait long", () -> region.stats().longestWaitNs() > 400_000_000);
            lock.unlock();
            assertThat(warned.messages()).hasSizeBetween(1, 2);
            assertThat(warned.messages().get(0))
                    .startsWith("thread 'waiter' has waited 0 s for lock 'orders' of ")
                    .contains("which pid " + ProcessHandle.current().pid())
                    .contains("-Dpvlock.warnWaitMs");
        }
    }

    @Test
    void zeroIsNever() throws Exception {
        System.setProperty(WARN_MS, "0");
        SharedLock lock = reopened().lock("orders");
        lock.lock();
        try (Warned warned = new Warned("for lock 'orders' of " + region.path());
                Team team = new Team()) {
            waiter(team, region);
            Await.until("it waits long", () -> region.stats().longestWaitNs() > 300_000_000);
            lock.unlock();
            team.join();
            assertThat(warned.messages()).isEmpty();
        }
    }

    @Test
    void aThreadIsNamedAfterWhatItWaitsForIfSomebodyWantsThat() throws Exception {
        System.setProperty(NAMES, "true");
        SharedLock lock = reopened().lock("orders");
        lock.lock();
        Member<String> waiter;
        try (Team team = new Team()) {
            waiter = team.start("waiter", () -> {
                region.lock("orders").lock();
                region.lock("orders").unlock();
                return Thread.currentThread().getName();
            });
            Thread thread = waiter.thread();
            Await.until("it is named", () -> thread.getName().startsWith("waiter [waits for lock 'orders' of "));
            lock.unlock();
            assertThat(waiter.get()).isEqualTo("waiter");
        }
    }
}
