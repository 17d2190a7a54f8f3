package io.pvlock.internal.layout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PackedStateTest {

    @Test
    void processStateKeepsItsParts() {
        for (int generation : new int[] {0, 1, 0x8000, 0xffff}) {
            long state = ProcessDescriptor.state(ProcessDescriptor.LIVE, generation);
            assertThat(ProcessDescriptor.status(state)).isEqualTo(ProcessDescriptor.LIVE);
            assertThat(ProcessDescriptor.generation(state)).isEqualTo(generation);
        }
        // An overflowing generation wraps, it does not spill.
        assertThat(ProcessDescriptor.state(ProcessDescriptor.LIVE, 0x10000))
                .isEqualTo(ProcessDescriptor.state(ProcessDescriptor.LIVE, 0));
    }

    @Test
    void directoryStateKeepsItsParts() {
        int[][] cases = {
            {0, 0, 0}, {1, 2, 3}, {RegionLayout.MAX_PROCESSES - 1, 0xffff, DirectoryDescriptor.MAX_ENTRIES - 1}
        };
        for (int[] c : cases) {
            long state = DirectoryDescriptor.state(DirectoryDescriptor.CLAIMED, c[0], c[1], c[2]);
            assertThat(DirectoryDescriptor.status(state)).isEqualTo(DirectoryDescriptor.CLAIMED);
            assertThat(DirectoryDescriptor.process(state)).isEqualTo(c[0]);
            assertThat(DirectoryDescriptor.generation(state)).isEqualTo(c[1]);
            assertThat(DirectoryDescriptor.entry(state)).isEqualTo(c[2]);
        }
    }

    @Test
    void aZeroedRecordIsFreeAndAZeroedBucketEmpty() {
        assertThat(ProcessDescriptor.status(0)).isEqualTo(ProcessDescriptor.FREE);
        assertThat(DirectoryDescriptor.status(0)).isEqualTo(DirectoryDescriptor.EMPTY);
    }

    @Test
    void aDirectoryIsAtMostHalfFull() {
        assertThat(DirectoryDescriptor.capacity(1)).isEqualTo(2);
        assertThat(DirectoryDescriptor.capacity(2)).isEqualTo(4);
        assertThat(DirectoryDescriptor.capacity(3)).isEqualTo(8);
        assertThat(DirectoryDescriptor.capacity(1024)).isEqualTo(2048);
        assertThat(DirectoryDescriptor.capacity(1025)).isEqualTo(4096);
    }
}
