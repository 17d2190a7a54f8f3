package io.pvlock.internal.lock;

import io.pvlock.LockGuard.DeadOwner;
import io.pvlock.LockOptions.Policy;
import io.pvlock.core.Outcome;
import io.pvlock.internal.directory.LockEntry;
import io.pvlock.internal.directory.LockStatistics;
import io.pvlock.internal.session.Attachment;
import io.pvlock.internal.session.Session;
import java.util.Optional;

/** The lock of a name: one that is looked up as such, or the one that an object has inside. */
public final class EntryLocking extends CellLocking {

    private final String name;
    private final LockEntry entry;
    private final int cell;
    private final long address;

    public EntryLocking(Session session, String name, LockEntry entry, LockUse use) {
        super(
                session,
                entry.kind(),
                Policy.fromCode(entry.policy()),
                entry.overtakeUs(),
                use,
                session.keepsStatistics() ? new LockStatistics(session.memory(), session.layout(), entry) : null);
        this.name = name;
        this.entry = entry;
        this.cell = entry.cell();
        this.address = FastCell.address(memory, cell);
    }

    public String name() {
        return name;
    }

    @Override
    public LockEntry entry() {
        return entry;
    }

    public int cell() {
        return cell;
    }

    /** Of {@link #cell()}, for {@link FastCell}. */
    public long address() {
        return address;
    }

    /** Takes the lock. */
    public void lock(Attachment me) {
        // P0 acquire: (0,0,0) -> (0,0,LOCKED), owner nobody -> me; pairs with P0 release in unlock.
        if (me.fastSession != fastSession || !FastCell.cas(this, address, 0L, me.heldCell)) {
            lock(cell, me);
        }
    }

    /** Gives the lock back. */
    public void unlock(Attachment me) {
        // P0 release: (0,0,LOCKED) -> (0,0,0), owner me -> nobody; pairs with P0 acquire in lock.
        if (me.fastSession != fastSession || !FastCell.cas(this, address, me.heldCell, 0L)) {
            unlock(cell, me);
        }
    }

    /** For callers that handle each outcome themselves: ACQUIRED, also after an owner's death; else TIMED_OUT or INTERRUPTED. */
    public Outcome lock(Attachment me, long deadlineNs, boolean interruptible) {
        return lock(cell, me, deadlineNs, interruptible);
    }

    public boolean isHeldBy(Attachment me) {
        return isHeldBy(cell, me);
    }

    /** The last owner that died, whether or not its data have been repaired since; empty if none did, or if it is not known. */
    public Optional<DeadOwner> lastDeath() {
        return DeadOwners.of(entry.lastDeath());
    }

    @Override
    public String toString() {
        return "SharedLock[" + name + " " + kind() + " in " + session.path() + "]";
    }

    @Override
    String nameOf(int ofCell) {
        return name;
    }

    @Override
    String orderClass() {
        return name;
    }

    @Override
    long nextToken(int ofCell) {
        return entry.nextToken();
    }

    @Override
    long lastToken(int ofCell) {
        return entry.lastToken();
    }

    @Override
    void heldSinceNs(int ofCell, long sinceNs) {
        entry.heldSinceNs(sinceNs);
    }

    @Override
    long heldSinceNs(int ofCell) {
        return entry.heldSinceNs();
    }

    @Override
    void recordDeath(int ofCell, LockEntry.Death death) {
        entry.recordDeath(death);
    }

    @Override
    LockEntry.Death lastDeath(int ofCell) {
        return entry.lastDeath();
    }

    @Override
    boolean isRemoved() {
        return session.isRemoved(entry);
    }
}
