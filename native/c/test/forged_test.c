/*
 * Words that nobody can have written: an error or a cautious answer, never an access outside of the mapping, never the
 * end of the process.
 */
#include "test.h"
#include "region.h"
#include "surrogate.h"
#include "vcpu.h"

static void put32(pvlock_region *region, uint32_t at, uint32_t value) {
    atomic_store(PV_ATOMIC32(region->core.base, at), value);
}

static void put64(pvlock_region *region, uint32_t at, uint64_t value) {
    atomic_store(PV_ATOMIC64(region->core.base, at), value);
}

static pvlock_region *fresh(void) {
    CHECK(unlink(test_path) == 0 || errno == ENOENT);
    return test_open();
}

/* ---- extents */

/* An extent far behind the file looks like a wide gap before it. */
static void an_extent_behind_the_file_makes_no_room(void) {
    pvlock_region *region = fresh();
    pvlock_array *array;
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "most", 4, 8000, NULL, &array));
    pvlock_t *victim = test_lock(region, "victim");
    uint32_t entry = pv_entry_at(region, victim->entry);
    put32(region, entry + PVLOCK_ENTRY_EXTENT_LENGTH_OFFSET, 64);
    put32(region, entry + PVLOCK_ENTRY_EXTENT_OFFSET_OFFSET, 0xfffff000);
    size_t bytes;
    unsigned char *data = pvlock_data(region, &bytes);
    memset(data, 0x5a, bytes);
    CHECK_IS(PVLOCK_CORRUPT, pvlock_array_find(region, "more", 4, 1000, NULL, &array));
    CHECK_SAYS("run pvlock fsck on the region");
    for (size_t i = 0; i < bytes; i++) {
        CHECK_IS(0x5a, data[i]);
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* What comes behind an extent of crooked length begins where an extent can. */
static void an_extent_of_crooked_length(void) {
    pvlock_region *region = fresh();
    pvlock_array *array;
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "crooked", 7, 8, NULL, &array));
    put32(region, pv_entry_at(region, 0) + PVLOCK_ENTRY_EXTENT_LENGTH_OFFSET, 131);
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "next", 4, 8, NULL, &array));
    CHECK_IS(0, pv_extent_at(region, 1) % PVLOCK_EXTENT_ALIGNMENT);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* Of an extent that is there, and of which nobody knows how long it is, nothing is given to another. */
static void an_extent_of_unknown_length(void) {
    const uint32_t lengths[] = {0, 63, 0x7fffffff, 0x80000000, 0xffffffff};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        pvlock_region *region = fresh();
        pvlock_array *array;
        CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "first", 5, 8, NULL, &array));
        uint32_t body = pv_extent_at(region, 0) + PVLOCK_EXTENT_BODY_OFFSET;
        put64(region, body, 0x5a5a);
        put32(region, pv_entry_at(region, 0) + PVLOCK_ENTRY_EXTENT_LENGTH_OFFSET, lengths[i]);
        /* The room is known from before the damage, and was nobody's. */
        CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "second", 6, 8, NULL, &array));
        put64(region, PVLOCK_HEADER_ROOM_CHECK_OFFSET, 0);
        CHECK_IS(PVLOCK_CORRUPT, pvlock_array_find(region, "third", 5, 8, NULL, &array));
        CHECK_SAYS("run pvlock fsck on the region");
        CHECK_IS(0x5a5a, pv_load64(region->core.base, body));
        put64(region, body, 0);
        CHECK_IS(PVLOCK_OK, pvlock_close(region));
    }
}

/* ---- a waiter's own words */

static void a_node_of_a_lock_that_is_nowhere(void) {
    pvlock_region *region = fresh();
    pvlock_vcpu *me = test_attach(region);
    pvlock_vcpu *holder;
    CHECK_IS(PVLOCK_OK, pvlock_attach_borrowed(region, &holder));
    pvlock_t *lock = test_lock(region, "held");
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, holder));
    uint32_t node = pv_node_at(&region->core, pv_ref(me->me.index, 0));
    put32(region, node + PVLOCK_NODE_GRANT_OFFSET, pv_grant_of(1, PVLOCK_NODE_SKIPPED));
    const uint64_t nowhere[] = {0xfffffff8, 4, pv_length(&region->layout)};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        put64(region, node + PVLOCK_NODE_LOCK_OFFSET, nowhere[i]);
        CHECK_IS(PVLOCK_CORRUPT, pvlock_timedlock_ns(lock, me, pvlock_now_ns() + 1000000));
        CHECK_SAYS("run pvlock fsck on the region");
    }
    put32(region, node + PVLOCK_NODE_GRANT_OFFSET, pv_grant_of(1, PVLOCK_NODE_FREE));
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_timedlock_ns(lock, me, pvlock_now_ns() + 1000000));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, holder));
    CHECK_IS(PVLOCK_OK, pvlock_detach(holder));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

struct waiter {
    pvlock_region *region;
    pvlock_t *lock;
    _Atomic int vcpu;
};

static void *wait_for_lock(void *argument) {
    struct waiter *waiter = argument;
    pvlock_vcpu *me = test_attach(waiter->region);
    atomic_store(&waiter->vcpu, 1 + pvlock_vcpu_index(me));
    CHECK_IS(PVLOCK_OK, pvlock_lock(waiter->lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(waiter->lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    return NULL;
}

/* During a long wait a waiter looks whom it waits for. */
static void a_waiter_that_is_said_to_wait_for_nothing(void) {
    pvlock_region *region = fresh();
    pvlock_vcpu *me = test_attach(region);
    struct waiter waiter = {region, test_lock(region, "held"), 0};
    CHECK_IS(PVLOCK_OK, pvlock_lock(waiter.lock, me));
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, wait_for_lock, &waiter));
    test_await(&waiter.vcpu, 1);
    uint32_t at = pv_slot_at(&region->core, waiter.vcpu - 1) + PVLOCK_VCPU_SLOT_WAITING_FOR_OFFSET;
    while (pv_load64(region->core.base, at) == 0) {
        usleep(200);
    }
    uint64_t nowhere = UINT64_C(0x1fffffff8);
    put64(region, at, nowhere);
    while (pv_load64(region->core.base, at) == nowhere) {
        usleep(200); /* it says again what it knows */
    }
    CHECK_IS(waiter.lock->cell_at, (uint32_t) pv_load64(region->core.base, at));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(waiter.lock, me));
    CHECK_IS(0, pthread_join(thread, NULL));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- owners that cannot be */

static void a_writer_that_cannot_be(void) {
    pvlock_region *region = fresh();
    pvlock_vcpu *me = test_attach(region);
    pvlock_record *record;
    void *copy;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record", 6, 8, false, &record));
    uint32_t writer = pv_extent_at(region, 0) + PVLOCK_EXTENT_BODY_OFFSET + PVLOCK_SEQUENCE_WRITER_OFFSET;
    put32(region, writer, pv_owner_word(16, 1)); /* there are 16, from 0 on */
    CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
    CHECK_IS(PVLOCK_OK, pvlock_record_discard(record, me));
    put32(region, writer, 0x10000); /* a generation of nobody */
    CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
    CHECK_IS(PVLOCK_OK, pvlock_record_discard(record, me));

    pvlock_seqlock *seqlock;
    int64_t begin;
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_find(region, "seqlock", 7, false, &seqlock));
    uint32_t body = pv_extent_at(region, 1) + PVLOCK_EXTENT_BODY_OFFSET;
    put64(region, body + PVLOCK_SEQUENCE_SEQUENCE_OFFSET, 1);
    put32(region, body + PVLOCK_SEQUENCE_WRITER_OFFSET, pv_owner_word(0xfffe, 1));
    CHECK_IS(PVLOCK_INCONSISTENT, pvlock_seqlock_read_begin(seqlock, &begin));
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_seqlock_write_begin(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_consistent(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_seqlock_write_end(seqlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* A reader compares with the count after next, which is a small one again. */
static void a_record_at_the_end_of_all_numbers(void) {
    pvlock_region *region = fresh();
    pvlock_vcpu *me = test_attach(region);
    pvlock_record *record;
    uint64_t data;
    void *copy;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record", 6, 8, false, &record));
    uint32_t sequence = pv_extent_at(region, 0) + PVLOCK_EXTENT_BODY_OFFSET + PVLOCK_SEQUENCE_SEQUENCE_OFFSET;
    const uint64_t last[] = {INT64_MAX - 1, INT64_MAX, (uint64_t) INT64_MAX + 1, UINT64_MAX - 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof last / sizeof *last; i++) {
        put64(region, sequence, last[i]);
        CHECK(pvlock_record_read(record, &data) == (int64_t) (last[i] >> 1));
        CHECK_IS(PVLOCK_OK, pvlock_record_begin(record, me, &copy));
        CHECK_IS(PVLOCK_OK, pvlock_record_publish(record, me));
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void an_owner_that_cannot_be(void) {
    pvlock_region *region = fresh();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "held");
    const uint64_t cells[] = {
        pv_cell_of(PV_LOCKED, pv_owner_word(16, 1)),
        pv_cell_of(PV_LOCKED, 0x10000),
        pv_cell_of(PV_LOCKED, 0),
        pv_cell_of(PV_LOCKED | 0xffff0000, pv_owner_word(16, 1)),
        pv_cell_of(0xffff0000, 0),
        pv_cell_of(0x00020000, 0),
    };
    pvlock_owner_info owner;
    pvlock_waiter_info waiters[4];
    struct pv_process process;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        put64(region, lock->cell_at, cells[i]);
        int outcome = pvlock_trylock(lock, me);
        CHECK(outcome == PVLOCK_CORRUPT || pvlock_is_held(outcome));
        put64(region, lock->cell_at, cells[i]);
        outcome = pvlock_timedlock_ns(lock, me, pvlock_now_ns() + 1000000);
        CHECK(outcome == PVLOCK_CORRUPT || pvlock_is_held(outcome));
        put64(region, lock->cell_at, cells[i]);
        CHECK_IS(PVLOCK_NOT_OWNER, pvlock_unlock(lock, me));
        pvlock_owner(lock, &owner);
        CHECK(!pv_holder(lock, &process));
        pvlock_queue(lock, waiters, 4);
    }
    put64(region, lock->cell_at, 0);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

int main(void) {
    test_begin();
    an_extent_behind_the_file_makes_no_room();
    an_extent_of_crooked_length();
    an_extent_of_unknown_length();
    a_node_of_a_lock_that_is_nowhere();
    a_waiter_that_is_said_to_wait_for_nothing();
    a_writer_that_cannot_be();
    a_record_at_the_end_of_all_numbers();
    an_owner_that_cannot_be();
    test_end();
    return 0;
}
