/* Where the sections of a region with these capacities are: io.pvlock.internal.layout.RegionLayout. */
#include "region.h"

static int64_t round_up(int64_t bytes) {
    return (bytes + PVLOCK_REGION_PAGE - 1) & -(int64_t) PVLOCK_REGION_PAGE;
}

/* At least two buckets for each lock, and a power of two. */
static uint32_t directory_capacity(int max_locks) {
    uint32_t capacity = 2;
    while (capacity < 2 * (uint32_t) max_locks) {
        capacity <<= 1;
    }
    return capacity;
}

/* The first entries have one each. */
uint32_t pv_statistics_blocks(int max_locks) {
    return max_locks < PVLOCK_STATISTICS_MAX_BLOCKS ? (uint32_t) max_locks : PVLOCK_STATISTICS_MAX_BLOCKS;
}

static int check(const char *name, int value, int min, int max) {
    return value >= min && value <= max
        ? PVLOCK_OK
        : pv_fail(PVLOCK_INVALID, "%s=%d, allowed are %d..%d", name, value, min, max);
}

static int check_all(const struct pv_layout *layout) {
    const struct {
        const char *name;
        int value;
        int min;
        int max;
    } limits[] = {
        {"max_processes", layout->max_processes, 1, PVLOCK_REGION_MAX_PROCESSES},
        {"max_vcpus", layout->max_vcpus, 1, PVLOCK_LOCK_WORD_MAX_VCPUS},
        {"max_locks", layout->max_locks, 1, PVLOCK_DIRECTORY_MAX_ENTRIES},
        {"event_capacity", layout->event_capacity, 1, INT32_MAX},
        {"object_bytes", layout->object_bytes, 0, INT32_MAX},
        {"data_bytes", layout->data_bytes, 0, INT32_MAX},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        int outcome = check(limits[i].name, limits[i].value, limits[i].min, limits[i].max);
        if (outcome != PVLOCK_OK) {
            return outcome;
        }
    }
    return PVLOCK_OK;
}

int pv_layout_init(struct pv_layout *layout) {
    int outcome = check_all(layout);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    layout->buckets = directory_capacity(layout->max_locks);
    const int64_t bytes[PVLOCK_HEADER_SECTIONS] = {
        [PVLOCK_SECTION_PROCESSES] = (int64_t) layout->max_processes * PVLOCK_PROCESS_LENGTH,
        [PVLOCK_SECTION_VCPUS] = (int64_t) layout->max_vcpus * PVLOCK_VCPU_SLOT_LENGTH,
        [PVLOCK_SECTION_HASH] =
            PVLOCK_HASH_ENTRIES_OFFSET + (int64_t) pv_hash_capacity(layout->max_vcpus) * PVLOCK_HASH_ENTRY_LENGTH,
        [PVLOCK_SECTION_DIRECTORY] = (int64_t) layout->buckets * PVLOCK_DIRECTORY_LENGTH,
        [PVLOCK_SECTION_NAMES] = (int64_t) layout->max_locks * PVLOCK_NAME_LENGTH,
        [PVLOCK_SECTION_ENTRIES] = (int64_t) layout->max_locks * PVLOCK_ENTRY_LENGTH,
        [PVLOCK_SECTION_EVENTS] =
            PVLOCK_EVENT_RECORDS_OFFSET + (int64_t) layout->event_capacity * PVLOCK_EVENT_RECORD_LENGTH,
        [PVLOCK_SECTION_STATISTICS] = (int64_t) pv_statistics_blocks(layout->max_locks) * PVLOCK_STATISTICS_LENGTH,
        [PVLOCK_SECTION_OBJECTS] = layout->object_bytes,
        [PVLOCK_SECTION_DATA] = layout->data_bytes,
    };
    int64_t length = PVLOCK_REGION_PAGE;
    for (int i = 0; i < PVLOCK_HEADER_SECTIONS; i++) {
        layout->section_at[i] = (uint32_t) length;
        layout->section_bytes[i] = (uint32_t) round_up(bytes[i]);
        length += round_up(bytes[i]);
        if (length > INT32_MAX) {
            return pv_fail(
                PVLOCK_INVALID,
                "max_processes=%d, max_vcpus=%d, max_locks=%d, event_capacity=%d, object_bytes=%d, data_bytes=%d need a region that"
                " is not below 2 GiB; ask for less",
                layout->max_processes, layout->max_vcpus, layout->max_locks, layout->event_capacity, layout->object_bytes,
                layout->data_bytes);
        }
    }
    layout->section_at[PVLOCK_HEADER_SECTIONS] = (uint32_t) length;
    return PVLOCK_OK;
}

bool pv_holds_extent(const struct pv_layout *layout, int64_t offset, int64_t length) {
    int64_t begin = layout->section_at[PVLOCK_SECTION_OBJECTS];
    int64_t end = begin + layout->section_bytes[PVLOCK_SECTION_OBJECTS];
    return offset >= begin
        && offset % PVLOCK_EXTENT_ALIGNMENT == 0
        && length >= PVLOCK_EXTENT_BODY_OFFSET
        && offset + length <= end;
}
