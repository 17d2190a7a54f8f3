/*
 * A wait queue after the kernel's wait.c: waiters are woken in order. There are no links that a death could break: each
 * waiter has a word with a ticket, and the lowest ticket is first. io.pvlock.internal.wait.WaitQueue.
 *
 * A waiter that was chosen and dies before it has acted on it leaves its word as it is. Whoever looks next chooses
 * another: pass_on. All but await and is_woken is done under the lock of the object that the queue is part of.
 */
#include "vcpu.h"
#include "words.h"

/* Value of a word: state (3 bits), ticket (45 bits). */
#define TICKET_BITS 45
#define TICKET_MASK ((UINT64_C(1) << TICKET_BITS) - 1)
#define WOKEN (UINT64_C(1) << TICKET_BITS)
#define EXCLUSIVE (WOKEN << 1)
#define WAITING (EXCLUSIVE << 1)

bool pv_waits(uint64_t value) {
    return (value & (WAITING | WOKEN)) == WAITING;
}

bool pv_is_chosen(uint64_t value) {
    return (value & WOKEN) != 0 && (value & EXCLUSIVE) != 0;
}

static bool is_alive(struct pv_wait_queue *queue, int vcpu, uint64_t word) {
    return !pv_owner_dead(queue->words.core, pv_word_owner(vcpu, word));
}

static bool waits_alive(struct pv_wait_queue *queue, int vcpu, uint64_t word) {
    return pv_waits(pv_value_of(word)) && is_alive(queue, vcpu, word);
}

/* The vCPU that is first of those alive that have not been woken; PV_NOBODY if there is none. */
static int first_waiting(struct pv_wait_queue *queue) {
    int first = PV_NOBODY;
    uint64_t first_ticket = UINT64_MAX;
    int bound = pv_words_bound(&queue->words);
    for (int vcpu = 0; vcpu < bound; vcpu++) {
        uint64_t word = pv_raw_word(&queue->words, vcpu);
        if (waits_alive(queue, vcpu, word) && (word & TICKET_MASK) < first_ticket) {
            first = vcpu;
            first_ticket = word & TICKET_MASK;
        }
    }
    return first;
}

/* A vCPU whose user was chosen and has died; PV_NOBODY if there is none. */
static int dead_chosen(struct pv_wait_queue *queue) {
    int bound = pv_words_bound(&queue->words);
    for (int vcpu = 0; vcpu < bound; vcpu++) {
        uint64_t word = pv_raw_word(&queue->words, vcpu);
        if (pv_is_chosen(pv_value_of(word)) && !is_alive(queue, vcpu, word)) {
            return vcpu;
        }
    }
    return PV_NOBODY;
}

/* The vCPU that is the last of those alive before me, woken or not; PV_NOBODY if there is none. */
static int predecessor(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t mine = pv_get_value(&queue->words, me) & TICKET_MASK;
    int last = PV_NOBODY;
    uint64_t last_ticket = 0;
    int bound = pv_words_bound(&queue->words);
    for (int vcpu = 0; vcpu < bound; vcpu++) {
        uint64_t word = pv_raw_word(&queue->words, vcpu);
        uint64_t ticket = word & TICKET_MASK;
        bool is_between = pv_value_of(word) != 0 && ticket < mine && (last == PV_NOBODY || ticket > last_ticket);
        if (is_between && is_alive(queue, vcpu, word)) {
            last = vcpu;
            last_ticket = ticket;
        }
    }
    return last;
}

/*
 * False if it does not wait any more. Somebody may leave without the lock at the same time; then its word must not come
 * back.
 */
static bool wake_one(struct pv_wait_queue *queue, int vcpu, uint64_t word) {
    uint64_t value = pv_value_of(word);
    if (!waits_alive(queue, vcpu, word)
            || !pv_cas_value(&queue->words, pv_word_owner(vcpu, word), value, value | WOKEN)) {
        return false;
    }
    PVLOCK_KILL_POINT(WAITER_CHOSEN, -1);
    pv_kick(queue->words.core, vcpu);
    return true;
}

int pv_queue_wake(struct pv_wait_queue *queue, int exclusives) {
    int woken = 0;
    while (woken < exclusives) {
        int first = first_waiting(queue);
        if (first == PV_NOBODY) {
            return woken;
        }
        uint64_t word = pv_raw_word(&queue->words, first);
        if (wake_one(queue, first, word) && (word & EXCLUSIVE) != 0) {
            woken++;
        }
    }
    return woken;
}

/* Gives the wake-ups of the dead who did not live to act on them to others. */
void pv_queue_pass_on(struct pv_wait_queue *queue) {
    for (int dead = dead_chosen(queue); dead != PV_NOBODY; dead = dead_chosen(queue)) {
        uint64_t word = pv_raw_word(&queue->words, dead);
        /*
         * Another one is chosen before this one is forgotten. If I die in between, one too many is woken, which does no
         * harm.
         */
        pv_queue_wake(queue, 1);
        pv_cas_value(&queue->words, pv_word_owner(dead, word), pv_value_of(word), 0);
    }
}

void pv_queue_join(struct pv_wait_queue *queue, struct pv_me *me, bool exclusive) {
    unsigned char *base = queue->words.core->base;
    /* A former user of my slot may have been chosen, and have died. My word overwrites its word. */
    pv_queue_pass_on(queue);
    uint64_t ticket = pv_get64(base, queue->ticket_at) + 1;
    pv_put64(base, queue->ticket_at, ticket);
    pv_put_value(&queue->words, me, WAITING | (exclusive ? EXCLUSIVE : 0) | (ticket & TICKET_MASK));
    me->patience.next_ns = pv_first_sleep_ns();
    PVLOCK_KILL_POINT(WAITER_QUEUED, me->index);
}

bool pv_queue_is_woken(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t value = pv_get_value(&queue->words, me);
    return value == 0 || (value & WOKEN) != 0;
}

bool pv_queue_leave(struct pv_wait_queue *queue, struct pv_me *me) {
    bool woken = pv_queue_is_woken(queue, me);
    pv_put_value(&queue->words, me, 0);
    return woken;
}

bool pv_queue_has_waiters(struct pv_wait_queue *queue) {
    return first_waiting(queue) != PV_NOBODY;
}

/* Whether it is the turn of me, which is queued: nobody alive is before it, woken or not. */
bool pv_queue_is_turn(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t ticket = pv_get_value(&queue->words, me) & TICKET_MASK;
    int bound = pv_words_bound(&queue->words);
    for (int vcpu = 0; vcpu < bound; vcpu++) {
        uint64_t word = pv_raw_word(&queue->words, vcpu);
        if (pv_value_of(word) != 0 && (word & TICKET_MASK) < ticket && is_alive(queue, vcpu, word)) {
            return false;
        }
    }
    return true;
}

/* Takes back the wake-up of me, which keeps its place: it could not make use of it yet. */
void pv_queue_wait_again(struct pv_wait_queue *queue, struct pv_me *me) {
    pv_put_value(&queue->words, me, pv_get_value(&queue->words, me) & ~WOKEN);
}

/* Sleeps, if me is not woken. The caller then looks at everything again, under the lock. Without the lock. */
int pv_queue_await(struct pv_wait_queue *queue, struct pv_me *me, uint32_t depends_on, int64_t deadline_ns) {
    pv_begin(me, deadline_ns, false);
    int reason = pv_queue_is_woken(queue, me) ? PV_UNDECIDED : pv_reason_to_leave(me);
    if (!pv_queue_is_woken(queue, me) && reason == PV_UNDECIDED) {
        bool watch = depends_on != 0 && depends_on != me->owner;
        int64_t widened_ns = me->patience.next_ns;
        pv_begin_wait(me, queue->cell);
        me->patience.next_ns = widened_ns;
        /*
         * Who depends on somebody may depend on others as well. Else what concerns it is the death of the one before it,
         * should that one have been chosen.
         */
        pv_stand(me, watch ? PVLOCK_FIRST_SLEEP_NS : PVLOCK_UNTOLD_SLEEP_NS);
        pv_park(me, watch ? pv_owner_vcpu(depends_on) : predecessor(queue, me), deadline_ns);
        pv_count(me, PVLOCK_COUNT_WAIT_QUEUE_SLEEP, 1);
        reason = pv_queue_is_woken(queue, me) ? PV_UNDECIDED : pv_reason_to_leave(me);
    }
    if (pv_queue_is_woken(queue, me)) {
        PVLOCK_KILL_POINT(WAITER_WOKEN, me->index);
    }
    pv_end(me);
    return reason == PV_UNDECIDED ? PV_ACQUIRED : reason;
}
