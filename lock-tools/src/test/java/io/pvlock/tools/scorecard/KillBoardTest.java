package io.pvlock.tools.scorecard;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KillBoardTest {

    @TempDir
    private Path directory;

    private KillBoard board;

    @BeforeEach
    void open() throws Exception {
        board = KillBoard.open(directory);
        board.reset();
    }

    @Test
    void oneAfterTheOtherIsRight() {
        for (int member = 0; member < 2; member++) {
            board.enter(member, false);
            assertThat(board.inside()).isEqualTo(member);
            board.halfWrite();
            board.leave(member);
            board.passed(member);
            assertThat(board.enteredNs(member)).isPositive();
            assertThat(board.passes(member)).isEqualTo(1);
        }
        assertThat(board.inside()).isEqualTo(-1);
        assertThat(board.overlaps() + board.told() + board.untold()).isZero();
    }

    @Test
    void twoAtOnceAreSeenByBoth() {
        board.enter(0, false);
        board.enter(1, false);
        assertThat(board.overlaps()).isEqualTo(1);
        board.leave(0);
        assertThat(board.overlaps()).isEqualTo(2);
    }

    @Test
    void theDeadMayBeFoundInside() {
        board.enter(2, false);
        board.victim(2);
        board.enter(1, true);
        board.leave(1);
        assertThat(board.overlaps()).isZero();
        assertThat(board.told()).isEqualTo(1);
    }

    @Test
    void halfWrittenDataAreSeenOnce() {
        board.enter(0, false);
        board.halfWrite();
        board.victim(0);
        board.enter(1, false);
        board.leave(1);
        board.enter(2, false);
        board.leave(2);
        assertThat(board.untold()).isEqualTo(1);
    }

    @Test
    void aToldOneKnowsOfThem() {
        board.enter(0, false);
        board.halfWrite();
        board.victim(0);
        board.enter(1, true);
        assertThat(board.untold()).isZero();
    }

    @Test
    void eachTrialBeginsAnew() throws Exception {
        board.enter(0, true);
        board.halfWrite();
        board.victim(0);
        board.stop();
        KillBoard.open(directory).reset();
        assertThat(board.inside()).isEqualTo(-1);
        assertThat(board.told()).isZero();
        assertThat(board.isStopped()).isFalse();
        assertThat(board.state(3)).isEqualTo(KillBoardDescriptor.READY);
        board.enter(1, false);
        assertThat(board.untold() + board.overlaps()).isZero();
    }
}
