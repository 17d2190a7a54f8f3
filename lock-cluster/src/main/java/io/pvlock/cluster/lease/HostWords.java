package io.pvlock.cluster.lease;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.agrona.concurrent.AtomicBuffer;

/**
 * What the processes of a host share about its part in the cluster, in front of all {@link LeaseWords}.
 *
 * <p>A lease ends with its session, and a session is told from the next by its number here. Whoever changes it does so before a new
 * deadline: a reader that takes the deadline first and the number after it never takes a new deadline for an old session's. What the
 * labels mean is in docs/ordering.md.
 */
public final class HostWords {

    public static final int LENGTH = 1024;

    /** "PVCLUST1", which is also the version of what follows. */
    private static final long MAGIC_VALUE = 0x3154_5355_4c43_5650L;

    private static final int MAGIC = 0;
    private static final int CAPACITY = 8;
    private static final int BELL = 16;
    private static final int STATUS = 24;
    private static final int SESSION_NUMBER = 32;
    private static final int DEADLINE = 40;
    private static final int SESSION_ID = 48;
    private static final int BOOT = 56;
    private static final int CLUSTER = 72;
    private static final int REGION = 88;
    private static final int AGENT_PID = 104;
    private static final int TIMEOUT = 112;
    private static final int LAST_WRITE = 120;
    private static final int HOST_NAME = 256;
    private static final int HOST_NAME_BYTES = 128;
    private static final int TEXT = 384;
    private static final int TEXT_BYTES = 512;

    /** How the host stands to the cluster. The order is that of the codes in the region. */
    public enum Status {
        /** No agent has said anything yet. */
        UNKNOWN,
        /** An agent looks for a server, or begins a session. */
        CONNECTING,
        /** There is a session, and the last write was acknowledged in time. */
        JOINED,
        /** There is a session, but no connection. */
        DISCONNECTED,
        /** It is another cluster than before, or it has lost its memory; {@link #text} says it. */
        OTHER_CLUSTER,
        /** The servers refuse this host; {@link #text} says why. */
        REFUSED
    }

    private final AtomicBuffer memory;

    public HostWords(AtomicBuffer memory) {
        this.memory = memory;
    }

    // ---- birth

    public boolean isMade() {
        return memory.getLongVolatile(MAGIC) == MAGIC_VALUE; // P42 acquire: the page
    }

    /** Makes the page; under the region's own lock. */
    public void make(int capacity, UUID region, String hostName) {
        memory.putInt(CAPACITY, capacity);
        uuid(REGION, region);
        text(HOST_NAME, HOST_NAME_BYTES, hostName);
        memory.putLongVolatile(MAGIC, MAGIC_VALUE); // P42 release: the page
    }

    /** For how many locks there is room. */
    public int capacity() {
        return memory.getInt(CAPACITY);
    }

    public LeaseWords lease(int index) {
        return new LeaseWords(memory, LENGTH + index * LeaseWords.LENGTH);
    }

    /** What names this region, and no other one. */
    public UUID region() {
        return uuid(REGION);
    }

    /** What the host is called in the cluster. */
    public String hostName() {
        return text(HOST_NAME, HOST_NAME_BYTES);
    }

    public UUID boot() {
        return uuid(BOOT);
    }

    public void boot(UUID boot) {
        uuid(BOOT, boot);
    }

    /** The cluster that the host belongs to; all zero for none yet. */
    public UUID cluster() {
        return uuid(CLUSTER);
    }

    public void cluster(UUID cluster) {
        uuid(CLUSTER, cluster);
    }

    // ---- session

    public long sessionNumber() {
        // P38 load: for a grant before control, for its validity after the deadline.
        return memory.getLongVolatile(SESSION_NUMBER);
    }

    /** Until when what the session has is this host's, by CLOCK_BOOTTIME; 0 for no longer. */
    public long deadlineNs() {
        return memory.getLongVolatile(DEADLINE); // P38 acquire: the number of its session, or of a later one
    }

    /** Ends the session for every process at once. */
    public void endSession() {
        memory.putLongVolatile(
                SESSION_NUMBER, sessionNumber() + 1); // P38 store: before any deadline or lease of the next
        memory.putLongVolatile(DEADLINE, 0); // P38 release: the number
        memory.putLongVolatile(SESSION_ID, 0); // P44 store
    }

    public void deadlineNs(long deadlineNs) {
        memory.putLongVolatile(DEADLINE, deadlineNs); // P38 release: the number of its session
    }

    /** When the last write was sent that has been acknowledged. */
    public long lastWriteNs() {
        return memory.getLongVolatile(LAST_WRITE); // P44 load
    }

    public void lastWriteNs(long atNs) {
        memory.putLongVolatile(LAST_WRITE, atNs); // P44 store
    }

    public long sessionId() {
        return memory.getLongVolatile(SESSION_ID); // P44 load: of an agent, which has the agent's lock
    }

    public void session(long id, long timeoutNs) {
        // P44 store: both.
        memory.putLongVolatile(TIMEOUT, timeoutNs);
        memory.putLongVolatile(SESSION_ID, id);
    }

    public long timeoutNs() {
        return memory.getLongVolatile(TIMEOUT); // P44 load
    }

    public long agentPid() {
        return memory.getLongVolatile(AGENT_PID); // P44 load
    }

    public void agentPid(long pid) {
        memory.putLongVolatile(AGENT_PID, pid); // P44 store
    }

    // ---- status

    public Status status() {
        return Status.values()[(int) memory.getLongVolatile(STATUS)]; // P44 load
    }

    /** What there is to say of the status. */
    public String text() {
        return text(TEXT, TEXT_BYTES);
    }

    public void status(Status status, String text) {
        text(TEXT, TEXT_BYTES, text);
        // P44 store: after its text, which may be that of the next one by then.
        memory.putLongVolatile(STATUS, status.ordinal());
    }

    // ---- bell of the agent

    public int bell() {
        return memory.getIntVolatile(BELL); // P41 acquire: before the agent looks at anything
    }

    void ring() {
        memory.getAndAddInt(BELL, 1); // P41 release: what the agent is to look at
    }

    /** Address of the bell, for a futex; 0 on the heap. */
    public long bellAddress() {
        return memory.byteArray() == null ? memory.addressOffset() + BELL : 0;
    }

    // ---- forms

    private UUID uuid(int at) {
        return new UUID(memory.getLongVolatile(at), memory.getLongVolatile(at + Long.BYTES)); // P44 load
    }

    private void uuid(int at, UUID value) {
        // P44 store: both.
        memory.putLongVolatile(at, value.getMostSignificantBits());
        memory.putLongVolatile(at + Long.BYTES, value.getLeastSignificantBits());
    }

    private String text(int at, int room) {
        int length = Math.max(0, Math.min(memory.getIntVolatile(at), room - Integer.BYTES)); // P44 load
        byte[] bytes = new byte[length];
        memory.getBytes(at + Integer.BYTES, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private void text(int at, int room, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(bytes.length, room - Integer.BYTES);
        memory.putBytes(at + Integer.BYTES, bytes, 0, length);
        memory.putIntVolatile(at, length); // P44 store
    }
}
