package io.pvlock;

/** What a name in a region stands for. */
public enum ObjectType {
    /** {@link SharedLock}. */
    LOCK(0),
    /** A condition of a {@link SharedLock}. */
    CONDITION(1),
    /** {@link SharedSemaphore}. */
    SEMAPHORE(2),
    /** {@link SharedReadWriteLock}. */
    READ_WRITE_LOCK(3),
    /** {@link SharedSequenceLock}. */
    SEQUENCE_LOCK(4),
    /** {@link SharedRecord}, and {@link TypedRecord}. */
    RECORD(5),
    /** {@link SharedCounter}. */
    COUNTER(6),
    /** {@link SharedLocalCounter}. */
    LOCAL_COUNTER(7),
    /** {@link SharedLockArray}. */
    LOCK_ARRAY(8),
    /** {@link SharedLocalData}. */
    LOCAL_DATA(9);

    private static final ObjectType[] BY_CODE = values();

    private final int code;

    ObjectType(int code) {
        this.code = code;
    }

    /** The number in the region file. */
    public int code() {
        return code;
    }

    /** Whether there is a type of that number. */
    public static boolean isCode(int code) {
        return code >= 0 && code < BY_CODE.length;
    }

    /** @throws RegionException CORRUPT if there is no type of that number */
    public static ObjectType fromCode(int code) {
        for (ObjectType type : BY_CODE) {
            if (type.code == code) {
                return type;
            }
        }
        throw new RegionException(
                RegionException.Category.CORRUPT,
                "the region names an object of unknown type " + code + "; run pvlock fsck on it");
    }
}
