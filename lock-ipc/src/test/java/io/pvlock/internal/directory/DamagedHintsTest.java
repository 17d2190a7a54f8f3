package io.pvlock.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import io.pvlock.LockOptions.Policy;
import io.pvlock.ObjectType;
import io.pvlock.RegionOptions;
import io.pvlock.internal.directory.LockDirectory.Template;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.internal.layout.ExtentDescriptor;
import io.pvlock.internal.layout.HeaderDescriptor;
import io.pvlock.kit.Seeds;
import io.pvlock.testing.Regions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The words that say where to look first are wrong: that costs a search, and nobody an entry or a byte. */
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DamagedHintsTest {

    private static final int LOCKS = 16;
    private static final int EXTENT_BYTES = 256;
    private static final int OBJECT_BYTES = LOCKS * EXTENT_BYTES;
    private static final Template OBJECT =
            Template.object(ObjectType.RECORD, Policy.HYBRID, EXTENT_BYTES - ExtentDescriptor.BODY_OFFSET, List.of());

    @TempDir
    Path directory;

    private DirectoryProcess process;
    private int generations;

    @BeforeEach
    void enter() {
        process = new DirectoryProcess(directory.resolve("test"), options());
    }

    private static RegionOptions options() {
        return Regions.small().maxLocks(LOCKS).objectBytes(OBJECT_BYTES);
    }

    @AfterEach
    void leave() {
        process.close();
    }

    private void makeOne() {
        process.make("name " + generations++, OBJECT);
    }

    // By a process that has looked up none of them.
    private void removeSome(Random random) {
        List<String> names = new ArrayList<>(process.all());
        process.close();
        process = new DirectoryProcess(directory.resolve("test"), options());
        names.removeIf(name -> random.nextBoolean());
        assertThat(names).allMatch(process::remove);
    }

    private void fill() {
        while (process.all().size() < LOCKS) {
            makeOne();
        }
        Set<Integer> cells = new TreeSet<>();
        Set<Integer> extents = new TreeSet<>();
        process.names.all().forEach(named -> {
            cells.add(named.entry().cell());
            extents.add(named.entry().extentOffset());
        });
        assertThat(cells).hasSize(LOCKS);
        assertThat(extents).hasSize(LOCKS);
        assertThat(process.damage()).isEmpty();
    }

    private int at(int entry, int field) {
        return process.layout.entriesOffset() + entry * EntryDescriptor.LENGTH + field;
    }

    private boolean isUnused(int entry) {
        return process.memory.getInt(at(entry, EntryDescriptor.BUCKET_OFFSET)) == 0;
    }

    private long any(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> random.nextInt(2 * LOCKS) - LOCKS;
            case 3 ->
                ObjectRoom.word(
                        process.layout.objectsOffset()
                                + random.nextInt(OBJECT_BYTES / ExtentDescriptor.ALIGNMENT)
                                        * ExtentDescriptor.ALIGNMENT,
                        EXTENT_BYTES);
            default -> random.nextLong();
        };
    }

    private void damage(Random random) {
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
            int entry = random.nextInt(LOCKS);
            switch (random.nextInt(4)) {
                case 0 -> process.memory.putInt(HeaderDescriptor.UNUSED_ENTRY_OFFSET, (int) any(random));
                case 1 -> process.memory.putInt(at(entry, EntryDescriptor.LINK_OFFSET), (int) any(random));
                case 2 -> process.memory.putLong(HeaderDescriptor.ROOM_OFFSET, any(random));
                default -> {
                    if (isUnused(entry)) {
                        process.memory.putLong(at(entry, EntryDescriptor.SPARE_OFFSET), any(random));
                    }
                }
            }
        }
    }

    @RepeatedTest(50)
    void damagedHintsCostASearch(RepetitionInfo info) {
        Random random = new Random(Seeds.of("DamagedHintsTest", info.getCurrentRepetition()));
        for (int round = 0; round < 4; round++) {
            for (int n = random.nextInt(LOCKS); n > 0 && process.all().size() < LOCKS; n--) {
                makeOne();
            }
            removeSome(random);
            damage(random);
            fill();
            damage(random);
            removeSome(random);
        }
        fill();
    }

    @Test
    void aListThatGoesInACircleEnds() {
        for (int i = 0; i < LOCKS - 1; i++) {
            makeOne();
        }
        process.memory.putInt(HeaderDescriptor.UNUSED_ENTRY_OFFSET, 3);
        process.memory.putInt(at(3, EntryDescriptor.LINK_OFFSET), 0);
        process.memory.putInt(at(4, EntryDescriptor.LINK_OFFSET), -2); // from 4 to 3
        fill();
    }
}
