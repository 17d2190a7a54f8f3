package io.pvlock.internal.directory;

import static io.pvlock.kit.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockKind;
import io.pvlock.RegionException;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.NameDescriptor;
import io.pvlock.kit.Team;
import io.pvlock.kit.Team.Member;
import io.pvlock.testing.Regions;
import io.pvlock.testing.TestProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class LockDirectoryTest {

    @TempDir
    Path directory;

    private TestProcess process;
    private TestProcess other;
    private TestProcess scratch;

    @BeforeEach
    void enter() {
        scratch = TestProcess.enter(directory.resolve("scratch.pvl"));
        process = TestProcess.enter(directory.resolve("test.pvl"));
        other = TestProcess.enter(directory.resolve("test.pvl"));
    }

    @AfterEach
    void leave() {
        process.close();
        other.close();
        scratch.close();
    }

    // ---- racing

    @Test
    void whoeverRacesForANameGetsTheSameEntry() throws Exception {
        int locks = 2_000;
        Path large = directory.resolve("large.pvl");
        TestProcess one = TestProcess.enter(large, Regions.small().maxLocks(locks));
        TestProcess two = TestProcess.enter(large);
        List<Member<List<Integer>>> racers = new ArrayList<>();
        CyclicBarrier barrier = new CyclicBarrier(4);
        try (Team team = new Team()) {
            for (int i = 0; i < 4; i++) {
                TestProcess mine = i % 2 == 0 ? one : two;
                racers.add(team.start("racer " + i, () -> {
                    List<Integer> cells = new ArrayList<>();
                    for (int lock = 0; lock < locks; lock++) {
                        if (lock % 10 == 0) {
                            barrier.await();
                        }
                        cells.add(mine.cell("lock " + lock));
                    }
                    return cells;
                }));
            }
            team.join();
        }
        List<Integer> cells = racers.get(0).get();
        assertThat(cells).hasSize(locks).doesNotHaveDuplicates();
        for (Member<List<Integer>> racer : racers) {
            assertThat(racer.get()).isEqualTo(cells);
        }
        assertThat(one.directory.all()).hasSize(locks);
        one.close();
        two.close();
    }

    // ---- claims of the dead

    /** The bucket in which {@code name} stands, or would. */
    private int homeOf(String name) {
        clear(scratch);
        scratch.cell(name);
        return IntStream.range(0, scratch.layout.directoryCapacity())
                .filter(bucket -> statusOf(scratch, bucket) == DirectoryDescriptor.READY)
                .findFirst()
                .orElseThrow();
    }

    private static void clear(TestProcess process) {
        process.memory.setMemory(
                process.layout.directoryOffset(),
                process.layout.directoryCapacity() * DirectoryDescriptor.LENGTH,
                (byte) 0);
        process.memory.setMemory(
                process.layout.entriesOffset(), process.layout.maxLocks() * EntryDescriptor.LENGTH, (byte) 0);
    }

    private static int stateOffset(TestProcess process, int bucket) {
        return process.layout.directoryOffset()
                + bucket * DirectoryDescriptor.LENGTH
                + DirectoryDescriptor.STATE_OFFSET;
    }

    private static int statusOf(TestProcess process, int bucket) {
        return DirectoryDescriptor.status(process.memory.getLongVolatile(stateOffset(process, bucket)));
    }

    private int bucketFieldOf(int entry) {
        return process.layout.entriesOffset() + entry * EntryDescriptor.LENGTH + EntryDescriptor.BUCKET_OFFSET;
    }

    private long usedEntries() {
        return IntStream.range(0, process.layout.maxLocks())
                .filter(entry -> process.memory.getInt(bucketFieldOf(entry)) != 0)
                .count();
    }

    private void claim(int bucket, int claimer, int generation, int entry) {
        process.memory.putLongVolatile(
                stateOffset(process, bucket),
                DirectoryDescriptor.state(DirectoryDescriptor.CLAIMED, claimer, generation, entry));
    }

    private enum Death {
        BYTE_LOCK_DROPPED,
        ENTRY_REUSED,
        ENTRY_LEFT,
        NO_SUCH_ENTRY
    }

    /** Claims the bucket in the name of a process that is dead in this way. */
    private void claimByDead(int bucket, String death, int entry) {
        int claimer = other.registry.processes().index();
        int generation = other.registry.processes().generation();
        switch (Death.valueOf(death)) {
            case BYTE_LOCK_DROPPED -> {
                other.die();
                claim(bucket, claimer, generation, entry);
            }
            case ENTRY_REUSED -> claim(bucket, claimer, generation - 1, entry);
            case ENTRY_LEFT -> {
                other.close();
                claim(bucket, claimer, generation, entry);
            }
            case NO_SUCH_ENTRY -> claim(bucket, process.layout.maxProcesses(), 1, entry);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BYTE_LOCK_DROPPED", "ENTRY_REUSED", "ENTRY_LEFT", "NO_SUCH_ENTRY"})
    void aBucketClaimedByTheDeadIsTakenOver(String death) {
        int bucket = homeOf("wanted");
        claimByDead(bucket, death, 0);
        assertThat(process.directory.find("wanted")).isNull();
        LockEntry entry = process.lock("wanted", LockKind.TAS);
        assertThat(entry.kind()).isEqualTo(LockKind.TAS);
        assertThat(statusOf(process, bucket)).isEqualTo(DirectoryDescriptor.READY);
        assertThat(usedEntries()).isEqualTo(1);
        assertThat(process.directory.find("wanted").cell()).isEqualTo(entry.cell());
    }

    @ParameterizedTest
    @ValueSource(strings = {"BYTE_LOCK_DROPPED", "ENTRY_REUSED", "ENTRY_LEFT", "NO_SUCH_ENTRY"})
    void theEntryThatTheDeadHadReservedIsUsed(String death) {
        int bucket = homeOf("wanted");
        int reserved = 5;
        claimByDead(bucket, death, reserved);
        // Half made: entry 5 names the bucket, its kind and name are somebody's who did not get any further.
        process.memory.putInt(bucketFieldOf(reserved), bucket + 1);
        int name = process.layout.namesOffset() + reserved * NameDescriptor.LENGTH;
        process.memory.putInt(name + NameDescriptor.NAME_LENGTH_OFFSET, 3);
        process.memory.putBytes(name + NameDescriptor.NAME_OFFSET, new byte[] {'h', 'a', 'l'});
        LockEntry entry = process.lock("wanted", LockKind.PV);
        assertThat(entry.cell()).isEqualTo(cellOf(reserved));
        assertThat(usedEntries()).isEqualTo(1);
        assertThat(process.directory.all())
                .singleElement()
                .satisfies(named -> assertThat(named.name()).isEqualTo("wanted"));
    }

    @Test
    void aBucketClaimedByTheDeadIsTakenOverForAnotherNameToo() {
        List<String> colliding = colliding(2);
        int bucket = homeOf(colliding.get(0));
        claimByDead(bucket, "BYTE_LOCK_DROPPED", 7);
        process.memory.putInt(bucketFieldOf(7), bucket + 1);
        int second = process.cell(colliding.get(1));
        int first = process.cell(colliding.get(0));
        assertThat(second).isEqualTo(cellOf(7)).isNotEqualTo(first);
        assertThat(process.directory.all())
                .extracting(LockDirectory.Named::name)
                .containsExactlyInAnyOrderElementsOf(colliding);
    }

    private int cellOf(int entry) {
        return process.layout.entriesOffset() + entry * EntryDescriptor.LENGTH + EntryDescriptor.CELL_OFFSET;
    }

    // ---- making

    @Test
    void whoMakesANameWaitsForWhoeverMakesAnother() throws Exception {
        process.cell("there");
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (Team team = new Team()) {
            team.run(
                    "maker",
                    () -> other.registry.processes().exclusively(() -> {
                        inside.countDown();
                        try {
                            end.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    }));
            inside.await();
            Member<Integer> waiter = team.start("waiter", () -> process.cell("wanted"));
            until(
                    "it waits",
                    () -> List.of(waiter.thread().getStackTrace()).stream()
                            .anyMatch(frame -> frame.getMethodName().equals("exclusively")));
            assertThat(waiter.isDone()).isFalse();
            assertThat(process.cell("there")).as("what exists is found").isPositive();
            end.countDown();
            assertThat(waiter.get()).isEqualTo(process.directory.find("wanted").cell());
        }
    }

    // ---- collisions

    /** Names that begin their search in one and the same bucket, the last of the table, so that all but one wrap around. */
    private List<String> colliding(int count) {
        List<String> names = new ArrayList<>();
        for (int i = 0; names.size() < count; i++) {
            if (homeOf("name " + i) == process.layout.directoryCapacity() - 1) {
                names.add("name " + i);
            }
        }
        return names;
    }

    @Test
    void namesThatCollideAreAllFound() {
        int locks = process.layout.maxLocks();
        List<String> names = colliding(locks + 1);
        String tooMany = names.remove(locks);
        Set<Integer> cells = new HashSet<>();
        for (String name : names) {
            assertThat(process.directory.find(name)).isNull();
            cells.add(process.cell(name));
        }
        assertThat(cells).hasSize(locks);
        for (String name : names) {
            assertThat(cells).contains(other.directory.find(name).cell());
            assertThat(other.cell(name)).isEqualTo(process.cell(name));
        }
        assertThat(process.directory.find(tooMany)).isNull();
        assertFull(tooMany);
        assertFull(tooMany);
        assertThat(statusOf(process, locks - 1))
                .as("the bucket that the refused one had claimed")
                .isEqualTo(DirectoryDescriptor.EMPTY);
    }

    private void assertFull(String name) {
        assertThatThrownBy(() -> process.cell(name))
                .isInstanceOfSatisfying(
                        RegionException.class, e -> assertThat(e.category()).isEqualTo(RegionException.Category.FULL))
                .hasMessageContaining("16 of 16 locks");
    }

    @Test
    void namesAreComparedAndNotJustTheirHashes() {
        int first = process.cell("wanted");
        // As if another name had the same 64 bits of hash.
        int name = process.layout.namesOffset();
        process.memory.putBytes(name + NameDescriptor.NAME_OFFSET, new byte[] {'h', 'u', 'n'});
        assertThat(process.directory.find("wanted")).isNull();
        assertThat(process.cell("wanted")).isNotEqualTo(first);
        assertThat(process.directory.all())
                .extracting(LockDirectory.Named::name)
                .containsExactlyInAnyOrder("hunted", "wanted");
    }

    @Test
    void aTableWithoutAnEmptyBucketEndsTheSearchAllTheSame() {
        process.cell("there");
        for (int bucket = 0; bucket < process.layout.directoryCapacity(); bucket++) {
            if (statusOf(process, bucket) == DirectoryDescriptor.EMPTY) {
                process.memory.putLongVolatile(
                        stateOffset(process, bucket), DirectoryDescriptor.state(DirectoryDescriptor.READY, 0, 0, 1));
            }
        }
        assertThat(process.directory.find("missing")).isNull();
        assertFull("missing");
        assertThat(process.directory.find("there")).isNotNull();
    }

    @Test
    void aBucketThatLeadsOutOfTheTableIsCorrupt() {
        int bucket = homeOf("wanted");
        process.cell("wanted");
        process.memory.putLongVolatile(
                stateOffset(process, bucket),
                DirectoryDescriptor.state(DirectoryDescriptor.READY, 0, 0, process.layout.maxLocks()));
        assertThatThrownBy(() -> process.cell("wanted"))
                .isInstanceOfSatisfying(
                        RegionException.class,
                        e -> assertThat(e.category()).isEqualTo(RegionException.Category.CORRUPT))
                .hasMessageContaining("fsck");
        process.cell("other");
        assertThat(process.directory.all())
                .extracting(LockDirectory.Named::name)
                .containsExactly("other");
    }

    // ---- entries

    @Test
    void whatALockIsStandsInItsEntry() {
        LockEntry made = process.directory.findOrCreate(
                "made", new LockDirectory.Template(LockKind.MCS, 2, 3), process.registry.processes());
        for (LockEntry entry : List.of(made, other.directory.find("made"))) {
            assertThat(entry.kind()).isEqualTo(LockKind.MCS);
            assertThat(entry.policy()).isEqualTo(2);
            assertThat(process.memory.getInt(
                            entry.cell() - EntryDescriptor.CELL_OFFSET + EntryDescriptor.WAIT_MODE_OFFSET))
                    .isEqualTo(3);
            assertThat(entry.cellVolatile()).isZero();
            assertThat(entry.lastToken()).isZero();
            assertThat(entry.deathCount()).isZero();
        }
        assertThat(process.directory.isParavirt(made.cell())).isFalse();
        assertThat(process.directory.isParavirt(process.cell("pv"))).isTrue();
        assertThat(process.directory.isParavirt(0)).isFalse();
        assertThat(process.directory.isParavirt(process.layout.eventsOffset())).isFalse();
    }

    @Test
    void aDeathIsRecordedOnceHoweverManyFindIt() {
        LockEntry entry = process.lock("bereaved", LockKind.PV);
        LockEntry.Death first = new LockEntry.Death(0x0001_0001, 11, 12, 13, 14);
        entry.recordDeath(first);
        entry.recordDeath(first);
        assertThat(entry.deathCount()).isEqualTo(1);
        assertThat(other.directory.find("bereaved").lastDeath()).isEqualTo(first);
        LockEntry.Death second = new LockEntry.Death(0x0002_0001, 21, 22, 23, 24);
        entry.recordDeath(second);
        assertThat(entry.deathCount()).isEqualTo(2);
        assertThat(entry.lastDeath()).isEqualTo(second);
    }

    @Test
    void tokensAndTimesAreTheEntrysOwn() {
        LockEntry one = process.lock("one", LockKind.PV);
        LockEntry two = process.lock("two", LockKind.PV);
        assertThat(one.nextToken()).isEqualTo(1);
        assertThat(one.nextToken()).isEqualTo(2);
        assertThat(two.nextToken()).isEqualTo(1);
        one.heldSinceNs(42);
        assertThat(one.heldSinceNs()).isEqualTo(42);
        assertThat(two.heldSinceNs()).isZero();
        assertThat(one.cellVolatile()).isZero();
    }
}
