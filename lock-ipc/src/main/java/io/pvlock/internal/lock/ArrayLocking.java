package io.pvlock.internal.lock;

import io.pvlock.LockKind;
import io.pvlock.LockOptions.Policy;
import io.pvlock.internal.directory.CellPages;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;

/** PV locks whose cells are in the extent of one object, a fixed number of bytes apart. */
public final class ArrayLocking extends CellLocking {

    private final String name;

    /** Whose extent it is: while it is reachable nobody else gets that. */
    private final LockEntry entry;

    private final int cells;
    private final int stride;
    private final int token;
    private final long base;

    /**
     * @param entry of the object
     * @param cells offset of the first
     * @param token offset of the fencing token that they share
     */
    public ArrayLocking(Session session, String name, LockEntry entry, int cells, int stride, int token, LockUse use) {
        super(session, LockKind.PV, Policy.HYBRID, entry.overtakeUs(), use, null);
        this.entry = entry;
        this.name = name;
        this.cells = cells;
        this.stride = stride;
        this.token = token;
        this.base = FastCell.address(memory, cells) - cells;
    }

    /** Which of them the lock at {@code cell} is. */
    public int index(int cell) {
        return (cell - cells) / stride;
    }

    public int cell(int index) {
        return cells + index * stride;
    }

    /** What is added to a cell to have its address, for {@link FastCell}. */
    public long base() {
        return base;
    }

    /** Takes the lock at {@code cell}. */
    public void lockFast(int cell, Attachment me) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlockFast.
        if (me.fastSession != fastSession
                || !CellPages.contains(me.arrayPages, cell)
                || !FastCell.cas(this, base + cell, 0L, me.heldCell)) {
            lock(cell, me);
        }
    }

    /** Gives the lock at {@code cell} back. */
    public void unlockFast(int cell, Attachment me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lockFast.
        if (me.fastSession != fastSession || !FastCell.cas(this, base + cell, me.heldCell, 0L)) {
            unlock(cell, me);
        }
    }

    @Override
    LockEntry entry() {
        return entry;
    }

    @Override
    String nameOf(int cell) {
        return name + "[" + index(cell) + "]";
    }

    @Override
    String orderClass() {
        return name;
    }

    @Override
    void beginsHold(int cell, Attachment me) {
        me.mayHold(cell);
    }

    @Override
    long nextToken(int cell) {
        return memory.getAndAddLong(token, 1) + 1; // P24: no two alike; pairs with itself
    }

    @Override
    long lastToken(int cell) {
        return memory.getLongVolatile(token); // P24 acquire; pairs with P24 in nextToken
    }

    @Override
    void heldSinceNs(int cell, long sinceNs) {}

    /** It is not kept. */
    @Override
    long heldSinceNs(int cell) {
        return 0;
    }

    @Override
    void recordDeath(int cell, LockEntry.Death death) {}

    @Override
    LockEntry.Death lastDeath(int cell) {
        return null;
    }

    @Override
    boolean isRemoved() {
        return session.isRemoved(entry);
    }
}
