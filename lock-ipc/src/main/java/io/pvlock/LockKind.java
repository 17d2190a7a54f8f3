package io.pvlock;

/** The kinds of lock. All participants of one lock use the same kind: their cells have nothing but the length in common. */
public enum LockKind {
    /** The paravirt queued spinlock: sleeps, tolerates over-subscription and the death of any participant. */
    PV(1),
    /** The kernel's queued spinlock without paravirtualisation: for dedicated cores only. */
    NATIVE(2),
    /** Ticket spinlock: strict order, one word to spin on for all. */
    TICKET(3),
    /** MCS queue lock: strict order, everybody spins on a word of its own. */
    MCS(4),
    /** Test-and-set, the kernel's {@code virt_spin_lock}: no order at all. */
    TAS(5);

    private static final LockKind[] BY_CODE = new LockKind[values().length + 1];

    static {
        for (LockKind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    private final int code;

    LockKind(int code) {
        this.code = code;
    }

    /** What a region file says for this kind; never changes, never 0. */
    public int code() {
        return code;
    }

    /** Whether there is a kind of that code. */
    public static boolean isCode(int code) {
        return code >= 1 && code < BY_CODE.length;
    }

    /** @throws RegionException CORRUPT if there is no kind of that code */
    public static LockKind fromCode(int code) {
        if (isCode(code)) {
            return BY_CODE[code];
        }
        throw new RegionException(
                RegionException.Category.CORRUPT,
                "lock kind code=" + code + " is unknown; run pvlock fsck on the region");
    }
}
