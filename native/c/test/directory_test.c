/* What the dead have left half done in the directory: names half made and half removed. And what is removed is used again. */
#include "buckets.h"
#include "object.h"
#include "test.h"
#include "vcpu.h"

static pvlock_region *region;
static pvlock_vcpu *me;

static void begin(void) {
    region = test_open();
    me = test_attach(region);
}

static void end(void) {
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    CHECK_IS(0, unlink(test_path));
}

static uint32_t bucket_of(const pvlock_t *lock) {
    return pv_entry_field(region, lock->entry, PVLOCK_ENTRY_BUCKET_OFFSET) - 1;
}

/* As a process that removes a name, and is killed before it has looked who uses it. */
static void unlink_name(const pvlock_t *lock) {
    uint64_t ready = pv_bucket_state(region, bucket_of(lock));
    CHECK_IS(PVLOCK_DIRECTORY_READY, pv_bucket_status(ready));
    CHECK(pv_cas_bucket(
        region, bucket_of(lock), ready, pv_bucket_with_status(ready, PVLOCK_DIRECTORY_REMOVED)));
}

static void a_removal_is_finished(void) {
    begin();
    pvlock_t *old = test_lock(region, "name");
    int64_t token;
    CHECK_IS(PVLOCK_OK, pvlock_lock(old, me));
    CHECK_IS(PVLOCK_OK, pvlock_token(old, me, &token));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(old, me));
    unlink_name(old);
    pvlock_t *made = test_lock(region, "name");
    CHECK(made->entry != old->entry);
    CHECK_IS(PVLOCK_NOT_RECOVERABLE, pvlock_lock(old, me));
    CHECK_SAYS("was removed; look it up again");
    /* The new one goes on from the old one's tokens. */
    int64_t next;
    CHECK_IS(PVLOCK_OK, pvlock_lock(made, me));
    CHECK_IS(PVLOCK_OK, pvlock_token(made, me, &next));
    CHECK(next > token);
    CHECK_IS(PVLOCK_OK, pvlock_unlock(made, me));
    end();
}

static void a_removal_of_what_is_held_is_undone(void) {
    begin();
    pvlock_t *old = test_lock(region, "held");
    CHECK_IS(PVLOCK_OK, pvlock_lock(old, me));
    unlink_name(old);
    pvlock_t *same = test_lock(region, "held");
    CHECK(same->entry == old->entry && pvlock_is_held_by(same, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(same, me));
    end();
}

/* 16 entries, 64 names, one after the other; one old handle, whose entry nobody else may get. */
static void entries_of_removed_names_are_used_again(void) {
    begin();
    char name[16];
    pvlock_t *kept = test_lock(region, "kept");
    unlink_name(kept);
    test_lock(region, "kept"); /* finishes the removal */
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "name %d", i);
        pvlock_t *lock = test_lock(region, name);
        CHECK(lock->entry != kept->entry);
        CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
        CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
        unlink_name(lock);
        pvlock_forget(lock);
    }
    CHECK_IS(PVLOCK_NOT_RECOVERABLE, pvlock_lock(kept, me));
    pvlock_forget(kept);
    end();
}

/* As a process that makes a name, and is killed when it has reserved an entry. */
static void what_a_dead_maker_reserved_is_used(void) {
    begin();
    struct pv_name name;
    CHECK_IS(PVLOCK_OK, pv_name_init(&name, "half made", 9));
    uint32_t bucket = pv_probed(region, &name, 0);
    CHECK(pv_cas_bucket(region, bucket, 0, pv_bucket_of(PVLOCK_DIRECTORY_CLAIMED, 9, 9, 7)));
    pv_put32(region->core.base, pv_entry_at(region, 7) + PVLOCK_ENTRY_BUCKET_OFFSET, bucket + 1);
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    pvlock_t *lock;
    options.must_exist = true;
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_find(region, "half made", 9, &options, &lock));
    lock = test_lock(region, "half made");
    CHECK_IS(7, lock->entry);
    CHECK_IS(bucket, bucket_of(lock));
    end();
}

static void an_object_that_finds_no_room(void) {
    begin();
    pvlock_record *record;
    pvlock_t *lock;
    CHECK_IS(PVLOCK_FULL, pvlock_record_find(region, "large", 5, 40000, true, &record));
    CHECK_SAYS("bytes for objects are used");
    /* The name is not taken. */
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "large", 5, NULL, &lock));
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "record %d", i);
        CHECK_IS(PVLOCK_OK, pvlock_record_find(region, name, strlen(name), 10000, true, &record));
    }
    CHECK_IS(PVLOCK_FULL, pvlock_record_find(region, "record 3", 8, 10000, true, &record));
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, "record 3", 8, 100, true, &record));
    end();
}

static uint32_t extent_of(pvlock_record *record) {
    return ((struct pv_object *) record)->extent;
}

static pvlock_record *make_record(const char *name, int bytes) {
    pvlock_record *record;
    CHECK_IS(PVLOCK_OK, pvlock_record_find(region, name, strlen(name), bytes, true, &record));
    return record;
}

/* What a removed object had goes to the next one of the same length; to a longer one something else. */
static void bytes_of_removed_objects_are_used_again(void) {
    begin();
    pvlock_record *first = make_record("first", 1000);
    pvlock_record *second = make_record("second", 1000);
    uint32_t begin_of_first = extent_of(first);
    CHECK(extent_of(second) > begin_of_first);
    for (int i = 0; i < 100; i++) {
        unlink_name(&((struct pv_object *) first)->monitor);
        pvlock_record_forget(first);
        pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
        options.must_exist = i % 2 == 0;
        pvlock_t *lock;
        /* Finishes the removal. */
        if (options.must_exist) {
            CHECK_IS(PVLOCK_NOT_FOUND, pvlock_find(region, "first", 5, &options, &lock));
        }
        first = make_record("first", 1000);
        CHECK_IS(begin_of_first, extent_of(first));
    }
    unlink_name(&((struct pv_object *) first)->monitor);
    pvlock_record_forget(first);
    first = make_record("first", 2000);
    CHECK(extent_of(first) > extent_of(second));
    end();
}

/* Where to look first is a hint, and may be damaged. */
static void wrong_hints_cost_a_search(void) {
    static const uint32_t firsts[] = {0, 3, 7, 15, 16, 1000, UINT32_MAX};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        begin();
        unsigned char *base = region->core.base;
        uint32_t made = 0;
        for (int lock = 0; lock < 16; lock++) {
            char name[16];
            if (lock % 5 == 0) {
                pv_put32(base, PVLOCK_HEADER_UNUSED_ENTRY_OFFSET, firsts[i]);
                /* From 3 to 3; from 15 to somewhere before it. */
                pv_put32(base, pv_entry_at(region, 3) + PVLOCK_ENTRY_LINK_OFFSET, UINT32_MAX);
                pv_put32(base, pv_entry_at(region, 15) + PVLOCK_ENTRY_LINK_OFFSET, (uint32_t) -9);
            }
            pv_put64(base, PVLOCK_HEADER_ROOM_OFFSET, firsts[i]);
            snprintf(name, sizeof name, "lock %d", lock);
            uint32_t bit = UINT32_C(1) << test_lock(region, name)->entry;
            CHECK((made & bit) == 0);
            made |= bit;
        }
        CHECK_IS(0xffff, made);
        pvlock_t *lock;
        CHECK_IS(PVLOCK_FULL, pvlock_find(region, "one too many", 12, NULL, &lock));
        end();
    }
}

/* Handles in any order, the oldest first. */
static void handles_are_forgotten_one_by_one(void) {
    begin();
    pvlock_t *locks[3];
    for (int i = 0; i < 3; i++) {
        locks[i] = test_lock(region, "same");
    }
    pvlock_forget(locks[1]);
    pvlock_forget(locks[0]);
    CHECK_IS(PVLOCK_OK, pvlock_lock(locks[2], me));
    CHECK_IS(PVLOCK_BUSY, pvlock_detach(me));
    CHECK_SAYS("still holds lock 'same'");
    CHECK_IS(PVLOCK_OK, pvlock_unlock(locks[2], me));
    pvlock_forget(locks[2]);
    end();
}

int main(void) {
    test_begin();
    a_removal_is_finished();
    a_removal_of_what_is_held_is_undone();
    entries_of_removed_names_are_used_again();
    what_a_dead_maker_reserved_is_used();
    an_object_that_finds_no_room();
    bytes_of_removed_objects_are_used_again();
    wrong_hints_cost_a_search();
    handles_are_forgotten_one_by_one();
    test_end();
    return 0;
}
