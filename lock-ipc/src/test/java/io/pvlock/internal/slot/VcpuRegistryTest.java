package io.pvlock.internal.slot;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.RegionException;
import io.pvlock.core.LockWord;
import io.pvlock.core.NodeDescriptor;
import io.pvlock.core.Participant;
import io.pvlock.core.VcpuSlotDescriptor;
import io.pvlock.internal.layout.SharedText;
import io.pvlock.kit.Team;
import io.pvlock.linux.RobustMutex;
import io.pvlock.linux.Threads;
import io.pvlock.testing.TestProcess;
import io.pvlock.testing.TwoProcessesTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of a slot: claimed, attached, free again, or dead and found to be so. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class VcpuRegistryTest extends TwoProcessesTest {

    private static final long LONGER_THAN_PATIENCE_NS = 2_100_000_000L;

    private int status(int vcpu) {
        return SlotState.status(me.vcpus.stateVolatile(vcpu));
    }

    private void setState(int vcpu, long state) {
        me.memory.putLongVolatile(me.vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.STATE_OFFSET, state);
    }

    private int sentinelAt(int vcpu) {
        return me.vcpus.slotOffset(vcpu) + VcpuSlotDescriptor.SENTINEL_OFFSET;
    }

    /** Attaches a thread that ends without a word; returns when the kernel has said so. */
    private Participant attachAndEnd(TestProcess process) throws Exception {
        try (Team team = new Team()) {
            Participant gone =
                    team.start("gone", () -> process.registry.attach(true)).get();
            until("the kernel has marked it", () -> process.registry.liveness().dead(gone.index()));
            return gone;
        }
    }

    /** Or else a process that has the same index and generation some day would seem to be at it. */
    @Test
    void whatDeadProcessesHadBegunIsEndedAtTheNextOpening() {
        TestProcess doomed = TestProcess.enter(path);
        int[] begun = {SlotState.CLAIMED, SlotState.RECLAIMING, SlotState.IDLE};
        for (int i = 0; i < begun.length; i++) {
            me.vcpus.casState(
                    i,
                    me.vcpus.stateVolatile(i),
                    SlotState.of(
                            begun[i],
                            7,
                            doomed.registry.processes().index(),
                            doomed.registry.processes().generation()));
        }
        doomed.die();
        try (TestProcess next = TestProcess.enter(path)) {
            next.registry.markGhosts();
        }
        assertThat(status(0)).isEqualTo(SlotState.FREE);
        assertThat(status(1)).isEqualTo(SlotState.DEAD);
        assertThat(status(2)).isEqualTo(SlotState.FREE);
        assertThat(SlotState.generation(me.vcpus.stateVolatile(0))).isEqualTo(7);
    }

    @Test
    void anAttachedSlotSaysWhoseItIs() throws Exception {
        try (Team team = new Team()) {
            team.run("somebody", () -> {
                        Participant somebody = me.registry.attach(true);
                        int slot = somebody.slotOffset();
                        assertThat(status(somebody.index())).isEqualTo(SlotState.ATTACHED);
                        assertThat(me.memory.getInt(slot + VcpuSlotDescriptor.TID_OFFSET))
                                .isEqualTo(Threads.gettid());
                        assertThat(me.memory.getInt(slot + VcpuSlotDescriptor.PID_OFFSET))
                                .isEqualTo(Threads.getpid());
                        assertThat(SharedText.get(
                                        me.memory,
                                        slot + VcpuSlotDescriptor.NAME_OFFSET,
                                        VcpuSlotDescriptor.NAME_MAX_BYTES))
                                .isEqualTo("somebody");
                        long state = me.vcpus.stateVolatile(somebody.index());
                        assertThat(SlotState.process(state))
                                .isEqualTo(me.registry.processes().index());
                        assertThat(SlotState.processGeneration(state))
                                .isEqualTo(me.registry.processes().generation());
                        assertThat(me.memory.getInt(sentinelAt(somebody.index())) & RobustMutex.TID_MASK)
                                .isEqualTo(Threads.gettid());
                        assertThat(other.registry.liveness().dead(somebody.index()))
                                .isFalse();
                        assertThat(other.registry.liveness().ownerDead(somebody.ownerWord()))
                                .isFalse();
                        me.registry.detach(somebody);
                        assertThat(status(somebody.index())).isEqualTo(SlotState.FREE);
                        assertThat(me.memory.getInt(sentinelAt(somebody.index())))
                                .isZero();
                        assertThat(other.registry.liveness().ownerDead(somebody.ownerWord()))
                                .as("who is not there")
                                .isTrue();
                    })
                    .get();
        }
    }

    @Test
    void aSlotIsUsedAgainInANewGeneration() {
        Participant first = me.registry.attach(false);
        me.registry.detach(first);
        Participant second = other.registry.attach(false);
        assertThat(second.index()).isEqualTo(first.index());
        assertThat(second.ownerWord() >>> 16).isEqualTo((first.ownerWord() >>> 16) + 1);
        assertThat(me.registry.liveness().ownerDead(first.ownerWord())).isTrue();
        assertThat(me.registry.liveness().ownerDead(second.ownerWord())).isFalse();
        assertThat(me.registry.hasEnded(first)).isTrue();
        assertThat(other.registry.hasEnded(second)).isFalse();
        other.registry.detach(second);
    }

    @Test
    void theGenerationOfAThreadThatEndedIsOverToo() throws Exception {
        Participant gone = attachAndEnd(me);
        assertThat(me.registry.hasEnded(gone)).isTrue();
        assertThat(me.registry.reclaimer().reclaimDead()).isEqualTo(1);
        assertThat(me.registry.hasEnded(gone)).isTrue();
        Participant next = me.registry.attach(false);
        assertThat(next.index()).isEqualTo(gone.index());
        assertThat(next.ownerWord()).isNotEqualTo(gone.ownerWord());
        assertThat(me.registry.hasEnded(gone)).isTrue();
        assertThat(me.registry.hasEnded(next)).isFalse();
        me.registry.detach(next);
    }

    @Test
    void aClaimOfADeadProcessIsTakenAndOneOfTheLivingIsNot() {
        long claimed = SlotState.of(
                SlotState.CLAIMED,
                41,
                other.registry.processes().index(),
                other.registry.processes().generation());
        setState(0, claimed);
        Participant second = me.registry.attach(false);
        assertThat(second.index()).isEqualTo(1);
        other.die();
        Participant first = me.registry.attach(false);
        assertThat(first.index()).isZero();
        assertThat(first.ownerWord() >>> 16).isEqualTo(42);
        me.registry.detach(first);
        me.registry.detach(second);
    }

    @Test
    void aSlotWithoutSentinelLivesAsLongAsItsProcess() {
        Participant borrowed = other.registry.attach(false);
        assertThat(status(borrowed.index())).isEqualTo(SlotState.BORROWED);
        assertThat(me.registry.liveness().dead(borrowed.index())).isFalse();
        other.die();
        assertThat(me.registry.liveness().dead(borrowed.index())).isTrue();
    }

    /** It may be taken back in the same generation, and its tenant is the one that it was. */
    @Test
    void aSlotThatIsLentLivesAsLongAsItsProcess() {
        Participant lent = other.registry.attach(false);
        assertThat(other.registry.lend(lent)).isTrue();
        assertThat(status(lent.index())).isEqualTo(SlotState.IDLE);
        assertThat(me.registry.liveness().dead(lent.index())).isFalse();
        assertThat(me.registry.liveness().ownerDead(lent.ownerWord())).isFalse();
        other.die();
        assertThat(me.registry.liveness().dead(lent.index())).isTrue();
        assertThat(me.registry.liveness().ownerDead(lent.ownerWord())).isTrue();
    }

    @Test
    void theTenantOfASlotThatIsLentIsDeadWhenAnotherHasClaimedIt() {
        Participant lent = other.registry.attach(false);
        assertThat(other.registry.lend(lent)).isTrue();
        for (int free = 1; free < me.layout.maxVcpus(); free++) {
            me.registry.attach(false);
        }
        assertThat(me.registry.liveness().ownerDead(lent.ownerWord())).isFalse();
        Participant claimer = me.registry.attach(false);
        assertThat(claimer.index()).isEqualTo(lent.index());
        assertThat(other.registry.liveness().ownerDead(lent.ownerWord())).isTrue();
        assertThat(other.registry.liveness().ownerDead(claimer.ownerWord())).isFalse();
        assertThat(other.registry.takeBack(lent)).isFalse();
    }

    @Test
    void theMarkOfADeadThreadDoesNotStickToTheNextUserWithoutSentinel() throws Exception {
        Participant gone = attachAndEnd(me);
        assertThat(me.registry.reclaimer().reclaimDead()).isEqualTo(1);
        Participant borrowed = me.registry.attach(false);
        assertThat(borrowed.index()).isEqualTo(gone.index());
        assertThat(RobustMutex.ownerDied(me.memory.getInt(sentinelAt(borrowed.index()))))
                .isFalse();
        // Else whoever depends on it would not sleep.
        Participant waiter = me.registry.attach(false);
        long deadline = System.nanoTime() + 20_000_000;
        me.registry.parker().park(waiter, borrowed.index(), deadline);
        assertThat(System.nanoTime()).isGreaterThanOrEqualTo(deadline);
        me.registry.detach(waiter);
        me.registry.detach(borrowed);
    }

    @Test
    void whoeverDetachesWithAPlaceInAQueueIsDead() {
        Participant leaver = me.registry.attach(false);
        int node = me.vcpus.nodeOffset(LockWord.ref(leaver.index(), 2));
        me.memory.putInt(node + NodeDescriptor.GRANT_OFFSET, 7 << 8 | NodeDescriptor.ABANDONED);
        me.registry.detach(leaver);
        assertThat(status(leaver.index())).isEqualTo(SlotState.DEAD);
        assertThat(me.memory.getInt(node + NodeDescriptor.GRANT_OFFSET)).isEqualTo(7 << 8 | NodeDescriptor.ABANDONED);
    }

    /** By damage, or a wrong proof. Its mutex stands in the list that libc follows, until it is unlocked. */
    @Test
    void whoIsTakenForDeadUnlocksItsSentinelAndLeavesTheSlotToTheSurvivors() throws Exception {
        runAlone(() -> {
            Participant wronged = me.registry.attach(true);
            int vcpu = wronged.index();
            setState(vcpu, SlotState.withStatus(me.vcpus.stateVolatile(vcpu), SlotState.DEAD));
            me.registry.detach(wronged);
            assertThat(status(vcpu)).isEqualTo(SlotState.DEAD);
            assertThat(me.memory.getInt(sentinelAt(vcpu))).isZero();
            assertThat(other.registry.reclaimer().reclaimDead()).isEqualTo(1);
            Participant again = me.registry.attach(true);
            assertThat(again.index()).isEqualTo(vcpu);
            me.registry.detach(again);
            assertThat(status(vcpu)).isEqualTo(SlotState.FREE);
        });
    }

    @Test
    void whoIsBeingReclaimedTakesNothingFromTheReclaimer() throws Exception {
        runAlone(() -> {
            Participant wronged = me.registry.attach(true);
            int vcpu = wronged.index();
            long theirs = SlotState.of(
                    SlotState.RECLAIMING,
                    SlotState.generation(me.vcpus.stateVolatile(vcpu)),
                    other.registry.processes().index(),
                    other.registry.processes().generation());
            setState(vcpu, theirs);
            me.registry.detach(wronged);
            assertThat(me.vcpus.stateVolatile(vcpu)).isEqualTo(theirs);
            assertThat(me.memory.getInt(sentinelAt(vcpu))).isZero();
        });
    }

    @Test
    void whoseSlotAnotherHasByNowTakesNothingFromIt() {
        Participant wronged = me.registry.attach(false);
        int vcpu = wronged.index();
        setState(vcpu, SlotState.free(me.vcpus.stateVolatile(vcpu)));
        Participant next = other.registry.attach(false);
        assertThat(next.index()).isEqualTo(vcpu);
        long theirs = me.vcpus.stateVolatile(vcpu);
        me.registry.detach(wronged);
        assertThat(me.vcpus.stateVolatile(vcpu)).isEqualTo(theirs);
        assertThat(me.registry.lend(wronged)).isFalse();
        assertThat(me.vcpus.stateVolatile(vcpu)).isEqualTo(theirs);
        other.registry.detach(next);
    }

    // On a thread that ends then: the kernel follows its list.
    private static void runAlone(Team.Action work) throws Exception {
        try (Team team = new Team()) {
            team.run("alone", work).get();
        }
    }

    @Test
    void aFullTableCountsTheDeadThatCannotBeReclaimed() {
        List<Participant> crowd = new ArrayList<>();
        for (int i = 0; i < me.layout.maxVcpus(); i++) {
            crowd.add(me.registry.attach(false));
        }
        // One is dead and the tail of a queue behind a living member.
        int cell = me.cell("queued");
        Participant living = crowd.get(0);
        Participant dead = crowd.get(1);
        int head = LockWord.ref(living.index(), 0);
        int tail = LockWord.ref(dead.index(), 0);
        SlotReclaimerTest.queue(me, head, cell, 0, NodeDescriptor.GRANTED);
        SlotReclaimerTest.queue(me, tail, cell, head, NodeDescriptor.WAIT);
        me.memory.putLongVolatile(cell, LockWord.encodeTail(dead.index(), 0) & 0xffff_ffffL);
        setState(dead.index(), SlotState.withStatus(me.vcpus.stateVolatile(dead.index()), SlotState.DEAD));
        assertThatThrownBy(() -> me.registry.attach(false))
                .isInstanceOfSatisfying(
                        RegionException.class, e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL))
                .hasMessageContaining("32 of 32 vCPU slots used, 1 of them dead");
    }

    @Test
    void whoIsSlowFindsWhatOthersHaveFreedMeanwhile() throws Exception {
        Participant gone = attachAndEnd(me);
        for (int i = 1; i < me.layout.maxVcpus(); i++) {
            me.registry.attach(false);
        }
        other.registry.listen(new DeathListener() {
            @Override
            public void died(int vcpu) {
                // In the middle of other's look for dead slots: another one reclaims this
                // one, and other's patience ends.
                assertThat(me.registry.reclaimer().reclaimDead()).isEqualTo(1);
                for (long begin = System.nanoTime(); System.nanoTime() - begin < LONGER_THAN_PATIENCE_NS; ) {
                    LockSupport.parkNanos(LONGER_THAN_PATIENCE_NS);
                }
            }

            @Override
            public void releasingOwner(int owner, int cell) {}

            @Override
            public void ownerReclaimed(int vcpu, int cell) {}

            @Override
            public void reclaimed(int vcpu) {}
        });
        assertThat(other.registry.attach(false).index()).isEqualTo(gone.index());
    }

    // ---- ghosts

    @ParameterizedTest
    @ValueSource(ints = {SlotState.ATTACHED, SlotState.BORROWED})
    void aThreadThatNoProcessHasIsMarkedDead(int status) {
        // As in a file copied while it was used: the sentinel is held, by nobody whom this kernel will ever mark.
        setState(5, SlotState.of(status, 3, 9, 4));
        me.memory.putIntVolatile(sentinelAt(5), 4711);
        Participant real = me.registry.attach(true);
        me.registry.markGhosts();
        assertThat(status(5)).isEqualTo(SlotState.DEAD);
        assertThat(me.heard).containsExactly("died 5");
        assertThat(status(real.index())).isEqualTo(SlotState.ATTACHED);
        me.registry.markGhosts();
        assertThat(me.heard).hasSize(1);
        me.registry.detach(real);
    }

    /** A slot that another process lends now, in a generation that has come round again, is not the one that was lent. */
    @Test
    void onlyTheLenderTakesASlotBack() {
        Participant lent = me.registry.attach(false);
        assertThat(me.registry.lend(lent)).isTrue();
        long mine = me.vcpus.stateVolatile(lent.index());
        int process = other.registry.processes().index();
        long theirs = SlotState.of(
                SlotState.IDLE,
                SlotState.generation(mine),
                process,
                other.registry.processes().generation());
        assertThat(me.vcpus.casState(lent.index(), mine, theirs)).isTrue();
        assertThat(me.registry.takeBack(lent)).isFalse();
        assertThat(me.vcpus.casState(lent.index(), theirs, mine)).isTrue();
        assertThat(me.registry.takeBack(lent)).isTrue();
        me.registry.detach(lent);
    }

    @Test
    void anInterruptNeitherEndsThePatienceNorIsLost() {
        for (int i = 0; i < me.layout.maxVcpus(); i++) {
            other.registry.attach(false);
        }
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> me.registry.attach(false)).isInstanceOf(RegionException.class);
        assertThat(Thread.interrupted()).isTrue();
    }
}
