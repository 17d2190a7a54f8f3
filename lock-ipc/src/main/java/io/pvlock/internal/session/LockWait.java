package io.pvlock.internal.session;

import io.pvlock.OwnerInfo;

/**
 * What a thread waits for, in words: its blocker while it waits for a lock, so that thread dumps and {@link
 * java.util.concurrent.locks.LockSupport#getBlocker} show it. Others only read it, without any order: what they see may be the wait before.
 */
public final class LockWait {

    private final Session session;

    /** Offset of the cell; 0 for none. */
    private int cell;

    /** The owner word that the cell had when the wait began. */
    private int owner;

    // ---- what the thread's participant had begun and counted when the wait began; only the thread itself looks at
    // these

    public int waitsBegun;
    public long steals;
    public long sleeps;

    private int random;

    /** The thread's, while it has another one; null else. */
    private String nameBefore;

    LockWait(Session session) {
        this.session = session;
        this.random = System.identityHashCode(this) | 1;
    }

    /** The next of a cheap sequence of numbers that look like random ones; by the thread itself. */
    public int nextRandom() {
        random ^= random << 13;
        random ^= random >>> 17;
        random ^= random << 5;
        return random >>> 8;
    }

    /** @param owner owner word of the cell as it was seen */
    public void begin(int newCell, int newOwner) {
        owner = newOwner;
        cell = newCell;
    }

    public void end() {
        cell = 0;
        if (nameBefore != null) {
            Thread.currentThread().setName(nameBefore);
            nameBefore = null;
        }
    }

    /** Offset of the cell that is waited for; 0 for none. */
    public int cell() {
        return cell;
    }

    /** Owner word of whoever had the cell when the wait began. */
    public int owner() {
        return owner;
    }

    // ---- in words

    /** While the wait lasts, the calling thread's name says what it waits for. */
    void nameThread() {
        if (nameBefore == null) {
            String name = Thread.currentThread().getName();
            Thread.currentThread().setName(name + " [waits for " + describe(cell) + "]");
            nameBefore = name;
        }
    }

    /** What it waits for; such as {@code lock 'orders/EURUSD' of /dev/shm/desk.pvl, which pid 4711, tid 4712 'main' (java) holds}. */
    @Override
    public String toString() {
        int of = cell;
        if (of == 0) {
            return "no lock of " + session.path();
        }
        try {
            return session.whileOpen(() -> describe(of));
        } catch (RuntimeException e) {
            return "a lock of " + session.path(); // closed meanwhile, or damaged
        }
    }

    /** As {@link #toString}, of the lock at {@code cell}, by who keeps the region mapped. */
    String describe(int of) {
        return "lock '" + session.nameOf(of).orElse("at " + of) + "' of " + session.path()
                + session.inspector().ownerOf(of).map(LockWait::holds).orElse(", which nobody holds now");
    }

    private static String holds(OwnerInfo owner) {
        return ", which pid " + owner.pid() + ", tid " + owner.tid() + " '" + owner.threadName() + "' ("
                + owner.command() + ") holds" + (owner.alive() ? "" : " and is dead");
    }
}
