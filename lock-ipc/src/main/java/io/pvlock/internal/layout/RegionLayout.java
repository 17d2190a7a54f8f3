package io.pvlock.internal.layout;

import static io.pvlock.internal.layout.HeaderDescriptor.SECTIONS;

import io.pvlock.core.HashDescriptor;
import io.pvlock.core.LockWord;
import io.pvlock.core.VcpuSlotDescriptor;

/**
 * Where the sections of a region with these capacities are. Every section begins at a multiple of {@link #PAGE}; the
 * rest of its last page is padding.
 *
 * <pre>
 *   header | processes | vCPU slots | lock hash | directory | names | entries | events | statistics | objects | data
 * </pre>
 *
 * @param maxProcesses process records
 * @param maxVcpus vCPU slots
 * @param maxLocks names and entries
 * @param eventCapacity records in the event ring
 * @param objectBytes extents of named objects, before it is rounded up to a page
 * @param dataBytes user data, before it is rounded up to a page
 */
public record RegionLayout(
        int maxProcesses, int maxVcpus, int maxLocks, int eventCapacity, int objectBytes, int dataBytes) {

    public static final int PAGE = 4096;

    /** Largest number of process records: a directory bucket names one in 16 bits. */
    public static final int MAX_PROCESSES = 1 << 16;

    /** @throws IllegalArgumentException see {@link #check} */
    public RegionLayout {
        check(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes);
    }

    /** Equal in two programs that agree on every constant of every descriptor, different in any others. */
    public static long layoutHash() {
        return LayoutHash.VALUE;
    }

    /** Of {@link ProcessDescriptor} records. */
    public int processesOffset() {
        return sectionOffset(0);
    }

    /** Of {@link VcpuSlotDescriptor} records. */
    public int vcpusOffset() {
        return sectionOffset(1);
    }

    /** Of the lock hash, {@link HashDescriptor}. */
    public int hashOffset() {
        return sectionOffset(2);
    }

    /** Of {@link DirectoryDescriptor} buckets. */
    public int directoryOffset() {
        return sectionOffset(3);
    }

    /** Of {@link NameDescriptor} records. */
    public int namesOffset() {
        return sectionOffset(4);
    }

    /** Of {@link EntryDescriptor} records. */
    public int entriesOffset() {
        return sectionOffset(5);
    }

    /** Of the event ring, {@link EventDescriptor}. */
    public int eventsOffset() {
        return sectionOffset(6);
    }

    /** Of {@link StatisticsDescriptor} blocks. */
    public int statisticsOffset() {
        return sectionOffset(7);
    }

    /** Of the extents of named objects, {@link ExtentDescriptor}. */
    public int objectsOffset() {
        return sectionOffset(8);
    }

    /** Bytes for the extents of named objects: whole pages. */
    public int objectsLength() {
        return sectionLength(8);
    }

    /** Whether an extent can be at {@code offset}, {@code length} bytes: what an entry says may be damaged. */
    public boolean holdsExtent(long offset, long length) {
        return offset >= objectsOffset()
                && offset % ExtentDescriptor.ALIGNMENT == 0
                && length >= ExtentDescriptor.BODY_OFFSET
                && offset + length <= objectsOffset() + (long) objectsLength();
    }

    /** Whether the extent of a counter can be at {@code offset}. */
    public boolean holdsCounter(long offset) {
        return holdsExtent(offset, ExtentDescriptor.BODY_OFFSET + CounterDescriptor.BODY_BYTES);
    }

    /** Whether two extents that can be share a byte; false if one of them cannot be. */
    public boolean overlap(long offset, long length, long otherOffset, long otherLength) {
        return holdsExtent(offset, length)
                && holdsExtent(otherOffset, otherLength)
                && offset < otherOffset + otherLength
                && otherOffset < offset + length;
    }

    /** Of the user's data. */
    public int dataOffset() {
        return sectionOffset(9);
    }

    /** Bytes of the user's data: whole pages. */
    public int dataLength() {
        return sectionLength(9);
    }

    /** Entries of the lock hash. */
    public int hashCapacity() {
        return HashDescriptor.capacity(maxVcpus);
    }

    /** Buckets of the lock directory. */
    public int directoryCapacity() {
        return DirectoryDescriptor.capacity(maxLocks);
    }

    /** Bytes of the whole file. */
    public int length() {
        return sectionOffset(SECTIONS);
    }

    /** Offset of section {@code index} in the order of the file; of the end for {@link HeaderDescriptor#SECTIONS}. */
    public int sectionOffset(int index) {
        long[] bytes = sectionBytes(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes);
        int offset = PAGE;
        for (int i = 0; i < index; i++) {
            offset += (int) roundUp(bytes[i]);
        }
        return offset;
    }

    /** Bytes of section {@code index}, padding included. */
    public int sectionLength(int index) {
        return (int)
                roundUp(sectionBytes(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes)[index]);
    }

    private static long[] sectionBytes(
            long maxProcesses, int maxVcpus, int maxLocks, long eventCapacity, long objectBytes, long dataBytes) {
        return new long[] {
            maxProcesses * ProcessDescriptor.LENGTH,
            (long) maxVcpus * VcpuSlotDescriptor.LENGTH,
            HashDescriptor.length(HashDescriptor.capacity(maxVcpus)),
            (long) DirectoryDescriptor.capacity(maxLocks) * DirectoryDescriptor.LENGTH,
            (long) maxLocks * NameDescriptor.LENGTH,
            (long) maxLocks * EntryDescriptor.LENGTH,
            EventDescriptor.RECORDS_OFFSET + eventCapacity * EventDescriptor.RECORD_LENGTH,
            (long) StatisticsDescriptor.blocks(maxLocks) * StatisticsDescriptor.LENGTH,
            objectBytes,
            dataBytes
        };
    }

    private static long roundUp(long bytes) {
        return (bytes + PAGE - 1) & -PAGE;
    }

    /** @throws IllegalArgumentException if a capacity is out of range, or the region would reach 2 GiB */
    public static void check(
            int maxProcesses, int maxVcpus, int maxLocks, int eventCapacity, int objectBytes, int dataBytes) {
        check("maxProcesses", maxProcesses, 1, MAX_PROCESSES);
        check("maxVcpus", maxVcpus, 1, LockWord.MAX_VCPUS);
        check("maxLocks", maxLocks, 1, DirectoryDescriptor.MAX_ENTRIES);
        check("eventCapacity", eventCapacity, 1, Integer.MAX_VALUE);
        check("objectBytes", objectBytes, 0, Integer.MAX_VALUE);
        check("dataBytes", dataBytes, 0, Integer.MAX_VALUE);
        // In long arithmetic here, so that the int arithmetic of all other methods is exact.
        long length = PAGE;
        for (long section : sectionBytes(maxProcesses, maxVcpus, maxLocks, eventCapacity, objectBytes, dataBytes)) {
            length += roundUp(section);
        }
        if (length > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("maxProcesses=" + maxProcesses + ", maxVcpus=" + maxVcpus + ", maxLocks="
                    + maxLocks + ", eventCapacity=" + eventCapacity + ", objectBytes=" + objectBytes + ", dataBytes="
                    + dataBytes
                    + " need a region of " + length + " bytes, which is not below 2 GiB; ask for less");
        }
    }

    private static void check(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + "=" + value + ", allowed are " + min + ".." + max);
        }
    }
}
