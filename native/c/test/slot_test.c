/* Slots of the dead, step by step: what is left behind in one, and what reclaiming it clears. */
#include "buckets.h"
#include "test.h"
#include "vcpu.h"
#include "words.h"

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

static uint32_t status_of(int vcpu) {
    return pv_slot_status(pv_state(&region->core, vcpu));
}

/* Runs body on a thread that ends as it is; the index of its slot. */
struct dying {
    void (*body)(pvlock_vcpu *vcpu);
    int vcpu;
};

static void *run_dying(void *argument) {
    struct dying *dying = argument;
    pvlock_vcpu *vcpu = test_attach(region);
    dying->vcpu = pvlock_vcpu_index(vcpu);
    dying->body(vcpu);
    return NULL;
}

static int die(void (*body)(pvlock_vcpu *vcpu)) {
    struct dying dying = {body, -1};
    pthread_t thread;
    CHECK_IS(0, pthread_create(&thread, NULL, run_dying, &dying));
    CHECK_IS(0, pthread_join(thread, NULL));
    while (!pv_dead(&region->core, dying.vcpu)) {
        usleep(100); /* a thread that was joined takes a while to end in the kernel, too */
    }
    return dying.vcpu;
}

static void do_nothing(pvlock_vcpu *vcpu) {
    (void) vcpu;
}

static void the_mark_of_a_former_user_is_taken_away(void) {
    begin();
    int dead = die(do_nothing);
    CHECK((pv_load32(region->core.base, pv_sentinel_at(&region->core, dead)) & PV_SENTINEL_OWNER_DIED) != 0);
    CHECK_IS(1, pv_reclaim_dead(region));
    pvlock_vcpu *borrowed;
    CHECK_IS(PVLOCK_OK, pvlock_attach_borrowed(region, &borrowed));
    CHECK_IS(dead, pvlock_vcpu_index(borrowed));
    /* Else it would wake every waiter that depends on this one, again and again. */
    CHECK_IS(0, pv_load32(region->core.base, pv_sentinel_at(&region->core, dead)));
    CHECK(!pv_dead(&region->core, dead));
    end();
}

/* ---- what the dead owned */

static void take_lock(pvlock_vcpu *vcpu) {
    CHECK_IS(PVLOCK_OK, pvlock_lock(test_lock(region, "lock"), vcpu));
}

static void a_lock_that_nobody_wants_is_released(void) {
    begin();
    pvlock_t *lock = test_lock(region, "lock");
    int dead = die(take_lock);
    CHECK_IS(1, pv_reclaim_dead(region));
    CHECK_IS(PVLOCK_SLOT_FREE, status_of(dead));
    CHECK_IS(PV_INCONSISTENT, atomic_load(lock->cell));
    int64_t count;
    pvlock_death death;
    CHECK_IS(PVLOCK_OK, pvlock_last_death(lock, &death, &count));
    CHECK(count == 1 && death.pid == getpid());
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_last_death(lock, &death, &count));
    CHECK_IS(1, count); /* it is not counted twice */
    end();
}

/* ---- where the dead stood */

/* Stands in the queue as head, and in the hash, and is gone. */
static void stand_as_head(pvlock_vcpu *vcpu) {
    pvlock_t *lock = test_lock(region, "lock");
    uint32_t ref = pv_pick_node(lock->cell_at, &vcpu->me);
    pv_begin(&vcpu->me, PV_DEADLINE_NONE, false);
    pv_join(lock->cell_at, ref, &vcpu->me);
    pv_enter(lock->cell_at, ref, &vcpu->me);
    pv_set_pending(&region->core, lock->cell_at);
}

static void a_queue_of_the_dead_is_dropped(void) {
    begin();
    pvlock_t *lock = test_lock(region, "lock");
    int head = die(stand_as_head);
    int second = die(stand_as_head);
    CHECK(pv_hash_contains(&region->core, lock->cell_at, pv_ref(head, 0)));
    CHECK_IS(pv_ref(second, 0), pv_tail(pv_word(atomic_load(lock->cell))));
    CHECK_IS(2, pv_reclaim_dead(region));
    CHECK_IS(0, atomic_load(lock->cell));
    CHECK(!pv_hash_contains(&region->core, lock->cell_at, pv_ref(head, 0)));
    CHECK(!pv_hash_contains(&region->core, lock->cell_at, pv_ref(second, 0)));
    CHECK(pv_nodes_are_free(&region->core, head) && pv_nodes_are_free(&region->core, second));
    end();
}

/* A living waiter behind the dead repairs the queue itself; until then their slots stay. */
static void the_living_keep_the_dead_before_them(void) {
    begin();
    pvlock_t *lock = test_lock(region, "lock");
    int head = die(stand_as_head);
    uint32_t ref = pv_pick_node(lock->cell_at, &me->me);
    pv_begin(&me->me, PV_DEADLINE_NONE, false);
    pv_join(lock->cell_at, ref, &me->me);
    CHECK_IS(0, pv_reclaim_dead(region));
    CHECK_IS(PVLOCK_SLOT_DEAD, status_of(head));
    struct pv_policy policy = lock->policy;
    CHECK_IS(PV_UNDECIDED, pv_wait_for_grant(lock->cell_at, ref, &me->me, &policy));
    CHECK_IS(PV_ACQUIRED, pv_await_as_head(lock->cell_at, ref, &me->me, &policy));
    pv_hand_off(lock->cell_at, ref, true, &me->me, &policy);
    CHECK_IS(PV_ACQUIRED, pv_unlock(lock->cell_at, &me->me));
    pv_end(&me->me);
    CHECK_IS(1, pv_reclaim_dead(region));
    CHECK_IS(0, atomic_load(lock->cell));
    end();
}

/* ---- what the dead left in objects */

static pvlock_semaphore *semaphore_of(void) {
    pvlock_semaphore *semaphore;
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_find(region, "semaphore", 9, 3, false, &semaphore));
    return semaphore;
}

static void keep_permits(pvlock_vcpu *vcpu) {
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore_of(), vcpu, 2, PVLOCK_FOREVER));
}

static void keep_reading(pvlock_vcpu *vcpu) {
    pvlock_rwlock *rwlock;
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_find(region, "rw", 2, NULL, &rwlock));
    CHECK_IS(PVLOCK_OK, pvlock_rwlock_read(rwlock, vcpu, PVLOCK_FOREVER));
}

static uint32_t extent_of(const char *name) {
    struct pv_name wanted;
    uint32_t entry;
    CHECK_IS(PVLOCK_OK, pv_name_init(&wanted, name, strlen(name)));
    CHECK_IS(PVLOCK_OK, pv_find_entry(region, &wanted, NULL, false, &entry));
    uint32_t extent = pv_extent_at(region, entry);
    pv_drop_handle(region, entry);
    return extent;
}

/* Words of vCPUs that are not 0, in an object's body. */
static int used_words(const char *name, uint32_t from) {
    int used = 0;
    struct pv_words words = pv_words_spread(&region->core, extent_of(name) + PVLOCK_EXTENT_BODY_OFFSET + from);
    for (int place = 0; place < words.lines * PV_WORDS_A_LINE; place++) {
        used += pv_value_of(pv_raw_word(&words, place)) != 0;
    }
    return used;
}

static uint64_t marks_of(const struct pv_words *words) {
    return pv_load64(words->core->base, words->at + (uint32_t) words->lines * PV_WORD_LINE_BYTES);
}

static void words_of_the_dead_are_cleared(void) {
    begin();
    die(keep_permits);
    die(keep_reading);
    CHECK_IS(1, used_words("semaphore", 0));
    CHECK_IS(1, used_words("rw", PVLOCK_READ_WRITE_LOCK_READERS_OFFSET));
    CHECK_IS(3, pvlock_semaphore_available(semaphore_of()));
    CHECK_IS(2, pv_reclaim_dead(region));
    /* Generations wrap: a later user of the slot must not have the permits of the dead. */
    CHECK_IS(0, used_words("semaphore", 0));
    CHECK_IS(0, used_words("rw", PVLOCK_READ_WRITE_LOCK_READERS_OFFSET));
    end();
}

/* What looks at the words of all looks in marked lines only, and takes the marks of lines in which nobody is. */
static void lines_in_which_nobody_is_are_not_marked(void) {
    begin();
    struct pv_core *core = &region->core;
    pvlock_semaphore *semaphore = semaphore_of();
    struct pv_words held = pv_words_in_order(core, extent_of("semaphore") + PVLOCK_EXTENT_BODY_OFFSET);
    struct pv_words queued = pv_words_in_order(core, held.at + (uint32_t) pv_words_in_order_bytes(core->vcpus));
    for (int vcpu = me->me.index + 1; vcpu < core->vcpus; vcpu++) {
        struct pv_me former = {.core = core, .index = vcpu, .owner = pv_owner_word(vcpu, 1)};
        pv_put_value(&held, &former, 1);
        pv_put_value(&held, &former, 0);
        pv_put_value(&queued, &former, 1);
        pv_put_value(&queued, &former, 0);
    }
    CHECK_IS(-1, pv_next_word(&held, 0));
    CHECK_IS(3, marks_of(&held));
    CHECK_IS(3, marks_of(&queued));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_acquire(semaphore, me, 3, PVLOCK_FOREVER));
    CHECK_IS(PVLOCK_BUSY, pvlock_semaphore_tryacquire(semaphore, me, 1));
    CHECK_IS(1, marks_of(&held));
    CHECK_IS(me->me.index, pv_next_word(&held, 0));
    CHECK_IS(PVLOCK_OK, pvlock_semaphore_release(semaphore, me, 3));
    CHECK_IS(0, marks_of(&queued));
    /* As one that died between taking a mark and looking again would leave it. */
    pv_put_value(&held, &me->me, 1);
    pv_put64(core->base, held.at + (uint32_t) held.lines * PV_WORD_LINE_BYTES, 0);
    CHECK_IS(-1, pv_next_word(&held, 0));
    pv_mark_all_words(&held);
    CHECK_IS(me->me.index, pv_next_word(&held, 0));
    pv_put_value(&held, &me->me, 0);
    CHECK_IS(0, pv_tidy_words(&held));
    CHECK_IS(0, marks_of(&held));
    end();
}

int main(void) {
    test_begin();
    the_mark_of_a_former_user_is_taken_away();
    a_lock_that_nobody_wants_is_released();
    a_queue_of_the_dead_is_dropped();
    the_living_keep_the_dead_before_them();
    words_of_the_dead_are_cleared();
    lines_in_which_nobody_is_are_not_marked();
    test_end();
    return 0;
}
