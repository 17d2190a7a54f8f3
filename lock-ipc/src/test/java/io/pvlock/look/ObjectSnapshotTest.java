package io.pvlock.look;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.SharedCounter;
import io.pvlock.SharedLock;
import io.pvlock.SharedReadWriteLock;
import io.pvlock.SharedSemaphore;
import io.pvlock.SharedSequenceLock;
import io.pvlock.core.LockEvent;
import io.pvlock.kit.Await;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.linux.Threads;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the tools show of objects: what each counts, who has a part of it, who waits, and how often. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObjectSnapshotTest extends RegionTest {

    private Map<String, Long> values(String name) {
        return region.locks().stream()
                .filter(info -> info.name().equals(name))
                .findFirst()
                .orElseThrow()
                .values();
    }

    private String valuesOf(String name) {
        return values(name).toString();
    }

    private List<String> holds(String name) {
        return region.holds(name).stream()
                .map(hold -> hold.threadName() + " " + hold.what() + " " + hold.count())
                .toList();
    }

    private long events(LockEvent event) {
        return region.vcpus().stream()
                .mapToLong(vcpu -> vcpu.lockEvents().getOrDefault(event.label(), 0L))
                .sum();
    }

    @Test
    void everyObjectSaysWhatItCounts() throws InterruptedException {
        assertThat(region.holds("nobody")).isEmpty();
        region.lock("lock");
        assertThat(valuesOf("lock")).isEqualTo("{}");
        region.lock("lock").newCondition();
        assertThat(valuesOf("lock")).isEqualTo("{awaiting=0}");
        region.lock("lock").newCondition("condition");
        assertThat(valuesOf("condition")).isEqualTo("{awaiting=0}");
        region.semaphore("semaphore", 3).acquire(2);
        assertThat(valuesOf("semaphore")).isEqualTo("{permits=3, available=1, awaiting=0}");
        region.readWriteLock("rw").updateLock().lock();
        assertThat(valuesOf("rw")).isEqualTo("{readers=0, writing=0, updating=1, torn=0}");
        region.readWriteLock("rw").writeLock().lock();
        assertThat(valuesOf("rw")).isEqualTo("{readers=0, writing=1, updating=1, torn=0}");
        SharedSequenceLock sequence = region.sequenceLock("sequence");
        sequence.writeBegin();
        assertThat(valuesOf("sequence")).isEqualTo("{writes=0, odd=1}");
        assertThat(holds("sequence")).containsExactly(Thread.currentThread().getName() + " writes 1");
        sequence.writeEnd();
        assertThat(valuesOf("sequence")).isEqualTo("{writes=1, odd=0}");
        assertThat(holds("sequence")).isEmpty();
        region.record("record", 8).write(buffer -> buffer.putLong(0, 1));
        assertThat(valuesOf("record")).isEqualTo("{writes=1, odd=0}");
        SharedCounter counter = region.counter("counter", 10, null);
        counter.tryCharge(4);
        counter.tryCharge(7);
        counter.uncharge(1);
        assertThat(valuesOf("counter")).isEqualTo("{usage=3, max=10, watermark=4, failures=1}");
        region.localCounter("local").add(5);
        region.localCounter("local").drain();
        region.localCounter("local").add(-7);
        assertThat(valuesOf("local")).isEqualTo("{sum=-7}");
        region.lockArray("array", 100).lock(99);
        assertThat(valuesOf("array")).isEqualTo("{length=100, held=1}");
    }

    @Test
    void whoHasPermitsWhoReadsAndWhoWaits() throws Exception {
        String me = Thread.currentThread().getName();
        SharedSemaphore semaphore = region.semaphore("semaphore", 2);
        SharedReadWriteLock rw = region.readWriteLock("rw");
        SharedLock lock = region.lock("lock");
        semaphore.acquire(2);
        rw.readLock().lock();
        rw.readLock().lock();
        try (Team team = new Team()) {
            Member<?> permits = team.run("permits", semaphore::acquire);
            Member<?> writer = team.run("writer", rw.writeLock()::lock);
            Member<?> waiter = team.run("waiter", () -> {
                lock.lock();
                lock.newCondition().await();
            });
            Await.until(
                    "all sleep",
                    // Or more: who is not woken looks now and then, and sleeps again.
                    () -> events(LockEvent.WAIT_QUEUE_SLEEP) >= 2
                            && Regions.waiting(region, "semaphore") == 1
                            && Regions.waiting(region, "rw") == 1
                            && Regions.waiting(region, "lock") == 1);
            assertThat(events(LockEvent.RWLOCK_WAIT_READERS)).isEqualTo(1);
            assertThat(holds("semaphore")).containsExactlyInAnyOrder(me + " permits 2", "permits waits 1");
            assertThat(holds("rw")).containsExactly(me + " reads 2");
            assertThat(holds("lock")).containsExactly("waiter waits 1");
            assertThat(region.holds("rw").get(0).tid()).isEqualTo(Threads.gettid());
            assertThat(valuesOf("rw")).startsWith("{readers=1,");
            assertThat(values("lock")).containsEntry("awaiting", 1L);
            rw.readLock().unlock();
            rw.readLock().unlock();
            semaphore.release(2);
            lock.lock();
            lock.newCondition().signal();
            lock.unlock();
            permits.get();
            writer.get();
            waiter.get();
        }
        // They have ended with what they had.
        Await.until("the dead hold nothing", () -> holds("semaphore").isEmpty());
    }

    @Test
    void readersOfASequenceLockCountWhatTheyDidInVain() throws Exception {
        SharedSequenceLock sequence = region.singleWriterSequenceLock("sequence");
        region.attach();
        long begin = sequence.readBegin();
        sequence.writeBegin();
        assertThat(sequence.readRetry(begin)).isTrue();
        assertThat(events(LockEvent.SEQLOCK_RETRY)).isEqualTo(1);
        try (Team team = new Team()) {
            Member<Boolean> reader = team.start("reader", () -> {
                region.attach();
                Thread.currentThread().interrupt();
                sequence.readBegin();
                return Thread.interrupted();
            });
            Await.until("it waits", () -> events(LockEvent.SEQLOCK_WAIT_WRITER) == 1);
            sequence.writeEnd();
            assertThat(reader.get()).as("the interrupt is kept").isTrue();
        }
    }
}
