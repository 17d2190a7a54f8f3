package io.pvlock;

import static io.pvlock.kit.Await.until;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.internal.directory.CellPages;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.RegionTest;
import io.pvlock.testing.Regions;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Explicit handles: right ones work, wrong ones are refused and change nothing. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class VcpuTest extends RegionTest {

    private SharedLock lock;

    @BeforeEach
    void open() {
        lock = region.lock("explicit");
    }

    @Test
    void oneForEachThread() throws Exception {
        Vcpu me = region.attach();
        assertThat(region.attach()).isSameAs(me);
        lock.lock();
        assertThat(lock.owner().orElseThrow().vcpu()).isEqualTo(me.index());
        lock.unlock();
        try (Team team = new Team()) {
            assertThat(team.start("other", () -> region.attach().index()).get()).isNotEqualTo(me.index());
        }
    }

    /** The fast paths find a thread's vCPU by its id; a thread may say what it likes of its id. */
    @Test
    void threadsOfTheSameIdAreToldApart() throws Exception {
        SharedLockArray array = region.lockArray("array", 2);
        class Namesake extends Thread {
            Namesake(Runnable work) {
                super(work);
            }

            @Override
            @SuppressWarnings("deprecation")
            public long getId() {
                return 7;
            }
        }
        try (Team team = new Team(Namesake::new)) {
            CountDownLatch done = new CountDownLatch(1);
            Member<?> owner = team.start("owner", () -> {
                lock.lock();
                array.lock(1);
                done.await();
                lock.unlock();
                array.unlock(1);
                return null;
            });
            until("the owner has both", () -> lock.isLocked() && array.isLocked(1));
            Member<?> other = team.start("other", () -> {
                assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
                region.attach();
                assertThatThrownBy(lock::unlock).isInstanceOf(IllegalMonitorStateException.class);
                assertThatThrownBy(() -> array.unlock(1)).isInstanceOf(IllegalMonitorStateException.class);
                assertThat(lock.isHeldByCurrentThread()).isFalse();
                return null;
            });
            try {
                other.get();
            } finally {
                done.countDown();
            }
            owner.get();
            assertThat(lock.isLocked()).isFalse();
        }
    }

    @Test
    void worksOnEveryMethodThatTakesIt() {
        try (Vcpu me = region.attach()) {
            lock.lock(me);
            assertThat(lock.isHeldByCurrentThread()).isTrue();
            assertThatThrownBy(() -> lock.lock(me)).isInstanceOf(IllegalStateException.class);
            assertThat(lock.tryLock(me)).isFalse();
            lock.unlock(me);
            assertThat(lock.tryLock(me)).isTrue();
            lock.unlock(me);
            try (LockGuard guard = lock.acquire(me)) {
                assertThat(guard.fencingToken()).isPositive();
            }
            assertThat(lock.owner()).isEmpty();
        }
    }

    @Test
    void ofAnotherRegionIsRefused() {
        try (LockRegion other = LockRegion.open(directory.resolve("other.pvl"), Regions.small())) {
            Vcpu foreign = other.attach();
            for (SharedLock view : new SharedLock[] {
                lock, region.lock("explicit", LockOptions.defaults().reentrant())
            }) {
                assertThatThrownBy(() -> view.lock(foreign))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("other.pvl")
                        .hasMessageContaining("test.pvl");
                assertThatThrownBy(() -> view.tryLock(foreign)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> view.acquire(foreign)).isInstanceOf(IllegalArgumentException.class);
                view.lock();
                assertThatThrownBy(() -> view.unlock(foreign)).isInstanceOf(IllegalArgumentException.class);
                assertThat(view.isHeldByCurrentThread()).isTrue();
                view.unlock();
            }
        }
    }

    @Test
    void ofAClosedRegionIsRefused() {
        Vcpu me = region.attach();
        region.close();
        assertThatThrownBy(() -> lock.lock(me)).satisfies(VcpuTest::isUnavailable);
        assertThatThrownBy(() -> lock.tryLock(me)).satisfies(VcpuTest::isUnavailable);
        assertThatThrownBy(() -> lock.acquire(me)).satisfies(VcpuTest::isUnavailable);
        assertThatThrownBy(() -> lock.unlock(me)).isInstanceOf(IllegalMonitorStateException.class);
        me.close();
    }

    private static void isUnavailable(Throwable e) {
        assertThat(e)
                .isInstanceOfSatisfying(
                        RegionException.class,
                        region -> assertThat(region.category()).isEqualTo(RegionException.Category.UNAVAILABLE))
                .hasMessageContaining("is closed");
    }

    @Test
    void onceGivenBackIsRefusedAndSaysWhatToDo() {
        Vcpu me = region.attach();
        me.close();
        me.close();
        assertThatThrownBy(() -> lock.lock(me))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("attach()");
        assertThatThrownBy(() -> lock.tryLock(me)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> lock.acquire(me)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> lock.unlock(me)).isInstanceOf(IllegalMonitorStateException.class);
        assertThat(region.attach()).isNotSameAs(me);
    }

    @Test
    void cannotBeGivenBackWhileItHoldsALock() {
        Vcpu me = region.attach();
        lock.lock(me);
        assertThatThrownBy(me::close).isInstanceOf(IllegalStateException.class).hasMessageContaining("'explicit'");
        assertThat(lock.isHeldByCurrentThread()).isTrue();
        lock.unlock(me);
        me.close();
        assertThat(region.vcpus()).isEmpty();
    }

    @Test
    void cannotBeGivenBackByAnotherThread() throws Exception {
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            team.run(
                            "other",
                            () -> assertThatThrownBy(me::close)
                                    .isInstanceOf(IllegalStateException.class)
                                    .hasMessageContaining("another thread"))
                    .get();
        }
        lock.lock(me);
        lock.unlock(me);
    }

    @Test
    void ofAThreadThatHasEndedIsNobodysToGiveBack() throws Exception {
        Vcpu orphan;
        try (Team team = new Team()) {
            orphan = team.start("gone", region::attach).get();
        }
        assertThatThrownBy(orphan::close).isInstanceOf(IllegalStateException.class);
        until(
                "the kernel says that the thread is gone",
                () -> !region.vcpus().get(0).alive());
        assertThat(region.vcpus())
                .singleElement()
                .satisfies(info -> assertThat(info.state()).isEqualTo("dead"));
    }

    @Test
    void aSlotThatWasGivenBackIsUsedAgainInANewGeneration() throws Exception {
        Vcpu first = region.attach();
        first.close();
        Vcpu second = region.attach();
        assertThat(second.index()).isEqualTo(first.index());
        assertThat(second.heldCell).isNotEqualTo(first.heldCell);
        assertThat(lock.tryLock(1, SECONDS)).isTrue();
        lock.unlock();
    }

    // ---- fast paths

    /**
     * Runs {@code start}, which starts a thread that allows or forbids the fast paths of {@code vcpu}, while another is about to: it must
     * wait. Else whoever allows them could have looked before the region was closed, and do so after.
     */
    private static void assertWaitsForOthers(Vcpu vcpu, Supplier<Member<?>> start) throws Exception {
        Member<?> member;
        synchronized (vcpu.attachment) {
            member = start.get();
            until("it waits, or need not", () -> member.isDone() || waitsFor(vcpu, member.thread()));
            assertThat(member.isDone()).as("it went past another").isFalse();
        }
        member.get();
    }

    private static boolean waitsFor(Vcpu vcpu, Thread thread) {
        ThreadInfo info = ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId());
        return info != null
                && info.getThreadState() == Thread.State.BLOCKED
                && info.getLockInfo() != null
                && info.getLockInfo().getIdentityHashCode() == System.identityHashCode(vcpu.attachment);
    }

    @Test
    void whoAllowsFastPathsAgainWaitsForWhoForbidsThem() throws Exception {
        int cell = lock.locking().cell();
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            me.attachment.reenter(cell);
            assertThat(me.fastSession).isNull();
            assertWaitsForOthers(me, () -> team.start("inner unlock", () -> me.attachment.leaveInner(cell)));
            assertThat(me.fastSession).isSameAs(region.session());
            me.attachment.reenter(cell);
            assertWaitsForOthers(me, () -> team.run("unlock at once", () -> me.attachment.forgetHold(cell)));
            assertThat(me.fastSession).isSameAs(region.session());
        }
    }

    @Test
    void whoClosesTheRegionWaitsForWhoAllowsFastPathsAgain() throws Exception {
        Vcpu me = region.attach();
        try (Team team = new Team()) {
            assertWaitsForOthers(me, () -> team.run("closer", region::close));
        }
        assertThat(me.fastSession).isNull();
        me.close();
    }

    /** By the thread itself, or by one that finds that it has ended. */
    @Test
    void whoGivesItBackWaitsForWhoAllowsFastPathsAgain() throws Exception {
        CompletableFuture<Vcpu> attached = new CompletableFuture<>();
        CountDownLatch begin = new CountDownLatch(1);
        try (Team team = new Team()) {
            Member<?> leaver = team.run("leaver", () -> {
                Vcpu me = region.attach();
                attached.complete(me);
                begin.await();
                me.close();
            });
            Vcpu theirs = attached.get();
            assertWaitsForOthers(theirs, () -> {
                begin.countDown();
                return leaver;
            });
            assertThat(theirs.fastSession).isNull();
        }
    }

    /** The handle has copies of what the fast paths look at; whatever changes the one changes the other. */
    @Test
    void itTakesFastPathsWhenItsThreadMay() {
        SharedLock view = region.lock("view", LockOptions.defaults().reentrant());
        SharedLockArray array = region.lockArray("array", 10);
        array.lock(3); // before there is a handle
        array.unlock(3);
        Vcpu me = region.attach();
        assertThat(me.arrayPages).isEqualTo(me.attachment.arrayPages).isNotEqualTo(CellPages.NONE);
        assertThat(me.fastSession).isSameAs(region.session());
        view.lock(me);
        view.lock(me);
        assertThat(me.fastSession).isNull();
        view.unlock(me);
        assertThat(me.fastSession).isSameAs(region.session());
        view.unlock(me);
        me.close();
        assertThat(me.fastSession).isNull();
        Vcpu again = region.attach();
        assertThat(again.arrayPages).isEqualTo(CellPages.NONE);
        array.lock(7, again);
        assertThat(again.arrayPages).isEqualTo(again.attachment.arrayPages).isNotEqualTo(CellPages.NONE);
        lock.lock(again);
        region.close();
        assertThat(again.fastSession).isNull();
        lock.unlock(again);
        array.unlock(7, again);
    }
}
