package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.CORRUPT;
import static io.pvlock.RegionException.Category.INCOMPATIBLE;
import static io.pvlock.RegionException.Category.UNAVAILABLE;
import static io.pvlock.internal.layout.HeaderDescriptor.*;

import io.pvlock.RegionException;
import io.pvlock.RegionException.Category;
import io.pvlock.internal.layout.RegionLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The part of the header that never changes.
 *
 * @param regionId random: tells a region from another one that was created later at the same path
 * @param createdAtMs epoch milliseconds
 * @param bootId of the machine when the region was created
 */
record RegionHeader(RegionLayout layout, long regionId, long createdAtMs, int creatorPid, UUID bootId) {

    // Not String.format: every open comes by, and its first use costs a JVM that has just begun 20 ms.
    private static final HexFormat HEX = HexFormat.of();

    private static final String DELETE =
            "end all processes that use it and delete it: it will be created anew when it is next opened";

    /** The header page, ready but for the ready state. */
    ByteBuffer encode() {
        ByteBuffer page = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        page.putLong(MAGIC_OFFSET, MAGIC);
        page.order(ByteOrder.nativeOrder());
        page.putInt(BYTE_ORDER_OFFSET, BYTE_ORDER_MARK);
        page.putInt(VERSION_OFFSET, VERSION);
        page.putInt(CREATOR_PID_OFFSET, creatorPid);
        page.putLong(LAYOUT_HASH_OFFSET, RegionLayout.layoutHash());
        page.putLong(REGION_ID_OFFSET, regionId);
        page.putLong(CREATED_AT_OFFSET, createdAtMs);
        page.putLong(BOOT_ID_OFFSET, bootId.getMostSignificantBits());
        page.putLong(BOOT_ID_OFFSET + Long.BYTES, bootId.getLeastSignificantBits());
        page.putInt(MAX_PROCESSES_OFFSET, layout.maxProcesses());
        page.putInt(MAX_VCPUS_OFFSET, layout.maxVcpus());
        page.putInt(MAX_LOCKS_OFFSET, layout.maxLocks());
        page.putInt(EVENT_CAPACITY_OFFSET, layout.eventCapacity());
        page.putInt(OBJECT_BYTES_OFFSET, layout.objectBytes());
        page.putInt(DATA_BYTES_OFFSET, layout.dataBytes());
        page.putInt(SECTION_COUNT_OFFSET, SECTIONS);
        page.putLong(FILE_LENGTH_OFFSET, layout.length());
        for (int i = 0; i < SECTIONS; i++) {
            int entry = SECTION_TABLE_OFFSET + i * SECTION_ENTRY_LENGTH;
            page.putInt(entry, layout.sectionOffset(i));
            page.putInt(entry + Integer.BYTES, layout.sectionLength(i));
        }
        page.putInt(CHECKSUM_OFFSET, checksum(page));
        return page;
    }

    /**
     * Reads and validates the header of an open file, and its length.
     *
     * @param path for messages
     * @throws RegionException saying what the file is instead of a region that this program can use
     */
    static RegionHeader read(FileChannel channel, Path path) throws IOException {
        ByteBuffer page = ByteBuffer.allocate(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        while (page.hasRemaining() && channel.read(page, page.position()) > 0) {
            // A short read is not yet the end of the file.
        }
        int bytes = page.flip().limit();
        checkMagic(path, page, bytes);
        page.limit(LENGTH).order(ByteOrder.nativeOrder());
        check(bytes == LENGTH, CORRUPT, path, "is cut off in its header, after " + bytes + " bytes; " + DELETE);
        checkFormat(path, page);
        check(
                page.getInt(READY_OFFSET) == READY,
                CORRUPT,
                path,
                "was never completed: its creator, pid " + page.getInt(CREATOR_PID_OFFSET) + ", ended before; "
                        + DELETE);
        RegionHeader header = decode(path, page);
        header.checkLength(path, channel.size());
        return header;
    }

    private static void checkMagic(Path path, ByteBuffer page, int bytes) {
        check(bytes > 0, CORRUPT, path, "is empty; " + DELETE);
        check(
                bytes >= Long.BYTES && page.getLong(MAGIC_OFFSET) == MAGIC,
                CORRUPT,
                path,
                "is not a region but some other file; it is left as it is, choose another path");
    }

    private static void checkFormat(Path path, ByteBuffer page) {
        int order = page.getInt(BYTE_ORDER_OFFSET);
        check(
                order != Integer.reverseBytes(BYTE_ORDER_MARK),
                INCOMPATIBLE,
                path,
                "comes from a machine of the other byte order, where it must stay; choose another path");
        check(order == BYTE_ORDER_MARK, CORRUPT, path, "has a damaged byte order mark; " + DELETE);
        check(page.getInt(CHECKSUM_OFFSET) == checksum(page), CORRUPT, path, "has a damaged header; " + DELETE);
        int version = page.getInt(VERSION_OFFSET);
        check(
                version == VERSION,
                INCOMPATIBLE,
                path,
                "has format version " + version + ", this program works with " + VERSION + ": the "
                        + (version > VERSION ? "program is older than the region" : "region is older than the program")
                        + "; use the same release in all processes, or " + DELETE);
        long hash = page.getLong(LAYOUT_HASH_OFFSET);
        check(
                hash == RegionLayout.layoutHash(),
                INCOMPATIBLE,
                path,
                "has layout " + HEX.toHexDigits(hash) + ", this program has "
                        + HEX.toHexDigits(RegionLayout.layoutHash()) + ", both of format version " + VERSION
                        + ": neither is older, they are different builds; use the same build in all processes, or "
                        + DELETE);
    }

    private static RegionHeader decode(Path path, ByteBuffer page) {
        RegionLayout layout;
        try {
            layout = new RegionLayout(
                    page.getInt(MAX_PROCESSES_OFFSET),
                    page.getInt(MAX_VCPUS_OFFSET),
                    page.getInt(MAX_LOCKS_OFFSET),
                    page.getInt(EVENT_CAPACITY_OFFSET),
                    page.getInt(OBJECT_BYTES_OFFSET),
                    page.getInt(DATA_BYTES_OFFSET));
        } catch (IllegalArgumentException e) {
            throw error(CORRUPT, path, "has impossible capacities (" + e.getMessage() + "); " + DELETE);
        }
        RegionHeader header = new RegionHeader(
                layout,
                page.getLong(REGION_ID_OFFSET),
                page.getLong(CREATED_AT_OFFSET),
                page.getInt(CREATOR_PID_OFFSET),
                new UUID(page.getLong(BOOT_ID_OFFSET), page.getLong(BOOT_ID_OFFSET + Long.BYTES)));
        // What follows from the capacities must be what the creator made of them: the section table above all.
        check(
                header.encode().getInt(CHECKSUM_OFFSET) == page.getInt(CHECKSUM_OFFSET),
                INCOMPATIBLE,
                path,
                "has its sections at other places than this program; use the same build in all processes, or "
                        + DELETE);
        return header;
    }

    private void checkLength(Path path, long actual) {
        check(
                actual <= Integer.MAX_VALUE,
                UNAVAILABLE,
                path,
                "is " + actual + " bytes long, but regions are below 2 GiB: something was appended to it; " + DELETE);
        check(
                actual == layout.length(),
                CORRUPT,
                path,
                "is " + actual + " bytes long instead of " + layout.length() + ": it was "
                        + (actual < layout.length() ? "cut off" : "extended") + "; " + DELETE);
    }

    private static int checksum(ByteBuffer page) {
        CRC32C crc = new CRC32C();
        crc.update(page.duplicate().position(CHECKSUMMED_OFFSET).limit(READY_OFFSET));
        return (int) crc.getValue();
    }

    private static void check(boolean valid, Category category, Path path, String otherwise) {
        if (!valid) {
            throw error(category, path, otherwise);
        }
    }

    private static RegionException error(Category category, Path path, String message) {
        return new RegionException(category, "region file " + path + " " + message);
    }
}
