package io.pvlock.internal.directory;

/**
 * Where in a region's arrays of locks somebody has ever locked, in one word: bit n stands for the pages of
 * {@value #PAGE_BYTES} bytes whose number is n modulo 64. So to find out whether it still holds one of a
 * million locks, few of them have to be looked at.
 */
public final class CellPages {

    public static final long NONE = 0;
    public static final long ALL = -1L;

    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_BYTES = 1 << PAGE_SHIFT;

    private CellPages() {}

    /** Whether the page of {@code cell} is among {@code pages}. */
    public static boolean contains(long pages, int cell) {
        // A shift goes by the low 6 bits of its distance.
        return (pages >>> (cell >>> PAGE_SHIFT) & 1) != 0;
    }

    /** {@code pages} and the one of {@code cell}. */
    public static long with(long pages, int cell) {
        return pages | 1L << (cell >>> PAGE_SHIFT);
    }

    static int endOfPage(int cell) {
        return (cell & -PAGE_BYTES) + PAGE_BYTES;
    }
}
