package io.pvlock.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class BoardTest {

    private final TortureBoard board =
            new TortureBoard(new UnsafeBuffer(ByteBuffer.allocateDirect(TortureBoardDescriptor.length(2, 3))), 2);

    @Test
    void anInmateIsItsCode() {
        assertThat(Inmate.of(new Inmate(70_000, 3).code())).isEqualTo(new Inmate(70_000, 3));
        assertThat(new Inmate(1, 0).code()).isNotZero();
    }

    @Test
    void recordsDoNotOverlap() {
        for (int i = 0; i < 3; i++) {
            board.thread(i).state(i + 1);
        }
        board.lock(0).word(TortureBoardDescriptor.WORDS - 1, 7);
        board.lock(1).word(TortureBoardDescriptor.WORDS - 1, 8);
        board.killed(TortureBoardDescriptor.MAX_SERIALS - 1, 9);
        for (int i = 0; i < 3; i++) {
            assertThat(board.thread(i).state()).isEqualTo(i + 1);
        }
        assertThat(board.lock(0).word(TortureBoardDescriptor.WORDS - 1)).isEqualTo(7);
        assertThat(board.lock(0).inside()).isZero();
        assertThat(board.killedNs(0)).isZero();
    }

    @Test
    void aReleaseIsKnownOnceItsOwnerHasSaidSo() {
        LockRecord lock = board.lock(1);
        lock.beginTenure();
        assertThat(lock.releasedNs()).isEmpty();
        long before = System.nanoTime();
        lock.released(1);
        assertThat(lock.releasedNs().getAsLong()).isBetween(before - 1000, System.nanoTime());
    }

    @Test
    void aReleaseThatIsToldTooLateIsNotTakenForALaterOne() {
        LockRecord lock = board.lock(1);
        lock.beginTenure();
        lock.beginTenure();
        lock.released(2);
        lock.released(1);
        assertThat(lock.releasedNs()).isEmpty();
    }

    @Test
    void repairFinishesTheSectionThatWasCutOff() {
        LockRecord lock = board.lock(0);
        lock.word(3, 5);
        assertThat(lock.wordsAreEqual()).isFalse();
        lock.repairWords();
        assertThat(lock.wordsAreEqual()).isTrue();
        assertThat(lock.word(0)).isEqualTo(5);
    }

    @Test
    void itIsQuietWhenNobodyIsStoppedAndNothingWasDoneSince() {
        long now = System.nanoTime();
        board.signal(now, 0);
        assertThat(board.isQuietSince(now + 1)).isTrue();
        assertThat(board.isQuietSince(now)).isFalse();
        board.signal(now, 1);
        assertThat(board.isQuietSince(now + 1)).isFalse();
    }

    @Test
    void itIsNotQuietUntilTheKilledAreDead() {
        long now = System.nanoTime();
        board.signal(now, 0);
        board.dying(now, 1);
        assertThat(board.isUndisturbedSince(now + 1)).isTrue();
        assertThat(board.isQuietSince(now + 1)).isFalse();
        board.dying(now + 1, 0);
        assertThat(board.isQuietSince(now + 1)).isFalse();
        assertThat(board.isQuietSince(now + 2)).isTrue();
    }

    @Test
    void aThreadThatWaitsNoMoreHasNoOldWait() {
        ThreadRecord thread = board.thread(0);
        assertThat(thread.waitsFor()).isEqualTo(-1);
        thread.waitsFor(1, 42);
        assertThat(thread.waitsFor()).isEqualTo(1);
        thread.waitsNoMore();
        assertThat(thread.waitsFor()).isEqualTo(-1);
        assertThat(thread.waitingSinceNs()).isEqualTo(42);
    }

    @Test
    void recoveriesAreKeptUpToTheCapacity() {
        for (int i = 0; i < TortureBoardDescriptor.MAX_SAMPLES + 10; i++) {
            board.addRecovery(1000);
        }
        assertThat(board.recoveriesNs().getTotalCount()).isEqualTo(TortureBoardDescriptor.MAX_SAMPLES);
    }
}
