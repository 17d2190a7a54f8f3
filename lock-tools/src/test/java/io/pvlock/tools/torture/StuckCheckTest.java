package io.pvlock.tools.torture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StuckCheckTest {

    private static final long LONG_AGO = System.nanoTime() - 2 * StuckCheck.STUCK_NS;

    private final TortureSetup setup = new TortureSetup(null, 1, 1, 2, 1, 0, false, false, false, null);
    private final TortureBoard board =
            new TortureBoard(new UnsafeBuffer(ByteBuffer.allocateDirect(TortureBoardDescriptor.length(2, 1))), 2);
    private final StuckCheck check = new StuckCheck(setup, board);
    private Process process;
    private List<Victim> victims;

    @BeforeEach
    void start() throws IOException {
        process = new ProcessBuilder("sleep", "600").start();
        Victim victim = new Victim(1, process);
        victim.index = 0;
        victims = List.of(victim);
    }

    @AfterEach
    void reap() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Test
    void aLongWaitForALockThatNobodyHoldsIsStuckOnce() {
        board.thread(0).waitsFor(1, LONG_AGO);
        assertThat(check.look(victims)).containsExactly(1);
        assertThat(check.look(victims)).isEmpty();
        assertThat(check.count()).isEqualTo(1);
    }

    @Test
    void aShortWaitIsNot() {
        board.thread(0).waitsFor(1, System.nanoTime());
        assertThat(check.look(victims)).isEmpty();
    }

    @Test
    void aLongWaitForALongHolderIsNot() {
        board.thread(0).waitsFor(1, LONG_AGO);
        board.lock(1).inside(new Inmate(1, 0).code());
        board.lock(1).heldSinceNs(LONG_AGO);
        assertThat(check.look(victims)).isEmpty();
    }

    @Test
    void aLongWaitForAKilledHolderIs() {
        board.thread(0).waitsFor(1, LONG_AGO);
        board.lock(1).inside(new Inmate(2, 0).code());
        board.lock(1).heldSinceNs(LONG_AGO);
        board.killed(2, LONG_AGO);
        assertThat(check.look(victims)).containsExactly(1);
    }

    @Test
    void whoWasKilledDoesNotWait() {
        board.thread(0).waitsFor(1, LONG_AGO);
        victims.get(0).killed = true;
        assertThat(check.look(victims)).isEmpty();
    }
}
