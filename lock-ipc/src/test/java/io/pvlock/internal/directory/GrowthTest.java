package io.pvlock.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockInfo;
import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.RegionOptions;
import io.pvlock.core.LockCell;
import io.pvlock.core.LockWord;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.look.RegionInspector;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Of each name as many words are looked at in a large region as in a small one: counted, not timed. */
@Timeout(value = 300, threadMode = SEPARATE_THREAD)
class GrowthTest {

    private static final int SMALL = 500;
    private static final int LARGE = 16_000;
    /** Of a name: its own buckets, one entry, its words. */
    private static final int FEW = 60;
    /** Beside its own, a removal sweeps so many. */
    private static final int SWEPT = 2_048;

    private static final int BODY_BYTES = 192;

    @TempDir
    Path directory;

    private DirectoryProcess process;
    private long looks;

    @AfterEach
    void leave() {
        process.close();
    }

    private RegionOptions options(int size) {
        return Regions.small()
                .maxLocks(size)
                .maxVcpus(1024)
                .objectBytes(size * (BODY_BYTES + ExtentDescriptor.BODY_OFFSET));
    }

    private interface Each {
        void run(int name);
    }

    private void enter(int size) {
        if (process != null) {
            process.close();
        }
        process = new DirectoryProcess(directory.resolve("of " + size), options(size), () -> looks++, () -> {});
    }

    /** How many words are looked at for each of {@code count}. */
    private double looks(int count, Each each) {
        return looksOf(count, () -> {
            for (int name = 0; name < count; name++) {
                each.run(name);
            }
        });
    }

    private double looksOf(int count, Runnable action) {
        long before = looks;
        action.run();
        return (double) (looks - before) / count;
    }

    private LockEntry make(int name, Template template) {
        return process.make("name " + name, template);
    }

    private static Template lock() {
        return new Template(LockKind.PV, Policy.HYBRID.code(), 0);
    }

    private static Template object() {
        return Template.object(ObjectType.RECORD, Policy.HYBRID, BODY_BYTES, List.of());
    }

    private void assertDoesNotGrow(double small, double large) {
        assertThat(small).isBetween(1.0, (double) FEW);
        assertThat(large).isLessThan(small * 1.5 + 5);
    }

    // ---- making

    @Test
    void makingALock() {
        double small = madeAndFound(SMALL, lock());
        assertDoesNotGrow(small, madeAndFound(LARGE, lock()));
    }

    @Test
    void makingAnObject() {
        double small = madeAndFound(SMALL, object());
        assertDoesNotGrow(small, madeAndFound(LARGE, object()));
    }

    // The whole region, so that it is full in the end; the search for room at the first object is one of each.
    private double madeAndFound(int size, Template template) {
        enter(size);
        double making = looks(size, name -> make(name, template));
        double finding = looks(size, name -> make(name, template));
        assertThat(finding).isLessThan(FEW / 2.0);
        return making;
    }

    // ---- removing

    @Test
    void removingAndMakingAgain() {
        for (Template template : List.of(lock(), object())) {
            enter(LARGE);
            looks(LARGE, name -> make(name, template));
            enter(LARGE);
            // Every second one, so that what is free is in many pieces.
            double removing = looks(LARGE / 2, name -> process.remove("name " + 2 * name));
            assertThat(removing).isLessThan(SWEPT + 2 * FEW);
            enter(LARGE);
            double making = looks(LARGE / 2, name -> make(LARGE + name, template));
            // Some counts among them: is it 80 % full?
            assertThat(making).isLessThan(2 * FEW);
            assertThat(process.names.all()).hasSize(LARGE);
            enter(LARGE);
            looks(LARGE, name -> process.remove("name " + (LARGE / 2 + name)));
            looks(LARGE / 2, name -> process.remove("name " + name));
            assertThat(process.names.all()).isEmpty();
        }
    }

    @Test
    void removingWhatThisProcessHasObjectsOf() {
        enter(LARGE);
        List<LockEntry> kept = new ArrayList<>();
        looks(LARGE, name -> kept.add(make(name, lock())));
        double removing = looks(LARGE, name -> process.remove("name " + name));
        assertThat(removing).isLessThan(2 * SWEPT + FEW);
        assertThat(kept).hasSize(LARGE);
    }

    // ---- looking

    @Test
    void theNameOfACell() {
        enter(LARGE);
        int[] cells = new int[LARGE];
        looks(LARGE, name -> cells[name] = make(name, lock()).cell());
        double looking = looks(
                LARGE, name -> assertThat(process.names.nameOf(cells[name])).isEqualTo("name " + name));
        assertThat(looking).isLessThan(FEW / 2.0);
    }

    @Test
    void theNameOfACellOfAnArray() {
        enter(LARGE);
        int[] extents = new int[LARGE];
        Template array = Template.object(ObjectType.LOCK_ARRAY, Policy.HYBRID, BODY_BYTES, List.of(24L));
        looks(LARGE, name -> extents[name] = make(name, array).extentOffset());
        // The first one makes for a search of all.
        double looking = looks(
                LARGE,
                name -> assertThat(process.names.nameOf(
                                extents[name] + ExtentDescriptor.BODY_OFFSET + 2 * LockCell.LENGTH))
                        .isEqualTo("name " + name + "[2]"));
        assertThat(looking).isLessThan(FEW);
    }

    @Test
    void aSnapshotOfLocksThatAreAllHeld() {
        enter(LARGE);
        long held = LockCell.of(LockWord.LOCKED, LockCell.ownerWord(3, 1));
        looks(LARGE, name -> process.memory.putLong(make(name, lock()).cell(), held));
        RegionInspector inspector = new RegionInspector(process.registry, process.names, process.layout);
        double looking = looksOf(LARGE, () -> {
            List<LockInfo> locks = inspector.locks();
            assertThat(locks).hasSize(LARGE);
            assertThat(locks.get(7).owner()).isPresent();
        });
        assertThat(looking).isLessThan(2 * FEW);
    }

    @Test
    void aCheck() {
        enter(LARGE);
        looks(LARGE, name -> make(name, object()));
        double looking = looksOf(LARGE, () -> assertThat(process.damage()).isEmpty());
        assertThat(looking).isLessThan(2 * FEW);
    }

    @Test
    void whatAThreadStillHolds() {
        enter(LARGE);
        looks(LARGE, name -> make(name, lock()));
        enter(LARGE);
        int owner = LockCell.ownerWord(3, 1);
        for (int name : new int[] {5, 9_000, LARGE - 1}) {
            LockEntry entry = make(name, lock());
            process.memory.putLong(entry.cell(), LockCell.of(LockWord.LOCKED, owner));
            double looking = looksOf(
                    1,
                    () -> assertThat(process.names.cellOf(owner, CellPages.ALL)).isEqualTo(entry.cell()));
            assertThat(looking).isLessThan(FEW);
            process.memory.putLong(entry.cell(), 0);
            assertThat(process.names.cellOf(owner, CellPages.ALL)).isNegative();
        }
    }
}
