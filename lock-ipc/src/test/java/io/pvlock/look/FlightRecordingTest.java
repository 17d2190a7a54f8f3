package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockOptions;
import io.pvlock.LockOptions.OnDeadlock;
import io.pvlock.LockRegion;
import io.pvlock.SharedLock;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a recording has. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlightRecordingTest extends RegionTest {

    /** Events of {@code name} about this test's region while {@code what} runs. */
    private List<RecordedEvent> recorded(String name, Team.Action what) throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable(name).withoutThreshold();
            recording.start();
            what.run();
            recording.stop();
            Path file = directory.resolve("recording.jfr");
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals(name)
                            && event.getString("region")
                                    .equals(Regions.path(directory).toString()))
                    .toList();
        }
    }

    private static final LockOptions PARK = LockOptions.defaults().waitMode(LockOptions.WaitMode.PARK);

    @Test
    void aWaitNamesLockAndOwner() throws Exception {
        SharedLock lock = region.lock("orders", PARK);
        List<RecordedEvent> waits = recorded("pvlock.Wait", () -> {
            lock.lock();
            try (Team team = new Team()) {
                team.run("waiter", () -> {
                    region.lock("orders", PARK).lock();
                    region.lock("orders", PARK).unlock();
                });
                Regions.awaitWaiting(region, "orders", 1);
                lock.unlock();
            }
        });

        assertThat(waits).hasSize(1);
        RecordedEvent wait = waits.get(0);
        assertThat(wait.getThread().getJavaName()).isEqualTo("waiter");
        assertThat(wait.getString("lock")).isEqualTo("orders");
        assertThat(wait.getString("policy")).isEqualTo("PV HYBRID");
        assertThat(wait.getInt("ownerPid"))
                .isEqualTo((int) ProcessHandle.current().pid());
        assertThat(wait.getString("ownerThread"))
                .isEqualTo(Thread.currentThread().getName());
        assertThat(wait.getString("ownerCommand")).isNotEmpty();
        assertThat(wait.getString("outcome")).isEqualTo("ACQUIRED");
        assertThat(wait.getString("how")).isIn("slept", "spun");
        assertThat(wait.getDuration()).isPositive();
        assertThat(wait.getStackTrace().getFrames())
                .anyMatch(frame -> frame.getMethod().getType().getName().contains("FlightRecordingTest"));
    }

    @Test
    void aWaitThatEndsWithoutTheLockSaysHow() throws Exception {
        SharedLock lock = region.lock("orders");
        lock.lock();
        List<RecordedEvent> waits = recorded("pvlock.Wait", () -> {
            try (Team team = new Team()) {
                team.run(
                        "waiter",
                        () -> assertThat(region.lock("orders").tryLock(5, TimeUnit.MILLISECONDS))
                                .isFalse());
            }
        });
        lock.unlock();

        assertThat(waits).extracting(wait -> wait.getString("outcome")).containsExactly("TIMED_OUT");
    }

    @Test
    void shortWaitsAreLeftOutUnlessAskedFor() throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable("pvlock.Wait");
            assertThat(recording.getSettings()).doesNotContainKey("pvlock.Wait#threshold");
        }
        try (var file = LockRegion.class.getResourceAsStream("pvlock.jfc")) {
            Configuration settings = Configuration.create(new InputStreamReader(file, StandardCharsets.UTF_8));
            assertThat(settings.getSettings())
                    .containsEntry("pvlock.Wait#enabled", "true")
                    .containsEntry("pvlock.Wait#threshold", "1 ms")
                    .containsEntry("pvlock.OwnerDied#enabled", "true")
                    .containsEntry("pvlock.Deadlock#enabled", "true")
                    .containsEntry("pvlock.RegionAttach#enabled", "true");
        }
    }

    @Test
    void aDeathIsRecordedByWhoTakesOver() throws Exception {
        SharedLock lock = region.lock("orders");
        try (Team team = new Team()) {
            team.run("doomed", () -> region.lock("orders").acquire());
        }
        Await.until("it is dead", () -> !lock.owner().orElseThrow().alive());

        List<RecordedEvent> deaths =
                recorded("pvlock.OwnerDied", () -> lock.acquire().close());

        assertThat(deaths).hasSize(1);
        assertThat(deaths.get(0).getString("lock")).isEqualTo("orders");
        assertThat(deaths.get(0).getInt("deadPid"))
                .isEqualTo((int) ProcessHandle.current().pid());
        assertThat(deaths.get(0).getLong("fencingToken")).isEqualTo(1);
    }

    @Test
    void aDeadlockIsRecordedWithItsCircle() throws Exception {
        LockOptions options = LockOptions.defaults().onDeadlock(OnDeadlock.THROW);
        CyclicBarrier both = new CyclicBarrier(2);
        List<RecordedEvent> deadlocks = recorded("pvlock.Deadlock", () -> {
            try (Team team = new Team()) {
                team.run("one", () -> cross(both, region.lock("a", options), region.lock("b", options)));
                team.run("two", () -> cross(both, region.lock("b", options), region.lock("a", options)));
            }
        });

        assertThat(deadlocks).isNotEmpty();
        assertThat(deadlocks.get(0).getString("circle")).contains("one").contains("two");
    }

    private static void cross(CyclicBarrier both, SharedLock first, SharedLock second) throws Exception {
        first.lock();
        both.await();
        try {
            second.lock();
            second.unlock();
        } catch (io.pvlock.DeadlockException e) {
            assertThat(second.isHeldByCurrentThread()).isFalse();
        } finally {
            first.unlock();
        }
    }

    @Test
    void openingARegionIsRecorded() throws Exception {
        List<RecordedEvent> opened =
                recorded("pvlock.RegionAttach", () -> openRegion().close());

        assertThat(opened).hasSize(1);
        assertThat(opened.get(0).getLong("bytes")).isPositive();
        assertThat(opened.get(0).getInt("otherProcesses")).isEqualTo(1);
        assertThat(opened.get(0).getDuration("opened")).isGreaterThan(Duration.ZERO);
    }
}
