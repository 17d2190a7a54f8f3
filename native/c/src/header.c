/* The part of the header that never changes: io.pvlock.internal.file.RegionHeader. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "region.h"

#define DELETE "end all processes that use it and delete it: it will be created anew when it is next opened"

static void put32(unsigned char *page, size_t at, uint32_t value) {
    memcpy(page + at, &value, sizeof value);
}

static void put64(unsigned char *page, size_t at, uint64_t value) {
    memcpy(page + at, &value, sizeof value);
}

static uint32_t get32(const unsigned char *page, size_t at) {
    uint32_t value;
    memcpy(&value, page + at, sizeof value);
    return value;
}

static uint64_t get64(const unsigned char *page, size_t at) {
    uint64_t value;
    memcpy(&value, page + at, sizeof value);
    return value;
}

static uint32_t checksum(const unsigned char *page) {
    return pv_crc32c(
        page + PVLOCK_HEADER_CHECKSUMMED_OFFSET, PVLOCK_HEADER_READY_OFFSET - PVLOCK_HEADER_CHECKSUMMED_OFFSET);
}

void pv_encode_header(
        unsigned char *page,
        const struct pv_layout *layout,
        int64_t region_id,
        int64_t created_at_ms,
        uint32_t creator,
        const uint64_t boot_id[2]) {
    memset(page, 0, PVLOCK_HEADER_LENGTH);
    put64(page, PVLOCK_HEADER_MAGIC_OFFSET, PVLOCK_HEADER_MAGIC);
    put32(page, PVLOCK_HEADER_BYTE_ORDER_OFFSET, PVLOCK_HEADER_BYTE_ORDER_MARK);
    put32(page, PVLOCK_HEADER_VERSION_OFFSET, PVLOCK_HEADER_VERSION);
    put32(page, PVLOCK_HEADER_CREATOR_PID_OFFSET, creator);
    put64(page, PVLOCK_HEADER_LAYOUT_HASH_OFFSET, PVLOCK_LAYOUT_HASH);
    put64(page, PVLOCK_HEADER_REGION_ID_OFFSET, (uint64_t) region_id);
    put64(page, PVLOCK_HEADER_CREATED_AT_OFFSET, (uint64_t) created_at_ms);
    put64(page, PVLOCK_HEADER_BOOT_ID_OFFSET, boot_id[0]);
    put64(page, PVLOCK_HEADER_BOOT_ID_OFFSET + 8, boot_id[1]);
    put32(page, PVLOCK_HEADER_MAX_PROCESSES_OFFSET, (uint32_t) layout->max_processes);
    put32(page, PVLOCK_HEADER_MAX_VCPUS_OFFSET, (uint32_t) layout->max_vcpus);
    put32(page, PVLOCK_HEADER_MAX_LOCKS_OFFSET, (uint32_t) layout->max_locks);
    put32(page, PVLOCK_HEADER_EVENT_CAPACITY_OFFSET, (uint32_t) layout->event_capacity);
    put32(page, PVLOCK_HEADER_OBJECT_BYTES_OFFSET, (uint32_t) layout->object_bytes);
    put32(page, PVLOCK_HEADER_DATA_BYTES_OFFSET, (uint32_t) layout->data_bytes);
    put32(page, PVLOCK_HEADER_SECTION_COUNT_OFFSET, PVLOCK_HEADER_SECTIONS);
    put64(page, PVLOCK_HEADER_FILE_LENGTH_OFFSET, pv_length(layout));
    for (size_t i = 0; i < PVLOCK_HEADER_SECTIONS; i++) {
        size_t at = PVLOCK_HEADER_SECTION_TABLE_OFFSET + i * PVLOCK_HEADER_SECTION_ENTRY_LENGTH;
        put32(page, at, layout->section_at[i]);
        put32(page, at + 4, layout->section_bytes[i]);
    }
    put32(page, PVLOCK_HEADER_CHECKSUM_OFFSET, checksum(page));
}

static int refuse(int category, const char *path, const char *why) {
    return pv_fail(category, "region file %s %s", path, why);
}

static int check_magic(const char *path, const unsigned char *page, size_t bytes) {
    if (bytes == 0) {
        return refuse(PVLOCK_CORRUPT, path, "is empty; " DELETE);
    }
    if (bytes < 8 || get64(page, PVLOCK_HEADER_MAGIC_OFFSET) != PVLOCK_HEADER_MAGIC) {
        return refuse(
            PVLOCK_CORRUPT, path, "is not a region but some other file; it is left as it is, choose another path");
    }
    return bytes == PVLOCK_HEADER_LENGTH
        ? PVLOCK_OK
        : pv_fail(PVLOCK_CORRUPT, "region file %s is cut off in its header, after %zu bytes; " DELETE, path, bytes);
}

static int check_format(const char *path, const unsigned char *page) {
    uint32_t order = get32(page, PVLOCK_HEADER_BYTE_ORDER_OFFSET);
    if (order == __builtin_bswap32(PVLOCK_HEADER_BYTE_ORDER_MARK)) {
        return refuse(
            PVLOCK_INCOMPATIBLE, path,
            "comes from a machine of the other byte order, where it must stay; choose another path");
    }
    if (order != PVLOCK_HEADER_BYTE_ORDER_MARK) {
        return refuse(PVLOCK_CORRUPT, path, "has a damaged byte order mark; " DELETE);
    }
    if (get32(page, PVLOCK_HEADER_CHECKSUM_OFFSET) != checksum(page)) {
        return refuse(PVLOCK_CORRUPT, path, "has a damaged header; " DELETE);
    }
    int version = (int) get32(page, PVLOCK_HEADER_VERSION_OFFSET);
    if (version != PVLOCK_HEADER_VERSION) {
        return pv_fail(
            PVLOCK_INCOMPATIBLE,
            "region file %s has format version %d, this program works with %d: the %s; use the same release in all processes, or " DELETE,
            path, version, PVLOCK_HEADER_VERSION,
            version > PVLOCK_HEADER_VERSION ? "program is older than the region" : "region is older than the program");
    }
    uint64_t hash = get64(page, PVLOCK_HEADER_LAYOUT_HASH_OFFSET);
    if (hash != PVLOCK_LAYOUT_HASH) {
        return pv_fail(
            PVLOCK_INCOMPATIBLE,
            "region file %s has layout %016" PRIx64 ", this program has %016" PRIx64 ", both of format version %d: neither is older,"
            " they are different builds; use the same build in all processes, or " DELETE,
            path, hash, (uint64_t) PVLOCK_LAYOUT_HASH, PVLOCK_HEADER_VERSION);
    }
    return PVLOCK_OK;
}

static int decode(const char *path, const unsigned char *page, struct pv_layout *layout, int64_t *region_id) {
    *layout = (struct pv_layout) {
        .max_processes = (int) get32(page, PVLOCK_HEADER_MAX_PROCESSES_OFFSET),
        .max_vcpus = (int) get32(page, PVLOCK_HEADER_MAX_VCPUS_OFFSET),
        .max_locks = (int) get32(page, PVLOCK_HEADER_MAX_LOCKS_OFFSET),
        .event_capacity = (int) get32(page, PVLOCK_HEADER_EVENT_CAPACITY_OFFSET),
        .object_bytes = (int) get32(page, PVLOCK_HEADER_OBJECT_BYTES_OFFSET),
        .data_bytes = (int) get32(page, PVLOCK_HEADER_DATA_BYTES_OFFSET),
    };
    if (pv_layout_init(layout) != PVLOCK_OK) {
        return pv_fail(
            PVLOCK_CORRUPT, "region file %s has impossible capacities (%s); " DELETE, path, pvlock_error_detail());
    }
    *region_id = (int64_t) get64(page, PVLOCK_HEADER_REGION_ID_OFFSET);
    /* What follows from the capacities must be what the creator made of them: the section table above all. */
    unsigned char again[PVLOCK_HEADER_LENGTH];
    const uint64_t boot_id[2] = {
        get64(page, PVLOCK_HEADER_BOOT_ID_OFFSET), get64(page, PVLOCK_HEADER_BOOT_ID_OFFSET + 8)};
    pv_encode_header(
        again, layout, *region_id, (int64_t) get64(page, PVLOCK_HEADER_CREATED_AT_OFFSET),
        get32(page, PVLOCK_HEADER_CREATOR_PID_OFFSET), boot_id);
    return get32(again, PVLOCK_HEADER_CHECKSUM_OFFSET) == get32(page, PVLOCK_HEADER_CHECKSUM_OFFSET)
        ? PVLOCK_OK
        : refuse(
            PVLOCK_INCOMPATIBLE, path,
            "has its sections at other places than this program; use the same build in all processes, or " DELETE);
}

static int check_length(int fd, const char *path, const struct pv_layout *layout) {
    struct stat facts;
    if (fstat(fd, &facts) < 0) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot open region %s", path);
    }
    int64_t length = pv_length(layout);
    if (facts.st_size > INT32_MAX) {
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "region file %s is %lld bytes long, but regions are below 2 GiB: something was appended to it; " DELETE,
            path, (long long) facts.st_size);
    }
    return facts.st_size == length
        ? PVLOCK_OK
        : pv_fail(
            PVLOCK_CORRUPT, "region file %s is %lld bytes long instead of %lld: it was %s; " DELETE,
            path, (long long) facts.st_size, (long long) length, facts.st_size < length ? "cut off" : "extended");
}

/* Reads and validates the header of an open file, and its length; says what the file is instead of a region. */
int pv_read_header(int fd, const char *path, struct pv_layout *layout, int64_t *region_id) {
    unsigned char page[PVLOCK_HEADER_LENGTH];
    size_t bytes = 0;
    while (bytes < sizeof page) {
        ssize_t got = pread(fd, page + bytes, sizeof page - bytes, (off_t) bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot open region %s", path);
        }
        if (got == 0) {
            break;
        }
        bytes += (size_t) got;
    }
    int outcome = check_magic(path, page, bytes);
    if (outcome == PVLOCK_OK) {
        outcome = check_format(path, page);
    }
    if (outcome == PVLOCK_OK && get32(page, PVLOCK_HEADER_READY_OFFSET) != PVLOCK_HEADER_READY) {
        outcome = pv_fail(
            PVLOCK_CORRUPT, "region file %s was never completed: its creator, pid %u, ended before; " DELETE,
            path, get32(page, PVLOCK_HEADER_CREATOR_PID_OFFSET));
    }
    if (outcome == PVLOCK_OK) {
        outcome = decode(path, page, layout, region_id);
    }
    return outcome == PVLOCK_OK ? check_length(fd, path, layout) : outcome;
}
