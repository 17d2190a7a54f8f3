package io.pvlock.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pvlock.core.testing.HeapMemory;
import io.pvlock.core.testing.Implementation;
import io.pvlock.core.testing.Kind;
import io.pvlock.core.testing.TestLiveness;
import io.pvlock.core.testing.ThreadParker;
import io.pvlock.kit.Await;
import io.pvlock.kit.Rounds;
import io.pvlock.kit.Seeds;
import io.pvlock.kit.Team;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every kind of lock must do, on every kind of memory. A kind is tested by a small subclass. */
// In a thread of its own, for a broken lock may spin without end.
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class LockContract {

    static final int VCPUS = 8;
    static final int CELLS = 8;
    private static final int WATCHED_LONGS = 8;

    /** Spins for less than a sleep costs; thieves may overtake a few times. */
    static final WaitPolicy HYBRID = new WaitPolicy(16, 0, 5_000, false);

    private static final long SEED = Seeds.of("*LockContractTest", 1);

    final Kind kind;
    final HeapMemory memory;
    final TestLiveness liveness = new TestLiveness();
    final PvLockHash hash;
    final LockAlgorithm lock;
    final Participant[] participants = new Participant[VCPUS];
    final Team team = new Team();
    private final Random random = new Random(SEED);

    LockContract(Kind kind, HeapMemory.Source source) {
        this.kind = kind;
        this.memory = new HeapMemory(source, VCPUS, CELLS);
        this.hash = memory.hash(liveness);
        VcpuTable vcpus = memory.vcpus();
        // No limit to a sleep: a lost kick must hang, not heal.
        Parker parker = new ThreadParker(vcpus, liveness, ThreadParker.UNBOUNDED_NS);
        this.lock = switch (kind) {
            case PV -> Implementation.current().lock(memory, parker, liveness);
            case NATIVE -> new NativeQSpinLock(vcpus, parker);
            case TICKET -> new TicketLock(vcpus, parker);
            case MCS -> new McsLock(vcpus, parker);
            case TAS -> new TasLock(vcpus, parker);
        };
        for (int i = 0; i < VCPUS; i++) {
            participants[i] = memory.participant(i);
        }
    }

    /** I8: whatever the test did, nothing of it is left. */
    @AfterEach
    void everythingIsClean() {
        team.close();
        for (int i = 0; i < CELLS; i++) {
            assertThat(lock.owner(memory.cell(i))).as("owner of cell %d", i).isZero();
            int word = LockCell.word(memory.cellValue(i));
            assertThat(kind == Kind.TICKET ? (word >>> 16) - (word & 0xffff) : word)
                    .as("word of cell %d", i)
                    .isZero();
        }
        assertThat(hash.size()).isZero();
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            assertThat(memory.vcpus().waitingForAcquire(vcpu)).isZero();
            assertThat(memory.vcpus().slowPathVolatile(vcpu) & 1).isZero();
            for (int index = 0; index < LockWord.MAX_NODES; index++) {
                assertThat(grantStatus(vcpu, index))
                        .as("node %d.%d", vcpu, index)
                        .isEqualTo(NodeDescriptor.FREE);
            }
        }
    }

    // ---- mutual exclusion

    @Test
    void excludesAllOthers() {
        storm(6, 2_000, HYBRID, false);
    }

    @Test
    void excludesAllOthersWhenNobodySpins() {
        storm(4, 2_000, new WaitPolicy(16, 0, 0, false), false);
    }

    @Test
    void excludesAllOthersWhenTheyYieldInsteadOfSleeping() {
        storm(4, 2_000, new WaitPolicy(16, 0, 2_000, true), false);
    }

    @Test
    void excludesAllOthersWhenSomeTryAndGiveUp() {
        storm(8, 1_000, HYBRID, true);
    }

    /** Several threads change several words that must always agree. */
    final void storm(int threads, int usualRounds, WaitPolicy policy, boolean mixed) {
        int rounds = Rounds.of(usualRounds);
        int cell = memory.cell(0);
        long before = memory.buffer().getLong(memory.data(0));
        List<Team.Member<Integer>> jobs = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Participant me = participants[i];
            Random mine = new Random(random.nextLong());
            jobs.add(team.start(() -> {
                int taken = 0;
                for (int round = 0; round < rounds; round++) {
                    Outcome outcome = mixed ? someAttempt(cell, me, policy, mine) : lockForEver(cell, me, policy);
                    if (outcome.isOwned()) {
                        changeWatchedWords(mine);
                        inside(cell);
                        lock.unlock(cell, me);
                        taken++;
                    }
                }
                return taken;
            }));
        }
        long taken = jobs.stream().mapToLong(Team.Member::result).sum();
        assertThat(memory.buffer().getLong(memory.data(0))).as("seed %d", SEED).isEqualTo(before + taken);
    }

    /** What else to look at while the lock is held. */
    void inside(int cell) {}

    private Outcome someAttempt(int cell, Participant me, WaitPolicy policy, Random mine) {
        return switch (mine.nextInt(3)) {
            case 0 -> lock.tryLock(cell, me, policy);
            case 1 -> lock.lock(cell, me, policy, System.nanoTime() + mine.nextInt(100_000), false);
            default -> lockForEver(cell, me, policy);
        };
    }

    private void changeWatchedWords(Random mine) {
        long before = memory.buffer().getLong(memory.data(0));
        for (int i = 0; i < WATCHED_LONGS; i++) {
            assertThat(memory.buffer().getLong(memory.data(i)))
                    .as("word %d, seed %d", i, SEED)
                    .isEqualTo(before);
            memory.buffer().putLong(memory.data(i), before + 1);
            if (mine.nextInt(200) == 0) {
                Thread.yield();
            }
        }
    }

    @Test
    void excludesAllOthersFromNestedLocks() {
        int rounds = Rounds.of(200);
        List<Team.Member<Void>> jobs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Participant me = participants[i];
            Random mine = new Random(random.nextLong());
            jobs.add(team.start(() -> {
                for (int round = 0; round < rounds; round++) {
                    for (int c = 0; c < 6; c++) {
                        assertThat(lockForEver(memory.cell(c), me, HYBRID)).isEqualTo(Outcome.ACQUIRED);
                    }
                    changeWatchedWords(mine);
                    for (int c = 0; c < 6; c++) {
                        lock.unlock(memory.cell(c), me);
                    }
                }
                return null;
            }));
        }
        jobs.forEach(Team.Member::result);
        assertThat(memory.buffer().getLong(memory.data(0))).isEqualTo(3L * rounds);
    }

    // ---- tryLock

    @Test
    void tryLockTakesAFreeLockAndNoOther() {
        int cell = memory.cell(0);
        assertThat(lock.tryLock(cell, participants[0], HYBRID)).isEqualTo(Outcome.ACQUIRED);
        assertThat(lock.owner(cell)).isEqualTo(participants[0].ownerWord());
        assertThat(lock.tryLock(cell, participants[1], HYBRID)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(lock.owner(cell)).isEqualTo(participants[0].ownerWord());
        lock.unlock(cell, participants[0]);
        assertThat(lock.owner(cell)).isZero();
        assertThat(lock.tryLock(cell, participants[1], HYBRID)).isEqualTo(Outcome.ACQUIRED);
        lock.unlock(cell, participants[1]);
    }

    @Test
    void locksAreIndependent() {
        for (int i = 0; i < CELLS; i++) {
            assertThat(lock.tryLock(memory.cell(i), participants[i], HYBRID)).isEqualTo(Outcome.ACQUIRED);
        }
        for (int i = 0; i < CELLS; i++) {
            assertThat(lock.owner(memory.cell(i))).isEqualTo(participants[i].ownerWord());
            lock.unlock(memory.cell(i), participants[i]);
        }
    }

    // ---- deadlines

    @Test
    void deadlineThatHasPassedStillTakesAFreeLock() {
        int cell = memory.cell(0);
        assertThat(lock.lock(cell, participants[0], HYBRID, System.nanoTime() - 1, false))
                .isEqualTo(Outcome.ACQUIRED);
        lock.unlock(cell, participants[0]);
    }

    @Test
    void waitsAsLongAsTheDeadlineAllows() {
        int cell = memory.cell(0);
        lock.tryLock(cell, participants[0], HYBRID);
        long begin = System.nanoTime();
        long wait = TimeUnit.MILLISECONDS.toNanos(20);
        assertThat(lock.lock(cell, participants[1], HYBRID, begin + wait, false))
                .isEqualTo(Outcome.TIMED_OUT);
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(wait);
        assertThat(lock.owner(cell)).isEqualTo(participants[0].ownerWord());
        lock.unlock(cell, participants[0]);
    }

    @Test
    void takesTheLockBeforeTheDeadline() {
        int cell = memory.cell(0);
        lock.tryLock(cell, participants[0], HYBRID);
        Team.Member<Outcome> waiter = team.start(() -> {
            long deadline = System.nanoTime() + TimeUnit.HOURS.toNanos(1);
            return unlockIfOwned(cell, participants[1], lock.lock(cell, participants[1], HYBRID, deadline, false));
        });
        awaitWaiting(participants[1], cell);
        lock.unlock(cell, participants[0]);
        assertThat(waiter.result()).isEqualTo(Outcome.ACQUIRED);
    }

    @Test
    void cancelEndsAnAttemptThatMayEnd() {
        int cell = memory.cell(0);
        lock.tryLock(cell, participants[0], HYBRID);
        participants[1].cancel();
        assertThat(lock.lock(cell, participants[1], HYBRID, Participant.NO_DEADLINE, false))
                .isEqualTo(Outcome.CANCELLED);
        lock.unlock(cell, participants[0]);
    }

    // ---- interrupts

    @Test
    void interruptBeforeTheWait() {
        int cell = memory.cell(0);
        lock.tryLock(cell, participants[0], HYBRID);
        Team.Member<Boolean> waiter = team.start(() -> {
            Thread.currentThread().interrupt();
            assertThat(lock.lock(cell, participants[1], HYBRID, Participant.NO_DEADLINE, true))
                    .isEqualTo(Outcome.INTERRUPTED);
            return Thread.currentThread().isInterrupted();
        });
        assertThat(waiter.result()).as("interrupt status").isTrue();
        lock.unlock(cell, participants[0]);
    }

    @Test
    void interruptDuringTheWait() {
        int cell = memory.cell(0);
        lock.tryLock(cell, participants[0], HYBRID);
        Team.Member<Boolean> waiter = team.start(() -> {
            assertThat(lock.lock(cell, participants[1], HYBRID, Participant.NO_DEADLINE, true))
                    .isEqualTo(Outcome.INTERRUPTED);
            return Thread.currentThread().isInterrupted();
        });
        awaitWaiting(participants[1], cell);
        waiter.thread().interrupt();
        assertThat(waiter.result()).as("interrupt status").isTrue();
        lock.unlock(cell, participants[0]);
    }

    @Test
    void interruptDoesNotEndAnUninterruptibleWait() {
        int cell = memory.cell(0);
        lock.tryLock(cell, participants[0], HYBRID);
        Team.Member<Boolean> waiter = team.start(() -> {
            assertThat(unlockIfOwned(cell, participants[1], lockForEver(cell, participants[1], HYBRID)))
                    .isEqualTo(Outcome.ACQUIRED);
            return Thread.currentThread().isInterrupted();
        });
        awaitWaiting(participants[1], cell);
        waiter.thread().interrupt();
        lock.unlock(cell, participants[0]);
        assertThat(waiter.result()).as("interrupt status").isTrue();
    }

    /** Either it has the lock or it was interrupted, never both or neither, and the lock goes on working. */
    @Test
    void interruptAtTheMomentOfTheGrant() {
        int cell = memory.cell(0);
        int rounds = Rounds.of(150);
        for (int round = 0; round < rounds; round++) {
            lock.tryLock(cell, participants[0], HYBRID);
            List<Team.Member<Outcome>> waiters = new ArrayList<>();
            for (int i = 1; i <= 2; i++) {
                Participant me = participants[i];
                waiters.add(team.start(() -> {
                    Outcome outcome = lock.lock(cell, me, HYBRID, Participant.NO_DEADLINE, true);
                    assertThat(outcome).isIn(Outcome.ACQUIRED, Outcome.INTERRUPTED);
                    assertThat(lock.owner(cell) == me.ownerWord()).isEqualTo(outcome.isOwned());
                    return unlockIfOwned(cell, me, outcome);
                }));
                awaitWaiting(me, cell);
            }
            int delay = random.nextInt(20_000);
            Team.Member<Void> interrupter = team.start(() -> {
                spinNs(delay);
                waiters.get(0).thread().interrupt();
                return null;
            });
            spinNs(random.nextInt(60_000));
            lock.unlock(cell, participants[0]);
            interrupter.result();
            assertThat(waiters.get(1).result())
                    .as("round %d, seed %d", round, SEED)
                    .isEqualTo(Outcome.ACQUIRED);
            waiters.get(0).result();
        }
    }

    // ---- misuse

    @Test
    void strangerCannotUnlock() {
        int cell = memory.cell(0);
        assertThatThrownBy(() -> lock.unlock(cell, participants[1]))
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("vcpu=1 is not the owner, nobody is");
        lock.tryLock(cell, participants[0], HYBRID);
        assertThatThrownBy(() -> lock.unlock(cell, participants[1]))
                .isInstanceOf(IllegalMonitorStateException.class)
                .hasMessageContaining("vcpu=1 is not the owner, owner is vcpu=0");
        assertThat(lock.owner(cell)).isEqualTo(participants[0].ownerWord());
        lock.unlock(cell, participants[0]);
        assertThatThrownBy(() -> lock.unlock(cell, participants[0])).isInstanceOf(IllegalMonitorStateException.class);
    }

    @Test
    void lockingTwiceIsAnErrorAndNotAHang() {
        int cell = memory.cell(0);
        Participant me = participants[0];
        lockForEver(cell, me, HYBRID);
        long held = memory.cellValue(0);
        assertThatThrownBy(() -> lockForEver(cell, me, HYBRID))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("vcpu=0 already holds this lock");
        assertThatThrownBy(() -> lock.lock(cell, me, HYBRID, System.nanoTime() + 1_000_000, true))
                .isInstanceOf(IllegalStateException.class);
        assertThat(lock.tryLock(cell, me, HYBRID)).as("a try never waits").isEqualTo(Outcome.TIMED_OUT);
        assertThat(memory.cellValue(0)).isEqualTo(held);
        lock.unlock(cell, me);
    }

    // ---- helpers

    final Outcome lockForEver(int cell, Participant me, WaitPolicy policy) {
        return lock.lock(cell, me, policy, Participant.NO_DEADLINE, false);
    }

    final Outcome unlockIfOwned(int cell, Participant me, Outcome outcome) {
        if (outcome.isOwned()) {
            lock.unlock(cell, me);
        }
        return outcome;
    }

    /** Until {@code me} is in the slow path for {@code cell}. */
    final void awaitWaiting(Participant me, int cell) {
        Await.until("vcpu " + me.index() + " waits", () -> memory.vcpus().waitingForAcquire(me.index()) == cell);
    }

    final int grantStatus(int vcpu, int index) {
        return NodeDescriptor.grantStatus(
                memory.vcpus().grantVolatile(memory.vcpus().nodeOffset(LockWord.ref(vcpu, index))));
    }

    final long events(LockEvent event) {
        long sum = 0;
        for (int vcpu = 0; vcpu < VCPUS; vcpu++) {
            sum += memory.vcpus().eventPlain(vcpu, event);
        }
        return sum;
    }

    private static void spinNs(long ns) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < ns) {
            Thread.onSpinWait();
        }
    }
}
