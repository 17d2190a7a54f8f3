package io.pvlock.internal.slot;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockKind;
import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.internal.file.RegionFile;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TestProcess;
import io.pvlock.testing.TwoProcessesTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What of the dead can be used again and when. Queues are written by hand, as the lock algorithm would leave them. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class SlotReclaimerTest extends TwoProcessesTest {

    private static final long INCONSISTENT = LockWord.INCONSISTENT;

    /** Makes node {@code ref} stand in the queue of {@code cell} behind {@code prev}. */
    static void queue(TestProcess process, int ref, int cell, int prev, int grant) {
        int node = process.vcpus.nodeOffset(ref);
        process.memory.putLong(node + NodeDescriptor.LOCK_OFFSET, cell);
        process.memory.putInt(node + NodeDescriptor.PREV_OFFSET, prev);
        process.memory.putIntVolatile(node + NodeDescriptor.GRANT_OFFSET, 5 << 8 | grant);
    }

    private void setTail(int cell, int ref, int locked, int owner) {
        me.memory.putLongVolatile(cell, LockCell.of(ref << LockWord.TAIL_INDEX_SHIFT | locked, owner));
    }

    private long cell(int cell) {
        return me.memory.getLongVolatile(cell);
    }

    private int status(int vcpu) {
        return SlotState.status(me.vcpus.stateVolatile(vcpu));
    }

    private int grantOf(int ref) {
        return NodeDescriptor.grantStatus(me.vcpus.grantVolatile(me.vcpus.nodeOffset(ref)));
    }

    private static int ref(Participant participant) {
        return LockWord.ref(participant.index(), 0);
    }

    /** A slot whose process is gone. */
    private List<Participant> dead(int count) {
        List<Participant> dead = new ArrayList<>();
        TestProcess doomed = TestProcess.enter(path);
        for (int i = 0; i < count; i++) {
            dead.add(doomed.registry.attach(false));
        }
        doomed.die();
        return dead;
    }

    private Participant dead() {
        return dead(1).get(0);
    }

    private int reclaim() {
        return me.registry.reclaimer().reclaimDead();
    }

    private void assertReclaimed(Participant participant) {
        assertThat(status(participant.index())).isEqualTo(SlotState.FREE);
        for (int index = 0; index < LockWord.MAX_NODES; index++) {
            assertThat(grantOf(LockWord.ref(participant.index(), index))).isEqualTo(NodeDescriptor.FREE);
        }
        assertThat(me.heard).contains("reclaimed " + participant.index());
    }

    private void assertKept(Participant participant) {
        assertThat(status(participant.index())).isEqualTo(SlotState.DEAD);
        assertThat(me.heard).doesNotContain("reclaimed " + participant.index());
    }

    // ---- what must not change while it looks

    /** Else it would write into an extent that is another object's by then. */
    @Test
    void nothingIsReclaimedWhileAnObjectIsMadeOrRemoved() {
        Participant dead = dead();
        other.registry.processes().exclusively(() -> {
            assertThat(reclaim()).isZero();
            assertKept(dead);
        });
        me.registry.processes().exclusively(() -> {
            assertThat(reclaim()).isZero();
            me.registry.processes().exclusively(() -> assertKept(dead));
            assertThat(other.registry.reclaimer().reclaimDead()).isZero();
        });
        assertThat(reclaim()).isEqualTo(1);
        assertReclaimed(dead);
    }

    // ---- how often it looks

    /** A registry on the same region that counts its passes over all cells. */
    private VcpuRegistry counting(AtomicInteger passes) {
        RegionFile file = RegionFile.openOrCreate(path, Regions.small());
        LockCells counted = new LockCells() {
            @Override
            public int firstInUse(IntPredicate isWanted) {
                passes.incrementAndGet();
                return me.directory.firstInUse(isWanted);
            }

            @Override
            public boolean isParavirt(int offset) {
                return me.directory.isParavirt(offset);
            }

            @Override
            public boolean forgetWords(DeadSlots dead) {
                return me.directory.forgetWords(dead);
            }
        };
        TestProcess.keepMapped(file);
        VcpuRegistry registry =
                new VcpuRegistry(file.memory(), file.mapping().address(), file.layout(), file.openForLocks(), counted);
        registry.listen(new DeathListener() {
            @Override
            public void died(int vcpu) {}

            @Override
            public void releasingOwner(int owner, int cell) {}

            @Override
            public void ownerReclaimed(int vcpu, int cell) {}

            @Override
            public void reclaimed(int vcpu) {}
        });
        return registry;
    }

    @Test
    void allTheDeadTogetherCostOnePassOverTheCells() {
        int cell = me.cell("lock");
        AtomicInteger passes = new AtomicInteger();
        List<Participant> dead = dead(20);
        // Each named by the next one only: they go together.
        queue(me, ref(dead.get(0)), cell, 0, NodeDescriptor.GRANTED);
        for (int i = 1; i < dead.size(); i++) {
            queue(me, ref(dead.get(i)), cell, ref(dead.get(i - 1)), NodeDescriptor.WAIT);
        }
        setTail(cell, ref(dead.get(dead.size() - 1)), 0, 0);
        try (VcpuRegistry registry = counting(passes)) {
            assertThat(registry.reclaimer().reclaimDead()).isEqualTo(20);
            assertThat(passes).hasValue(1);
        }
        assertThat(cell(cell)).isZero();
    }

    @Test
    void nobodyLooksForTheDeadWhileThereAreFreeSlots() {
        AtomicInteger passes = new AtomicInteger();
        dead(20);
        try (VcpuRegistry registry = counting(passes)) {
            for (int i = 0; i < 12; i++) {
                registry.attach(false);
            }
            assertThat(passes).hasValue(0);
            registry.attach(false);
            assertThat(passes).hasValue(1);
        }
    }

    // ---- simple ones

    @Test
    void theLivingAreLeftAlone() {
        Participant living = other.registry.attach(false);
        Participant mine = me.registry.attach(true);
        assertThat(reclaim()).isZero();
        assertThat(status(living.index())).isEqualTo(SlotState.BORROWED);
        assertThat(status(mine.index())).isEqualTo(SlotState.ATTACHED);
        me.registry.detach(mine);
    }

    @Test
    void aThreadThatJustEndedIsReclaimedInANewGeneration() throws Exception {
        Participant gone;
        try (Team team = new Team()) {
            gone = team.start("gone", () -> me.registry.attach(true)).get();
        }
        until("it is reclaimed", () -> reclaim() == 1);
        assertReclaimed(gone);
        Participant next = me.registry.attach(false);
        assertThat(next.index()).isEqualTo(gone.index());
        assertThat(LockCell.ownerGeneration(next.ownerWord()))
                .isEqualTo(LockCell.ownerGeneration(gone.ownerWord()) + 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {LockWord.LOCKED, LockWord.SLOW})
    void whatTheDeadOwnedIsFreeAndInconsistent(int locked) {
        int cell = me.cell("owned");
        int untouched = me.cell("another's");
        Participant living = other.registry.attach(false);
        Participant dead = dead();
        me.memory.putLongVolatile(cell, LockCell.of(locked, dead.ownerWord()));
        me.memory.putLongVolatile(untouched, living.heldCell());
        assertThat(reclaim()).isEqualTo(1);
        assertThat(cell(cell)).isEqualTo(INCONSISTENT);
        assertThat(cell(untouched)).isEqualTo(living.heldCell());
        assertReclaimed(dead);
        assertThat(me.heard)
                .containsSubsequence(
                        "releasing owner of " + cell,
                        "owner " + dead.index() + " of " + cell + " reclaimed",
                        "reclaimed " + dead.index());
    }

    @Test
    void aLockThatWasGivenUpStaysSo() {
        int cell = me.cell("given up");
        Participant dead = dead();
        long givenUp = LockCell.of(LockWord.LOCKED, LockCell.NOT_RECOVERABLE);
        me.memory.putLongVolatile(cell, givenUp);
        assertThat(reclaim()).isEqualTo(1);
        assertThat(cell(cell)).isEqualTo(givenUp);
        assertReclaimed(dead);
    }

    // ---- queues

    @Test
    void aQueueOfTheDeadAloneIsDropped() {
        int cell = me.cell("queued");
        List<Participant> dead = dead(3);
        queue(me, ref(dead.get(0)), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(dead.get(1)), cell, ref(dead.get(0)), NodeDescriptor.ABANDONED);
        queue(me, ref(dead.get(2)), cell, ref(dead.get(1)), NodeDescriptor.WAIT);
        setTail(cell, ref(dead.get(2)), LockWord.PENDING | 7 << LockWord.OVERTAKE_SHIFT, 0);
        assertThat(reclaim()).isEqualTo(3);
        assertThat(cell(cell)).isZero();
        dead.forEach(this::assertReclaimed);
    }

    // Its tail could be somebody's new tail before this reclaimer gets to the cell.
    @Test
    void aQueueWhoseTailAnotherReclaimsIsTheOthersToDrop() {
        int cell = me.cell("queued");
        List<Participant> dead = dead(2);
        Participant tail = dead.get(1);
        queue(me, ref(dead.get(0)), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(tail), cell, ref(dead.get(0)), NodeDescriptor.WAIT);
        setTail(cell, ref(tail), 0, 0);
        long before = cell(cell);
        long state = me.vcpus.stateVolatile(tail.index());
        ProcessTable others = other.registry.processes();
        long reclaiming =
                SlotState.of(SlotState.RECLAIMING, SlotState.generation(state), others.index(), others.generation());
        me.vcpus.casState(tail.index(), state, reclaiming);
        assertThat(reclaim()).isZero();
        assertThat(cell(cell)).isEqualTo(before);
        other.die();
        assertThat(reclaim()).isEqualTo(2);
        assertThat(cell(cell)).isZero();
    }

    @Test
    void placesThatTheLivingHaveLeftArePassed() {
        int cell = me.cell("queued");
        Participant living = other.registry.attach(false);
        List<Participant> dead = dead(2);
        queue(me, ref(dead.get(0)), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(living), cell, ref(dead.get(0)), NodeDescriptor.ABANDONED);
        queue(me, ref(dead.get(1)), cell, ref(living), NodeDescriptor.WAIT);
        setTail(cell, ref(dead.get(1)), 0, 0);
        assertThat(reclaim()).isEqualTo(2);
        assertThat(cell(cell)).isZero();
        assertThat(grantOf(ref(living))).as("its owner takes it back").isEqualTo(NodeDescriptor.SKIPPED);
    }

    // Its owner may come back to the same place before this reclaimer gets to the cell, which then looks as before.
    @Test
    void aQueueWhoseTailIsAPlaceThatTheLivingHaveLeftIsNotDropped() {
        int cell = me.cell("queued");
        Participant living = other.registry.attach(false);
        List<Participant> dead = dead(1);
        queue(me, ref(dead.get(0)), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(living), cell, ref(dead.get(0)), NodeDescriptor.ABANDONED);
        setTail(cell, ref(living), 0, 0);
        long before = cell(cell);
        assertThat(reclaim()).isZero();
        assertThat(cell(cell)).isEqualTo(before);
    }

    @Test
    void aQueueOfTheDeadBehindALivingOwnerIsDroppedAndTheOwnerKeepsTheLock() {
        int cell = me.cell("queued");
        Participant owner = other.registry.attach(false);
        Participant dead = dead();
        queue(me, ref(dead), cell, 0, NodeDescriptor.GRANTED);
        setTail(cell, ref(dead), LockWord.SLOW, owner.ownerWord());
        assertThat(reclaim()).isEqualTo(1);
        assertThat(cell(cell)).isEqualTo(LockCell.of(LockWord.SLOW, owner.ownerWord()));
    }

    @Test
    void aQueueWithALivingMemberIsLeftToIt() {
        int cell = me.cell("queued");
        Participant living = other.registry.attach(false);
        Participant dead = dead();
        queue(me, ref(dead), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(living), cell, ref(dead), NodeDescriptor.WAIT);
        setTail(cell, ref(living), 0, 0);
        assertThat(reclaim()).isZero();
        assertKept(dead);
        assertThat(LockWord.tail(LockCell.word(cell(cell)))).isEqualTo(ref(living));
        // The living has moved on.
        queue(me, ref(living), cell, ref(dead), NodeDescriptor.FREE);
        setTail(cell, 0, 0, 0);
        assertThat(reclaim()).isEqualTo(1);
        assertReclaimed(dead);
    }

    @Test
    void theDeadTailBehindALivingMemberIsKept() {
        int cell = me.cell("queued");
        Participant living = other.registry.attach(false);
        Participant dead = dead();
        queue(me, ref(living), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(dead), cell, ref(living), NodeDescriptor.WAIT);
        setTail(cell, ref(dead), 0, 0);
        assertThat(reclaim()).isZero();
        assertKept(dead);
        assertThat(grantOf(ref(dead))).isEqualTo(NodeDescriptor.WAIT);
    }

    @Test
    void theDeadThatALivingWaiterHasPassedIsKeptWhileItsLinkIsNeeded() {
        int cell = me.cell("queued");
        Participant head = other.registry.attach(false);
        Participant waiter = other.registry.attach(false);
        Participant dead = dead();
        queue(me, ref(head), cell, 0, NodeDescriptor.GRANTED);
        queue(me, ref(dead), cell, ref(head), NodeDescriptor.SKIPPED);
        queue(me, ref(waiter), cell, ref(dead), NodeDescriptor.WAIT);
        setTail(cell, ref(waiter), 0, 0);
        assertThat(reclaim()).isZero();
        assertKept(dead);
    }

    @Test
    void theDeadOfAQueueLongGoneDoNotKeepEachOther() {
        int cell = me.cell("left over");
        List<Participant> dead = dead(2);
        queue(me, ref(dead.get(0)), cell, ref(dead.get(1)), NodeDescriptor.WAIT);
        queue(me, ref(dead.get(1)), cell, ref(dead.get(0)), NodeDescriptor.SKIPPED);
        setTail(cell, 0, 0, 0);
        assertThat(reclaim()).isEqualTo(2);
        dead.forEach(this::assertReclaimed);
    }

    @Test
    void hashEntriesOfTheDeadGoAndThoseOfTheLivingStay() {
        Participant living = other.registry.attach(false);
        Participant dead = dead();
        int first = me.layout.hashOffset() + HashDescriptor.ENTRIES_OFFSET;
        int second = first + 3 * HashDescriptor.ENTRY_LENGTH;
        int cell = me.cell("hashed");
        me.memory.putLongVolatile(first, (long) cell << 32 | ref(dead));
        me.memory.putLongVolatile(second, (long) cell << 32 | ref(living));
        assertThat(reclaim()).isEqualTo(1);
        assertThat(cell(first)).isZero();
        assertThat(cell(second)).isEqualTo((long) cell << 32 | ref(living));
    }

    // ---- other kinds

    @ParameterizedTest
    @EnumSource(
            value = LockKind.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"PV"})
    void aLockWithoutRecoveryStaysBlockedAndItsOwnersSlotSaysByWhom(LockKind kind) {
        int cell = me.lock("blocked", kind).cell();
        Participant dead = dead();
        long blocked = LockCell.of(0x0005_0001, dead.ownerWord());
        me.memory.putLongVolatile(cell, blocked);
        assertThat(reclaim()).isZero();
        assertThat(cell(cell)).isEqualTo(blocked);
        assertKept(dead);
        assertThat(me.heard).containsExactly("died " + dead.index());
    }

    @Test
    void ticketsAreNotTakenForQueues() {
        int cell = me.lock("ticket", LockKind.TICKET).cell();
        Participant dead = dead();
        for (int next = 1; next < 200; next++) {
            me.memory.putLongVolatile(cell, LockCell.of(next << 16 | next, 0));
            reclaim();
        }
        assertReclaimed(dead);
        assertThat(cell(cell)).isEqualTo(LockCell.of(199 << 16 | 199, 0));
    }

    @Test
    void whoDiedInAQueueWithoutRecoveryKeepsItsPlace() {
        int cell = me.lock("mcs", LockKind.MCS).cell();
        Participant dead = dead();
        queue(me, ref(dead), cell, 0, NodeDescriptor.GRANTED);
        setTail(cell, ref(dead), 0, 0);
        long before = cell(cell);
        assertThat(reclaim()).isZero();
        assertKept(dead);
        assertThat(cell(cell)).isEqualTo(before);
        assertThat(grantOf(ref(dead))).isEqualTo(NodeDescriptor.GRANTED);
    }

    // ---- other reclaimers

    @Test
    void whatADeadReclaimerBeganIsFinished() {
        TestProcess doomed = TestProcess.enter(path);
        Participant dead = dead();
        long state = me.vcpus.stateVolatile(dead.index());
        long reclaiming = SlotState.of(
                SlotState.RECLAIMING,
                SlotState.generation(state),
                doomed.registry.processes().index(),
                doomed.registry.processes().generation());
        me.vcpus.casState(dead.index(), state, reclaiming);
        assertThat(reclaim()).as("its reclaimer lives").isZero();
        assertThat(me.vcpus.stateVolatile(dead.index())).isEqualTo(reclaiming);
        doomed.die();
        assertThat(reclaim()).isEqualTo(1);
        assertReclaimed(dead);
    }

    @Test
    void aDeadClaimerLeavesNothingToReclaim() {
        TestProcess doomed = TestProcess.enter(path);
        Participant claimed = doomed.registry.attach(false);
        long state = me.vcpus.stateVolatile(claimed.index());
        me.vcpus.casState(claimed.index(), state, SlotState.withStatus(state, SlotState.CLAIMED));
        doomed.die();
        assertThat(reclaim()).isZero();
        assertThat(status(claimed.index())).isEqualTo(SlotState.CLAIMED);
        assertThat(me.registry.attach(false).index()).isEqualTo(claimed.index());
    }

    @Test
    void manyReclaimersFreeEachSlotOnce() throws Exception {
        int cell = me.cell("owned");
        for (int round = 0; round < 20; round++) {
            List<Participant> dead = dead(8);
            me.memory.putLongVolatile(cell, dead.get(3).heldCell());
            CyclicBarrier start = new CyclicBarrier(4);
            List<Member<Integer>> reclaimers = new ArrayList<>();
            try (Team team = new Team()) {
                for (int i = 0; i < 4; i++) {
                    TestProcess process = i % 2 == 0 ? me : other;
                    reclaimers.add(team.start("reclaimer " + i, () -> {
                        start.await();
                        int freed = 0;
                        for (int pass = 0; pass < 3; pass++) {
                            freed += process.registry.reclaimer().reclaimDead();
                        }
                        return freed;
                    }));
                }
                int freed = 0;
                for (Member<Integer> reclaimer : reclaimers) {
                    freed += reclaimer.get();
                }
                assertThat(freed).isEqualTo(8);
            }
            assertThat(dead).allMatch(gone -> status(gone.index()) == SlotState.FREE);
            assertThat(cell(cell)).isEqualTo(INCONSISTENT);
        }
    }

    // ---- who is slow

    @Test
    void whoeverIsInsideASlowPathIsNotWaitedFor() {
        Participant inside = other.registry.attach(false);
        Participant dead = dead();
        me.memory.putLongVolatile(inside.slotOffset() + VcpuSlotDescriptor.SLOW_PATH_OFFSET, 41);
        assertThat(reclaim()).isEqualTo(1);
        assertReclaimed(dead);
    }

    // What a slow participant knows of the dead is of a generation that does not come back.
    @Test
    void aReclaimedNodeKeepsItsGeneration() {
        int cell = me.cell("gone");
        Participant dead = dead();
        queue(me, ref(dead), cell, 0, NodeDescriptor.WAIT);
        int node = me.vcpus.nodeOffset(ref(dead));
        me.memory.putInt(node + NodeDescriptor.NEXT_OFFSET, 5 << 16 | 7);
        assertThat(reclaim()).isEqualTo(1);
        assertThat(me.vcpus.grantVolatile(node)).isEqualTo(5 << 8 | NodeDescriptor.FREE);
        assertThat(me.memory.getInt(node + NodeDescriptor.NEXT_OFFSET) >>> 16).isEqualTo(5);
        assertThat(me.memory.getInt(node + NodeDescriptor.STATE_OFFSET)).isEqualTo(5 << 8 | NodeDescriptor.RUNNING);
    }
}
