package io.pvlock;

import io.pvlock.internal.directory.LockEntry;
import java.time.Instant;
import java.util.Optional;

/** A lock that is held, and what came with it. Closing it unlocks; only the thread that acquired it may use it. */
public final class LockGuard implements AutoCloseable {

    private final CellLocking lock;
    private final int cell;
    private final Vcpu vcpu;
    private final boolean ownerDied;
    private final long fencingToken;
    private boolean held = true;
    private boolean abandoned;

    LockGuard(CellLocking lock, int cell, Vcpu vcpu, boolean ownerDied, long fencingToken) {
        this.lock = lock;
        this.cell = cell;
        this.vcpu = vcpu;
        this.ownerDied = ownerDied;
        this.fencingToken = fencingToken;
    }

    /** Whether an owner died holding the lock and nobody has declared the data repaired before this acquisition. */
    public boolean ownerDied() {
        return ownerDied;
    }

    /** Who died, if {@link #ownerDied()} and if that is recorded: it is not for the locks of an array. */
    public Optional<DeadOwner> deadOwner() {
        if (!ownerDied) {
            return Optional.empty();
        }
        return Optional.ofNullable(lock.lastDeath(cell)).map(DeadOwner::of);
    }

    /**
     * The owner that died.
     *
     * @param pid of its process; 0 if it is not known
     * @param tid of its thread
     * @param replacedAt when its death was noticed
     * @param fencingToken the last one handed out before: its own, if it had one; 0 where there are none
     */
    public record DeadOwner(int pid, int tid, Instant replacedAt, long fencingToken) {
        String inBrackets() {
            return " (pid " + pid + ", tid " + tid + ")";
        }

        static DeadOwner of(LockEntry.Death death) {
            return new DeadOwner(death.pid(), death.tid(), Instant.ofEpochMilli(death.atEpochMs()), death.token());
        }
    }

    /**
     * A number greater than that of every earlier guard of this lock. Whoever receives it with a request can refuse what comes
     * from an older holder.
     */
    public long fencingToken() {
        return fencingToken;
    }

    /** Declares the data repaired: later owners are not told of the death any more. */
    public void markConsistent() {
        checkHeld();
        lock.markConsistent(cell, vcpu);
    }

    /** Gives the lock up for good: nobody can take it again, everybody who waits is told. */
    public void abandon() {
        checkHeld();
        lock.abandon(cell, vcpu);
        held = false;
        abandoned = true;
    }

    int cell() {
        return cell;
    }

    Vcpu vcpu() {
        return vcpu;
    }

    boolean isHeld() {
        return held;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    /** Unlocks. Closing twice does nothing. */
    @Override
    public void close() {
        if (held) {
            held = false;
            lock.release(cell, vcpu);
        }
    }

    private void checkHeld() {
        if (!held) {
            throw new IllegalMonitorStateException("this guard of lock '" + lock.nameOf(cell) + "' is closed");
        }
    }

    /** Of which lock, by whom, whether it is still held, its token, and who died. */
    @Override
    public String toString() {
        return "LockGuard[" + lock.nameOf(cell) + " by " + vcpu + ", token=" + fencingToken
                + (abandoned ? ", given up" : held ? "" : ", closed")
                + (ownerDied ? ", owner died" : "")
                + deadOwner().map(DeadOwner::inBrackets).orElse("") + "]";
    }
}
