package io.pvlock.internal.slot;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.RegionException;
import io.pvlock.internal.layout.ProcessDescriptor;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.linux.NativeFile;
import io.pvlock.linux.OfdLock;
import io.pvlock.linux.Processes;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TestProcess;
import io.pvlock.testing.TwoProcessesTest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is in the region, and what proves that somebody is gone. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class ProcessTableTest extends TwoProcessesTest {

    private boolean isDead(int process, int generation) {
        return me.registry.processes().isDead(process, generation);
    }

    @Test
    void theLivingAreAlive() {
        ProcessTable mine = me.registry.processes();
        ProcessTable others = other.registry.processes();
        assertThat(others.index()).isNotEqualTo(mine.index());
        assertThat(isDead(mine.index(), mine.generation())).isFalse();
        assertThat(isDead(others.index(), others.generation())).isFalse();
        assertThat(others.isDead(mine.index(), mine.generation())).isFalse();
        assertThat(mine.othersAlive()).isEqualTo(1);
    }

    @Test
    void anotherGenerationIsDead() {
        ProcessTable others = other.registry.processes();
        assertThat(isDead(others.index(), others.generation() - 1)).isTrue();
        assertThat(isDead(others.index(), others.generation() + 1)).isTrue();
        ProcessTable mine = me.registry.processes();
        assertThat(isDead(mine.index(), mine.generation() - 1)).isTrue();
    }

    @Test
    void whoeverLeftIsDead() {
        ProcessTable others = other.registry.processes();
        other.close();
        assertThat(isDead(others.index(), others.generation())).isTrue();
        assertThat(me.registry.processes().othersAlive()).isZero();
    }

    @Test
    void whoeverWasKilledIsDeadThoughItsEntrySaysLive() {
        ProcessTable others = other.registry.processes();
        int state = me.layout.processesOffset() + others.index() * ProcessDescriptor.LENGTH;
        other.die();
        assertThat(ProcessDescriptor.status(me.memory.getLongVolatile(state))).isEqualTo(ProcessDescriptor.LIVE);
        assertThat(isDead(others.index(), others.generation())).isTrue();
        assertThat(me.registry.processes().othersAlive()).isZero();
    }

    @Test
    void anEntryThatDoesNotExistIsDead() {
        assertThat(isDead(me.layout.maxProcesses(), 1)).isTrue();
        assertThat(isDead(me.layout.maxProcesses() - 1, 0)).as("never used").isTrue();
    }

    @Test
    void theEntryOfTheDeadIsUsedAgainInANewGeneration() {
        int index = other.registry.processes().index();
        int generation = other.registry.processes().generation();
        other.die();
        try (TestProcess next = TestProcess.enter(path)) {
            assertThat(next.registry.processes().index()).isEqualTo(index);
            assertThat(next.registry.processes().generation()).isEqualTo(generation + 1);
            assertThat(isDead(index, generation)).isTrue();
            assertThat(isDead(index, generation + 1)).isFalse();
        }
    }

    @Test
    void anEntrySaysWhoItIs() {
        int pid = (int) ProcessHandle.current().pid();
        ProcessTable others = other.registry.processes();
        assertThat(me.registry.processes().pid(others.index())).isEqualTo(pid);
        assertThat(me.registry.processes().commandName(others.index())).isEqualTo("java");
        int entry = me.layout.processesOffset() + others.index() * ProcessDescriptor.LENGTH;
        assertThat(me.memory.getLong(entry + ProcessDescriptor.START_TIME_OFFSET))
                .isEqualTo(Processes.startTime(pid));
        assertThat(me.memory.getLong(entry + ProcessDescriptor.BOOT_ID_OFFSET))
                .isEqualTo(Processes.bootId().getMostSignificantBits());
        assertThat(me.memory.getLong(entry + ProcessDescriptor.PID_NAMESPACE_OFFSET))
                .isEqualTo(Processes.pidNamespaceInode());
    }

    @Test
    void aFullTableSaysSoAndTheNextOneFitsWhenSomebodyHasLeft() {
        List<TestProcess> crowd = new ArrayList<>();
        for (int i = 2; i < me.layout.maxProcesses(); i++) {
            crowd.add(TestProcess.enter(path));
        }
        assertThatThrownBy(() -> TestProcess.enter(path))
                .isInstanceOfSatisfying(
                        RegionException.class, e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL))
                .hasMessageContaining("16 of 16 process entries")
                .hasMessageContaining("RegionOptions.maxProcesses");
        crowd.get(3).die();
        try (TestProcess next = TestProcess.enter(path)) {
            assertThat(next.registry.processes().index())
                    .isEqualTo(crowd.get(3).registry.processes().index());
        }
        crowd.forEach(TestProcess::close);
        assertThat(me.registry.processes().othersAlive()).isEqualTo(1);
    }

    // ---- the gate

    @Test
    void nobodyEntersWhileTheGateIsShut() throws Exception {
        NativeFile file = NativeFile.open(path);
        try (file;
                Team team = new Team()) {
            assertThat(OfdLock.tryLock(file, me.layout.maxProcesses(), 1)).isTrue();
            Member<TestProcess> late = team.start("late", () -> TestProcess.enter(path));
            until(
                    "it stands at the gate",
                    () -> List.of(late.thread().getStackTrace()).stream()
                            .anyMatch(frame -> frame.getMethodName().equals("passGate")));
            assertThat(late.isDone()).isFalse();
            assertThat(me.registry.processes().othersAlive()).isEqualTo(1);
            OfdLock.unlock(file, me.layout.maxProcesses(), 1);
            late.get().close();
        }
    }

    @Test
    void aloneMeansThatNoOtherIsThereOrAboutToBe() {
        AtomicInteger runs = new AtomicInteger();
        ProcessTable mine = me.registry.processes();
        assertThat(mine.runAlone(runs::incrementAndGet)).isFalse();
        other.die();
        assertThat(mine.runAlone(runs::incrementAndGet)).isTrue();
        assertThat(runs).hasValue(1);
        try (NativeFile entering = NativeFile.open(path)) {
            assertThat(OfdLock.tryLock(entering, me.layout.maxProcesses(), 1)).isTrue();
            assertThat(mine.runAlone(runs::incrementAndGet)).isFalse();
        }
        assertThat(mine.runAlone(runs::incrementAndGet)).isTrue();
        assertThat(runs).hasValue(2);
        try (TestProcess next = TestProcess.enter(path, Regions.small())) {
            assertThat(next.registry.processes().othersAlive()).isEqualTo(1);
        }
    }
}
