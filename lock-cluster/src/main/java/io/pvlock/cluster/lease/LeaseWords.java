package io.pvlock.cluster.lease;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.AtomicBuffer;

/**
 * What the processes of a host share about the lease of one lock.
 *
 * <pre>
 *   0        8        16       24           32     40     48        56       64
 *   +--------+--------+--------+------------+------+------+---------+--------+
 *   0 control| grant  | serial | granted at | free | bell | hands   | losses |
 *   +--------+--------+--------+------------+------+------+---------+--------+
 * 128 length | name ...
 * </pre>
 *
 * Control is changed by compare-and-set. Grant (g) and granted-at belong to the agent before the state is ACTIVE, serial (s) to the
 * local owner after it. The bell is a futex: the agent changes it whenever a waiter may go on. What the labels mean is in
 * docs/ordering.md.
 */
public final class LeaseWords {

    public static final int LENGTH = 256;
    public static final int MAX_NAME_BYTES = 80;

    private static final int CONTROL = 0;
    private static final int GRANT = 8;
    private static final int SERIAL = 16;
    private static final int GRANTED_AT = 24;
    private static final int BELL = 40;
    private static final int HANDS = 48;
    private static final int LOSSES = 56;
    private static final int NAME_LENGTH = 128;
    private static final int NAME = NAME_LENGTH + Integer.BYTES;

    private final AtomicBuffer memory;
    private final int offset;

    public LeaseWords(AtomicBuffer memory, int offset) {
        this.memory = memory;
        this.offset = offset;
    }

    // ---- control

    long control() {
        return memory.getLongVolatile(offset + CONTROL); // P37 acquire: what whoever changed it had done
    }

    boolean change(long from, long to) {
        // P37 release, acquire: the agent's words of a grant, then ACTIVE; a holder's work, then not HELD.
        return memory.compareAndSetLong(offset + CONTROL, from, to);
    }

    public LeaseState state() {
        return LeaseState.of(control());
    }

    public boolean isHeld() {
        return Control.has(control(), Control.HELD);
    }

    public boolean isWanted() {
        return Control.has(control(), Control.WANTED);
    }

    public boolean isInconsistent() {
        return Control.has(control(), Control.INCONSISTENT);
    }

    /** Whether another host waits for it, as far as is known. */
    public boolean isWantedElsewhere() {
        return Control.has(control(), Control.REMOTE);
    }

    public long epoch() {
        return Control.epoch(control());
    }

    // ---- of the agent

    /** The number of the grant by the cluster that this host had last; 0 for none. */
    public long grant() {
        return memory.getLongVolatile(offset + GRANT); // P39 load: after control, P37; or only to show
    }

    void begin(long grant, long atNs) {
        memory.putLong(offset + SERIAL, 0);
        memory.putLong(offset + GRANTED_AT, atNs);
        memory.putLongVolatile(offset + GRANT, grant); // P39 store: ACTIVE comes after it, P37
    }

    public long grantedAtNs() {
        return memory.getLongVolatile(
                offset + GRANTED_AT); // P39 load: an old one ends a lease early, or late by its budget
    }

    /** How often the host has had it and given it back. */
    public long hands() {
        return memory.getLongVolatile(offset + HANDS); // P44 load: only to show
    }

    void countHand() {
        memory.putLongVolatile(offset + HANDS, hands() + 1); // P44 store: only the agent counts
    }

    /** How often the host has lost it. */
    public long losses() {
        return memory.getLongVolatile(offset + LOSSES); // P44 load: only to show
    }

    void countLoss() {
        memory.putLongVolatile(offset + LOSSES, losses() + 1); // P44 store: only the agent counts
    }

    // ---- of the local owner

    /** Local grants since the cluster's. */
    public long serial() {
        return memory.getLongVolatile(offset + SERIAL); // P39 load: under the local lock, or for the budget
    }

    void serial(long serial) {
        memory.putLongRelease(offset + SERIAL, serial); // P39 store: under the local lock, which orders it for owners
    }

    // ---- bell

    public int bell() {
        return memory.getIntVolatile(offset + BELL); // P40 acquire: before the waiter looks at control
    }

    int ring() {
        return memory.getAndAddInt(offset + BELL, 1); // P40 release: after the change of control
    }

    /** Address of the bell, for a futex; 0 on the heap. */
    public long bellAddress() {
        return memory.byteArray() == null ? memory.addressOffset() + offset + BELL : 0;
    }

    // ---- name

    /** Its name; empty if the place is free. */
    public String name() {
        int length = memory.getIntVolatile(offset + NAME_LENGTH); // P43 acquire: the name
        if (length <= 0 || length > MAX_NAME_BYTES) {
            return "";
        }
        byte[] bytes = new byte[length];
        memory.getBytes(offset + NAME, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Takes the place; under the region's own lock. The length comes last: who dies before has taken nothing. */
    public void name(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        memory.putBytes(offset + NAME, bytes);
        memory.putIntVolatile(offset + NAME_LENGTH, bytes.length); // P43 release: the name
    }
}
