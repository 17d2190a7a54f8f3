package io.pvlock.internal.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockKind;
import io.pvlock.RegionReport.Finding;
import io.pvlock.RegionReport.Severity;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.layout.DirectoryDescriptor;
import io.pvlock.internal.layout.EntryDescriptor;
import io.pvlock.testing.TestProcess;
import java.nio.file.Path;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Others make and remove names while a region is checked. */
@Timeout(60)
class RegionCheckerTest {

    @TempDir
    Path directory;

    private TestProcess process;
    private int entryOffset;
    private int stateOffset;

    @BeforeEach
    void enter() {
        enter("region");
    }

    private void enter(String file) {
        leave();
        process = TestProcess.enter(directory.resolve(file));
        LockEntry entry = process.lock("name", LockKind.PV);
        entryOffset = entry.cell() - EntryDescriptor.CELL_OFFSET;
        int bucket = process.memory.getInt(entryOffset + EntryDescriptor.BUCKET_OFFSET) - 1;
        stateOffset = process.layout.directoryOffset()
                + bucket * DirectoryDescriptor.LENGTH
                + DirectoryDescriptor.STATE_OFFSET;
    }

    @AfterEach
    void leave() {
        if (process != null) {
            process.close();
        }
    }

    /** Runs {@code change} once, right after the state of the bucket has been read for the {@code at}-th time. */
    private List<Finding> check(int at, Runnable change) {
        int[] reads = new int[1];
        UnsafeBuffer memory = new UnsafeBuffer(process.memory) {
            @Override
            public long getLongVolatile(int index) {
                long value = super.getLongVolatile(index);
                if (index == stateOffset && ++reads[0] == at) {
                    change.run();
                }
                return value;
            }
        };
        return new RegionChecker(memory, process.layout, process.registry, process.directory).check();
    }

    @Test
    void whatIsRemovedInTheMiddleOfALookIsNoDamage() {
        // The entry's own look reads the state, too: whichever look the change comes in.
        for (int at = 1; at <= 5; at++) {
            assertThat(check(at, this::remove)).noneMatch(finding -> finding.severity() == Severity.DAMAGE);
            enter("again" + at);
        }
    }

    // As RemovedEntries does it; the entry first.
    private void remove() {
        process.memory.putIntVolatile(entryOffset + EntryDescriptor.BUCKET_OFFSET, 0);
        process.memory.putLongVolatile(stateOffset, DirectoryDescriptor.VACANT);
    }

    @Test
    void whatStaysAsItIsIsDamage() {
        process.memory.putInt(entryOffset + EntryDescriptor.BUCKET_OFFSET, 0);
        assertThat(check(0, () -> {}))
                .filteredOn(finding -> finding.severity() == Severity.DAMAGE)
                .singleElement()
                .satisfies(finding -> assertThat(finding.toString()).contains("which belongs to bucket -1"));
    }
}
