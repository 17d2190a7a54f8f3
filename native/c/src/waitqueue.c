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

#define NO_PLACE (-1)

bool pv_waits(uint64_t value) {
    return (value & (WAITING | WOKEN)) == WAITING;
}

bool pv_is_chosen(uint64_t value) {
    return (value & WOKEN) != 0 && (value & EXCLUSIVE) != 0;
}

static bool is_alive(struct pv_wait_queue *queue, int place, uint64_t word) {
    return !pv_owner_dead(queue->words.core, pv_word_owner_at(&queue->words, place, word));
}

static bool waits_alive(struct pv_wait_queue *queue, int place, uint64_t word) {
    return pv_waits(pv_value_of(word)) && is_alive(queue, place, word);
}

static void forget(struct pv_wait_queue *queue, int place, uint64_t word) {
    pv_cas_value(&queue->words, pv_word_owner_at(&queue->words, place, word), pv_value_of(word), 0);
}

/* Whether who waits at place is dead, or does not wait any more. */
static bool forget_dead(struct pv_wait_queue *queue, int place) {
    uint64_t word = pv_raw_word(&queue->words, place);
    if (!pv_waits(pv_value_of(word))) {
        return true;
    }
    if (is_alive(queue, place, word)) {
        return false;
    }
    forget(queue, place, word);
    return true;
}

/* Where the word of the first is who is alive and has not been woken; NO_PLACE if there is none. */
static int first_waiting(struct pv_wait_queue *queue) {
    for (;;) {
        int first = NO_PLACE;
        uint64_t first_ticket = UINT64_MAX;
        for (int place = pv_next_word(&queue->words, 0); place >= 0; place = pv_next_word(&queue->words, place + 1)) {
            uint64_t word = pv_raw_word(&queue->words, place);
            if (pv_waits(pv_value_of(word)) && (word & TICKET_MASK) < first_ticket) {
                first = place;
                first_ticket = word & TICKET_MASK;
            }
        }
        /* Only of the first it is asked whether it lives, which is a look at its slot. */
        if (first == NO_PLACE || !forget_dead(queue, first)) {
            return first;
        }
    }
}

static int next(struct pv_wait_queue *queue, int place, bool tidies) {
    return tidies ? pv_next_word_tidying(&queue->words, place) : pv_next_word(&queue->words, place);
}

/* Where the word of one is who was chosen and has died; NO_PLACE if there is none. */
static int dead_chosen(struct pv_wait_queue *queue, bool tidies) {
    for (int place = next(queue, 0, tidies); place >= 0; place = next(queue, place + 1, tidies)) {
        uint64_t word = pv_raw_word(&queue->words, place);
        if (pv_is_chosen(pv_value_of(word)) && !is_alive(queue, place, word)) {
            return place;
        }
    }
    return NO_PLACE;
}

/* The vCPU that is the last of those alive before me, woken or not; PV_NOBODY if there is none. */
static int predecessor(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t mine = pv_get_value(&queue->words, me) & TICKET_MASK;
    int last = PV_NOBODY;
    uint64_t last_ticket = 0;
    for (int place = next(queue, 0, false); place >= 0; place = next(queue, place + 1, false)) {
        uint64_t word = pv_raw_word(&queue->words, place);
        uint64_t ticket = word & TICKET_MASK;
        bool is_between = pv_value_of(word) != 0 && ticket < mine && (last == PV_NOBODY || ticket > last_ticket);
        if (is_between && is_alive(queue, place, word)) {
            last = (int) pv_owner_vcpu(pv_word_owner_at(&queue->words, place, word));
            last_ticket = ticket;
        }
    }
    return last;
}

/*
 * PV_NOBODY if it does not wait any more. Somebody may leave without the lock at the same time; then its word must not
 * come back.
 */
static int choose(struct pv_wait_queue *queue, int place, uint64_t word) {
    uint64_t value = pv_value_of(word);
    uint32_t owner = pv_word_owner_at(&queue->words, place, word);
    if (!waits_alive(queue, place, word) || !pv_cas_value(&queue->words, owner, value, value | WOKEN)) {
        return PV_NOBODY;
    }
    PVLOCK_KILL_POINT(WAITER_CHOSEN, -1);
    return (int) pv_owner_vcpu(owner);
}

static int choose_first(struct pv_wait_queue *queue) {
    int chosen = PV_NOBODY;
    for (int first = first_waiting(queue); first != NO_PLACE && chosen == PV_NOBODY; first = first_waiting(queue)) {
        chosen = choose(queue, first, pv_raw_word(&queue->words, first));
    }
    return chosen;
}

int pv_queue_choose(struct pv_wait_queue *queue) {
    int first = NO_PLACE;
    uint64_t first_ticket = UINT64_MAX;
    for (int place = next(queue, 0, true); place >= 0; place = next(queue, place + 1, true)) {
        uint64_t word = pv_raw_word(&queue->words, place);
        if ((word & WOKEN) != 0) {
            if (is_alive(queue, place, word)) {
                return PV_NOBODY;
            }
        } else if ((word & TICKET_MASK) < first_ticket && pv_waits(pv_value_of(word))) {
            first = place;
            first_ticket = word & TICKET_MASK;
        }
    }
    if (first == NO_PLACE) {
        return PV_NOBODY;
    }
    int chosen = choose(queue, first, pv_raw_word(&queue->words, first));
    /* Else it has died, or has left without the lock. */
    return chosen != PV_NOBODY ? chosen : choose_first(queue);
}

int pv_queue_first(struct pv_wait_queue *queue) {
    int first = first_waiting(queue);
    return first == NO_PLACE
        ? PV_NOBODY
        : (int) pv_owner_vcpu(pv_word_owner_at(&queue->words, first, pv_raw_word(&queue->words, first)));
}

void pv_queue_tell(struct pv_wait_queue *queue, int vcpu) {
    if (vcpu != PV_NOBODY) {
        PVLOCK_KILL_POINT(WAITER_UNTOLD, -1);
        pv_kick(queue->words.core, vcpu);
    }
}

/* Gives the wake-ups of the dead who did not live to act on them to others. */
void pv_queue_pass_on(struct pv_wait_queue *queue) {
    for (int dead = dead_chosen(queue, true); dead != NO_PLACE; dead = dead_chosen(queue, true)) {
        uint64_t word = pv_raw_word(&queue->words, dead);
        /*
         * Another one is chosen before this one is forgotten. If I die in between, one too many is woken, which does no
         * harm.
         */
        pv_queue_tell(queue, choose_first(queue));
        forget(queue, dead, word);
    }
}

bool pv_queue_has_wake_up_to_pass_on(struct pv_wait_queue *queue) {
    return dead_chosen(queue, false) != NO_PLACE;
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
    return first_waiting(queue) != NO_PLACE;
}

bool pv_queue_is_turn(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t ticket = pv_get_value(&queue->words, me) & TICKET_MASK;
    for (int place = next(queue, 0, false); place >= 0; place = next(queue, place + 1, false)) {
        uint64_t word = pv_raw_word(&queue->words, place);
        if (pv_value_of(word) != 0 && (word & TICKET_MASK) < ticket && is_alive(queue, place, word)) {
            return false;
        }
    }
    return true;
}

bool pv_queue_pass_on_and_is_turn(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t mine = pv_get_value(&queue->words, me) & TICKET_MASK;
    bool turn = true;
    for (int place = next(queue, 0, true); place >= 0; place = next(queue, place + 1, true)) {
        uint64_t word = pv_raw_word(&queue->words, place);
        bool chosen = pv_is_chosen(pv_value_of(word));
        bool before = turn && (word & TICKET_MASK) < mine;
        if (chosen || before) {
            bool alive = is_alive(queue, place, word);
            if (chosen && !alive) {
                pv_queue_pass_on(queue);
                return pv_queue_is_turn(queue, me);
            }
            turn &= !(before && alive);
        }
    }
    return turn;
}

int pv_queue_before(struct pv_wait_queue *queue, struct pv_me *me) {
    uint64_t ticket = pv_get_value(&queue->words, me) & TICKET_MASK;
    int before = 0;
    for (int place = next(queue, 0, false); place >= 0; place = next(queue, place + 1, false)) {
        uint64_t word = pv_raw_word(&queue->words, place);
        before += pv_value_of(word) != 0 && (word & TICKET_MASK) < ticket && is_alive(queue, place, word);
    }
    return before;
}

/* Takes back the wake-up of me, which keeps its place: it could not make use of it yet. */
void pv_queue_wait_again(struct pv_wait_queue *queue, struct pv_me *me) {
    pv_put_value(&queue->words, me, pv_get_value(&queue->words, me) & ~WOKEN);
}

/* Sleeps, if me is not woken. The caller then looks at everything again, under the lock. Without the lock. */
int pv_queue_await(
        struct pv_wait_queue *queue, struct pv_me *me, uint32_t depends_on, int64_t longest_ns, int64_t deadline_ns) {
    pv_begin(me, deadline_ns, false);
    int reason = pv_queue_is_woken(queue, me) ? PV_UNDECIDED : pv_reason_to_leave(me);
    if (!pv_queue_is_woken(queue, me) && reason == PV_UNDECIDED) {
        bool watch = depends_on != 0 && depends_on != me->owner;
        int64_t widened_ns = me->patience.next_ns;
        pv_begin_wait(me, queue->cell);
        me->patience.next_ns = widened_ns;
        pv_stand(me, longest_ns);
        /* Else what concerns it is the death of the one before it, should that one have been chosen. */
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
