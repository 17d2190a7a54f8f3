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
    void repairFinishesTheSectionThatWasCutOff() {
        LockRecord lock = board.lock(0);
        lock.word(3, 5);
        assertThat(lock.wordsAreEqual()).isFalse();
        lock.repairWords();
        assertThat(lock.wordsAreEqual()).isTrue();
        assertThat(lock.word(0)).isEqualTo(5);
    }

    @Test
    void itIsUndisturbedWhenNobodyIsStoppedAndNothingWasDoneSince() {
        long now = System.nanoTime();
        board.signal(now, 0);
        assertThat(board.isUndisturbedSince(now + 1)).isTrue();
        assertThat(board.isUndisturbedSince(now)).isFalse();
        board.signal(now, 1);
        assertThat(board.isUndisturbedSince(now + 1)).isFalse();
    }

    @Test
    void aNewProcessBeginsWithACleanRecordAndOldCounters() {
        ThreadRecord thread = board.thread(1);
        thread.waitsFor(1, 42);
        thread.approaches(0, 0);
        thread.approaches(1, 1);
        thread.holds(2);
        thread.attached(5, 77);
        thread.state(TortureBoardDescriptor.RUNNING);
        thread.countAcquisition();
        assertThat(thread.near(0)).isZero();
        assertThat(thread.near(1)).isEqualTo(1);
        thread.reset();
        assertThat(thread.waitsFor()).isEqualTo(-1);
        assertThat(thread.near(0)).isEqualTo(-1);
        assertThat(thread.near(1)).isEqualTo(-1);
        assertThat(thread.holds()).isZero();
        assertThat(thread.vcpu()).isEqualTo(-1);
        assertThat(thread.state()).isEqualTo(TortureBoardDescriptor.STARTING);
        assertThat(board.acquisitions(0, 3)).isEqualTo(1);
        assertThat(board.acquisitions(1, 1)).isEqualTo(1);
        assertThat(board.acquisitions(2, 1)).isZero();
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
