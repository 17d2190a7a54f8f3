package io.pvlock.internal.object;

import static io.pvlock.internal.layout.ReadWriteLockDescriptor.INCONSISTENT;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.LOCKED;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.VERSION_OFFSET;
import static io.pvlock.internal.layout.ReadWriteLockDescriptor.WRITER_OFFSET;

import io.pvlock.internal.slot.VcpuRegistry;
import java.lang.invoke.VarHandle;
import org.agrona.concurrent.UnsafeBuffer;

/** The word of a read-write lock that says who writes or wants to, the version, and the optimistic reads that look at the two. */
public final class WriterWord {

    private final UnsafeBuffer memory;
    private final VcpuRegistry registry;
    private final int word;
    private final int version;

    WriterWord(MonitoredExtent lock) {
        this.memory = lock.memory();
        this.registry = lock.registry();
        this.word = lock.body() + WRITER_OFFSET;
        this.version = lock.body() + VERSION_OFFSET;
    }

    /** Owner word of whom {@code word} names. */
    static int owner(long word) {
        return (int) (word >>> 32);
    }

    long get() {
        return memory.getLongVolatile(word); // P18 acquire; pairs with P18 in put
    }

    /** By who has the monitor. */
    void put(long newWord) {
        // P18 full fence: before the look at the readers; pairs with P18 in ReadHolds.put.
        // P18 release: what was written; pairs with P18 in get.
        memory.putLongVolatile(word, newWord);
    }

    /** Whether somebody alive has what {@code flag} says. */
    boolean isHeld(long flag) {
        long now = get();
        return (now & flag) != 0 && !registry.liveness().ownerDead(owner(now));
    }

    // ---- optimistic reads
    //
    // The version changes once in a write, at its beginning, between LOCKED and the data. StampedLock has both in one
    // word and changes it at the end, too; here the end is seen in the writer's word. Why what validates is whole:
    //
    //   writer                                  reader
    //   W1  writer's word = LOCKED (volatile)   R1  v = version (volatile)
    //   W2  version = v   (release: after W1)   R2  writer's word (volatile) LOCKED or INCONSISTENT? no stamp
    //       release fence (W2 before the data)  R3  the data
    //   W3  the data                                acquire fence (R3 before R4)
    //   W4  writer's word, not LOCKED (volatile) R4 version == v ?
    //
    // Let R1 read what write v stored in W2. W1 happens before that, so R2 sees W1 or what came after it. It is not
    // LOCKED, so it is W4 of write v or later, and R3 sees the data of write v or later. (A writer that died leaves
    // INCONSISTENT in place of W4, until a later write has repaired its data; or nothing, if so chosen.) If R3 sees
    // anything of a later write v+1, its release fence and the reader's acquire fence make R4 see v+1 or later: it does
    // not validate. So R3 has seen write v, all of it and nothing else. The order of W1 and W2 is what a store with
    // release adds: were W2 seen before W1, R1 could read v, R2 no LOCKED yet, and R4 v again, amid the write.

    /** How many writes there have been: by who has the monitor. */
    long version() {
        return memory.getLong(version);
    }

    /** A write begins: by who has just put LOCKED, and alone changes the version. */
    void changeVersion() {
        // P20 release: LOCKED before the version. Only the owner changes the version. Pairs
        // with P20 acquire in tryOptimisticRead.
        memory.putLongRelease(version, memory.getLong(version) + 1);
        // P20 release fence: the version before the data; pairs with P20 acquire fence in validate.
        VarHandle.releaseFence();
    }

    /** A stamp for reading without any lock, or 0 if somebody writes or died writing. */
    public long tryOptimisticRead() {
        // P20 acquire: the version before the writer's word; pairs with P20 release in changeVersion.
        long now = memory.getLongVolatile(version);
        return (get() & (LOCKED | INCONSISTENT)) == 0 ? now + 1 : 0;
    }

    /** Whether nobody has written since {@link #tryOptimisticRead} gave {@code stamp}; never for 0. */
    public boolean validate(long stamp) {
        // P20 acquire fence: the data before the version; pairs with P20 release fence in changeVersion.
        VarHandle.acquireFence();
        return memory.getLongOpaque(version) + 1 == stamp;
    }
}
