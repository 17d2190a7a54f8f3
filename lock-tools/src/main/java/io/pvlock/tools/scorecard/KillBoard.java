package io.pvlock.tools.scorecard;

import static io.pvlock.tools.scorecard.KillBoardDescriptor.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/** Accessors of the board, {@link KillBoardDescriptor}. */
final class KillBoard {

    private final UnsafeBuffer memory;

    private KillBoard(UnsafeBuffer memory) {
        this.memory = memory;
    }

    /** Maps the board in {@code directory}, which is made if it is not there. */
    static KillBoard open(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(
                directory.resolve("board"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            if (channel.size() < LENGTH) {
                channel.write(ByteBuffer.allocate(LENGTH));
            }
            return new KillBoard(new UnsafeBuffer(channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH)));
        }
    }

    // ---- by members

    /** Has got the lock; {@code told}: from an owner that died. Makes whole what the last one has left. */
    void enter(int member, boolean told) {
        long now = System.nanoTime();
        // K1: whoever is in there is seen, whatever the lock does; both ends are here and in leave.
        int found = memory.getAndSetInt(INSIDE_OFFSET, member + 1);
        boolean torn = memory.getLong(FIRST_OFFSET) != memory.getLong(SECOND_OFFSET);
        count(member, OVERLAPS_OFFSET, found != 0 && found != memory.getIntVolatile(VICTIM_OFFSET));
        count(member, TOLD_OFFSET, told);
        count(member, TORN_OFFSET, torn);
        count(member, UNTOLD_OFFSET, torn && !told);
        memory.putLong(SECOND_OFFSET, memory.getLong(FIRST_OFFSET));
        int record = recordOffset(member);
        if (memory.getLong(record + ENTERED_OFFSET) == 0) {
            memory.putLong(record + ENTERED_OFFSET, now);
        }
        state(member, INSIDE);
    }

    void halfWrite() {
        memory.putLong(FIRST_OFFSET, memory.getLong(FIRST_OFFSET) + 1);
    }

    /** Is about to unlock. */
    void leave(int member) {
        memory.putLong(SECOND_OFFSET, memory.getLong(FIRST_OFFSET));
        // K1: see enter.
        count(member, OVERLAPS_OFFSET, !memory.compareAndSetInt(INSIDE_OFFSET, member + 1, 0));
    }

    private void count(int member, int what, boolean happened) {
        if (happened) {
            int at = recordOffset(member) + what;
            memory.putInt(at, memory.getInt(at) + 1);
        }
    }

    void passed(int member) {
        // K2 release: what it has counted; pairs with K2 acquire in passes.
        memory.getAndAddInt(recordOffset(member) + PASSES_OFFSET, 1);
        state(member, DONE);
    }

    void state(int member, int state) {
        // K3 release: what it has counted; pairs with K3 acquire in state(int).
        memory.putIntRelease(recordOffset(member) + STATE_OFFSET, state);
    }

    boolean isStopped() {
        // K4 acquire: pairs with K4 release in stop.
        return memory.getIntAcquire(STOP_OFFSET) != 0;
    }

    // ---- by the driver

    /** For the next trial; nobody is at work. */
    void reset() {
        memory.setMemory(0, OF_A_TRIAL, (byte) 0);
        for (int member = 0; member < MEMBERS; member++) {
            state(member, READY);
        }
    }

    /** Whom to find inside is right from now on: it dies. */
    void victim(int member) {
        memory.putIntVolatile(VICTIM_OFFSET, member + 1); // K5: the next ones in K1 see it
    }

    void stop() {
        // K4 release: pairs with K4 acquire in isStopped.
        memory.putIntRelease(STOP_OFFSET, 1);
    }

    /** Who has the lock, as it says itself; -1 for nobody. */
    int inside() {
        return memory.getIntVolatile(INSIDE_OFFSET) - 1; // K1: see enter
    }

    int state(int member) {
        // K3 acquire: pairs with K3 release in state(int, int).
        return memory.getIntAcquire(recordOffset(member) + STATE_OFFSET);
    }

    int passes(int member) {
        // K2 acquire: pairs with K2 release in passed.
        return memory.getIntAcquire(recordOffset(member) + PASSES_OFFSET);
    }

    /** When it got the lock for the first time; 0 for not yet. */
    long enteredNs(int member) {
        return memory.getLong(recordOffset(member) + ENTERED_OFFSET);
    }

    /** By all members: how often who got the lock knew that an owner had died. */
    int told() {
        return sum(TOLD_OFFSET);
    }

    /** How often who got the lock found half-written data and did not know it. */
    int untold() {
        return sum(UNTOLD_OFFSET);
    }

    /** How often somebody was in there beside somebody alive. */
    int overlaps() {
        return sum(OVERLAPS_OFFSET);
    }

    private int sum(int what) {
        int sum = 0;
        for (int member = 0; member < MEMBERS; member++) {
            sum += memory.getInt(recordOffset(member) + what);
        }
        return sum;
    }
}
