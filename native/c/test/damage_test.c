/* A region that was damaged from outside: an error that says so, and neither a hang nor an abort. */
#include "region.h"
#include "test.h"
#include "vcpu.h"

static pvlock_region *region;
static pvlock_vcpu *me;
static pvlock_t *lock;

static void begin(void) {
    region = test_open();
    me = test_attach(region);
    lock = test_lock(region, "damaged");
}

static void end(void) {
    atomic_store(lock->cell, 0);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    CHECK_IS(0, unlink(test_path));
}

static void a_tail_that_names_no_slot(void) {
    begin();
    atomic_store(lock->cell, (uint64_t) pv_ref(9999, 1) << PVLOCK_LOCK_WORD_TAIL_INDEX_SHIFT | PV_PENDING);
    CHECK_IS(PVLOCK_CORRUPT, pvlock_lock(lock, me));
    CHECK_SAYS("vcpu=9999 does not exist, the table has 16; run pvlock fsck on the region");
    CHECK_SAYS(test_path);
    /* It left nothing behind: the thread can lock what is sound. */
    pvlock_t *sound = test_lock(region, "sound");
    CHECK_IS(PVLOCK_OK, pvlock_lock(sound, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(sound, me));
    end();
}

static void held_by_nobody(void) {
    begin();
    atomic_store(lock->cell, PV_LOCKED);
    CHECK_IS(PVLOCK_CORRUPT, pvlock_lock(lock, me));
    CHECK_SAYS("held by nobody (I3)");
    CHECK_IS(PVLOCK_CORRUPT, pvlock_trylock(lock, me));
    end();
}

static void held_by_no_slot(void) {
    begin();
    atomic_store(lock->cell, pv_cell_of(PV_LOCKED, pv_owner_word(5000, 7)));
    CHECK_IS(PVLOCK_CORRUPT, pvlock_lock(lock, me));
    pvlock_owner_info owner;
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_owner(lock, &owner));
    end();
}

/* A queue whose links lead in a circle, behind a head that is dead. */
static void a_circle(void) {
    begin();
    struct pv_core *core = &region->core;
    for (int vcpu = 8; vcpu < 10; vcpu++) {
        uint32_t node = pv_node_at(core, pv_ref(vcpu, 0));
        pv_store32(core->base, node + PVLOCK_NODE_GRANT_OFFSET, pv_grant_of(1, PVLOCK_NODE_SKIPPED));
        pv_store32(core->base, node + PVLOCK_NODE_PREV_OFFSET, pv_ref(vcpu == 8 ? 9 : 8, 0));
    }
    atomic_store(lock->cell, (uint64_t) pv_ref(9, 0) << PVLOCK_LOCK_WORD_TAIL_INDEX_SHIFT | PV_PENDING);
    CHECK_IS(PVLOCK_CORRUPT, pvlock_lock(lock, me));
    CHECK_SAYS("does not lead from vcpu=9");
    end();
}

static void a_hash_entry_that_names_no_slot(void) {
    begin();
    struct pv_core *core = &region->core;
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK(pv_hash_insert(lock->cell_at, pv_ref(9999, 0), &me->me));
    atomic_fetch_or(lock->cell, PV_SLOW);
    CHECK_IS(PVLOCK_CORRUPT, pvlock_unlock(lock, me));
    CHECK(!pvlock_is_held_by(lock, me)); /* it is given back all the same */
    CHECK_IS(0, pv_hash_take(core, lock->cell_at, 0));
    end();
}

/* A time that no lock of its policy can have. */
static void an_overtake_time_that_cannot_be(void) {
    begin();
    pvlock_array *array;
    pvlock_rwlock *rwlock;
    pvlock_t *found;
    CHECK_IS(PVLOCK_OK, pvlock_array_find(region, "array", 5, 4, NULL, &array));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rw", 2, NULL, &rwlock));
    for (uint32_t entry = 0; entry < (uint32_t) region->layout.max_locks; entry++) {
        pv_put32(region->core.base, pv_entry_at(region, entry) + PVLOCK_ENTRY_OVERTAKE_US_OFFSET, UINT32_MAX);
    }
    CHECK_IS(PVLOCK_CORRUPT, pvlock_find(region, "damaged", 7, NULL, &found));
    CHECK_SAYS("'damaged' has overtake time -1 us with policy 1, which cannot be; run pvlock fsck on the region");
    CHECK(found == NULL);
    CHECK_IS(PVLOCK_CORRUPT, pvlock_array_find(region, "array", 5, 4, NULL, &array));
    CHECK(array == NULL);
    /* To an object that asks for no time it does no harm. */
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rw", 2, NULL, &rwlock));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_write(rwlock, me, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_unwrite(rwlock, me));
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    end();
}

int main(void) {
    test_begin();
    an_overtake_time_that_cannot_be();
    a_tail_that_names_no_slot();
    held_by_nobody();
    held_by_no_slot();
    a_circle();
    a_hash_entry_that_names_no_slot();
    test_end();
    return 0;
}
