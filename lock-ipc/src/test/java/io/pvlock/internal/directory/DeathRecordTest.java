package io.pvlock.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.internal.directory.LockEntry.Death;
import io.pvlock.internal.layout.EntryDescriptor;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The record of a lock's last death, looked at, left and written anew between any two accesses of whoever writes it. */
class DeathRecordTest {

    private static final Death FIRST = new Death(0x0001_0001, 11, 12, 13, 14);
    private static final Death SECOND = new Death(0x0002_0001, 21, 22, 23, 24);
    private static final Death THIRD = new Death(0x0003_0001, 31, 32, 33, 34);

    private final byte[] memory = new byte[EntryDescriptor.LENGTH];
    private final LockEntry entry = new LockEntry(new UnsafeBuffer(memory), 0);

    /** Does something before each access that changes it. */
    private static final class Watched extends UnsafeBuffer {

        private final Runnable before;

        Watched(byte[] memory, Runnable before) {
            super(memory);
            this.before = before;
        }

        @Override
        public void putInt(int index, int value) {
            before.run();
            super.putInt(index, value);
        }

        @Override
        public void putLong(int index, long value) {
            before.run();
            super.putLong(index, value);
        }

        @Override
        public void putIntOpaque(int index, int value) {
            before.run();
            super.putIntOpaque(index, value);
        }

        @Override
        public void putLongOpaque(int index, long value) {
            before.run();
            super.putLongOpaque(index, value);
        }

        @Override
        public boolean compareAndSetInt(int index, int expected, int value) {
            before.run();
            return super.compareAndSetInt(index, expected, value);
        }
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void record(Death death, Runnable beforeEachStore) {
        new LockEntry(new Watched(memory, beforeEachStore), 0).recordDeath(death);
    }

    /** {@code event} happens before access number {@code at}; whether there was such an access. */
    private boolean recordWith(Death death, int at, Runnable event) {
        int[] accesses = {0};
        record(death, () -> {
            if (accesses[0]++ == at) {
                event.run();
            }
        });
        return accesses[0] > at;
    }

    @Test
    void whatALookFindsIsWhole() {
        entry.recordDeath(FIRST);
        record(SECOND, () -> assertThat(entry.lastDeath()).isIn(FIRST, null));
        assertThat(entry.lastDeath()).isEqualTo(SECOND);
    }

    @Test
    void aRecorderThatDiesLeavesADeathThatIsNotKnownAtMost() {
        int at = 0;
        for (boolean died = true; died; at++) {
            entry.recordDeath(FIRST);
            int killedAt = at;
            died = false;
            try {
                recordWith(SECOND, killedAt, () -> {
                    throw new Killed();
                });
            } catch (Killed e) {
                died = true;
            }
            assertThat(entry.lastDeath()).isIn(died ? new Object[] {FIRST, null} : new Object[] {SECOND});
            entry.recordDeath(THIRD);
            assertThat(entry.lastDeath()).isEqualTo(THIRD);
        }
        assertThat(at).isGreaterThan(5);
    }

    /** The reclaimer of the dead one's slot is slow; meanwhile somebody took over from the dead one, died, and was replaced in turn. */
    @Test
    void twoRecordersDoNotMixWhatTheyRecord() {
        for (int at = 0; recordWith(SECOND, at, () -> entry.recordDeath(THIRD)); at++) {
            assertThat(entry.lastDeath()).isIn(SECOND, THIRD, null);
            entry.recordDeath(FIRST);
            assertThat(entry.lastDeath()).isEqualTo(FIRST);
        }
    }

    @Test
    void twoRecordersOfOneDeathAgree() {
        for (int at = 0; recordWith(SECOND, at, () -> entry.recordDeath(SECOND)); at++) {
            assertThat(entry.lastDeath()).isEqualTo(SECOND);
            entry.recordDeath(FIRST);
        }
    }

    @Test
    void withoutADeathThereIsNone() {
        assertThat(entry.lastDeath()).isNull();
        assertThat(entry.deathCount()).isZero();
    }
}
