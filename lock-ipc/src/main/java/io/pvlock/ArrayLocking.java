package io.pvlock;

import io.pvlock.core.LockKind;
import io.pvlock.internal.directory.CellPages;
import io.pvlock.internal.directory.LockEntry;

/** PV locks whose cells are in the extent of one object, a fixed number of bytes apart. */
final class ArrayLocking extends CellLocking {

    private final String name;
    /** Whose extent it is: while it is reachable nobody else gets that. */
    private final LockEntry entry;

    private final int cells;
    private final int stride;
    private final int token;

    /**
     * @param entry of the object
     * @param cells offset of the first
     * @param token offset of the fencing token that they share
     */
    ArrayLocking(
            LockRegion region, String name, LockEntry entry, int cells, int stride, int token, LockOptions options) {
        super(region, LockKind.PV, LockOptions.Policy.HYBRID, options);
        this.entry = entry;
        this.name = name;
        this.cells = cells;
        this.stride = stride;
        this.token = token;
    }

    /** Which of them the lock at {@code cell} is. */
    int index(int cell) {
        return (cell - cells) / stride;
    }

    int cell(int index) {
        return cells + index * stride;
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
    void beginsHold(int cell, Vcpu me) {
        me.arrayPages = CellPages.with(me.arrayPages, cell);
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
    boolean isGuarded(int cell) {
        return false;
    }

    @Override
    void recordDeath(int cell, LockEntry.Death death) {}

    @Override
    LockEntry.Death lastDeath(int cell) {
        return null;
    }

    @Override
    boolean isRemoved() {
        return region.isRemoved(entry);
    }
}
