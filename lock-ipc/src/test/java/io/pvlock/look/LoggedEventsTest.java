package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.TwoRegionsTest;
import io.pvlock.testing.Warned;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.logging.Filter;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Deaths and deadlocks are in the log, and never on the thread that has the lock. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoggedEventsTest extends TwoRegionsTest {

    private void die() throws Exception {
        try (Team team = new Team()) {
            team.run("doomed", () -> region.lock("orders").acquire());
        }
        SharedLock lock = region.lock("orders");
        Await.until("it is dead", () -> !lock.owner().orElseThrow().alive());
    }

    @Test
    void whoTakesOverFromADeadOwnerSaysSoOnce() throws Exception {
        try (Warned warned = new Warned("the owner of lock 'orders' of " + region.path())) {
            die();
            try (var guard = other.lock("orders").acquire()) {
                guard.markConsistent();
            }
            Await.until("it is logged", () -> !warned.messages().isEmpty());
            other.lock("orders").acquire().close();
            other.close();
            assertThat(warned.messages()).hasSize(1);
            assertThat(warned.messages().get(0))
                    .contains("has died, pid " + ProcessHandle.current().pid() + ", tid ");
        }
    }

    /** A logger that wants the very lock. */
    @Test
    void aLoggerThatLocksHoldsNobodyUp() throws Exception {
        Logger logger = Logger.getLogger("io.pvlock.events");
        CountDownLatch logged = new CountDownLatch(1);
        Filter before = logger.getFilter();
        logger.setFilter(record -> {
            if (record.getMessage().contains(region.path().toString())) {
                region.lock("orders").acquire().close();
                logged.countDown();
            }
            return true;
        });
        try {
            die();
            region.lock("orders").acquire().close();
            assertThat(logged.await(Await.WATCHDOG.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
        } finally {
            logger.setFilter(before);
        }
    }

    @Test
    void aDeadlockIsLogged() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        try (Warned warned = new Warned("a deadlock: vcpu=");
                Team team = new Team()) {
            Team.Member<?> one = team.run("one", () -> {
                region.lock("a").lock();
                both.await();
                try {
                    region.lock("b").lockInterruptibly();
                } catch (InterruptedException e) {
                    region.lock("a").unlock();
                }
            });
            team.run("two", () -> {
                other.lock("b").lock();
                both.await();
                other.lock("a").lock();
                other.lock("a").unlock();
                other.lock("b").unlock();
            });
            Await.until(
                    "it is logged",
                    () -> warned.messages().stream()
                            .anyMatch(line -> line.contains(region.path().toString())));
            one.thread().interrupt();
        }
    }
}
