/*
 * One word for each vCPU of the region, in an object's extent: generation of the slot (16 bits), value (48 bits). It
 * belongs to the user of the slot, and is void once that one is dead. io.pvlock.internal.wait.VcpuWords.
 */
#ifndef PVLOCK_WORDS_H
#define PVLOCK_WORDS_H

#include "region.h"

#define PV_MAX_VALUE ((UINT64_C(1) << 48) - 1)
#define PV_WORD_LINE_BYTES 64

/* Where the words are. */
struct pv_words {
    struct pv_core *core;
    uint32_t at;
    /* vCPU i is in line i modulo 2^lines_shift, behind those before it; 0 for one after the other. */
    int lines_shift;
    /* Offset of the bound: words of vCPUs from there on have never been used. */
    uint32_t highest_at;
};

static inline uint32_t pv_word_at(const struct pv_words *words, int vcpu) {
    return words->at + ((uint32_t) vcpu & ((1u << words->lines_shift) - 1)) * PV_WORD_LINE_BYTES
        + ((uint32_t) vcpu >> words->lines_shift) * 8;
}

static inline uint64_t pv_value_of(uint64_t word) {
    return word & PV_MAX_VALUE;
}

/* Who set word, that of vcpu. */
static inline uint32_t pv_word_owner(int vcpu, uint64_t word) {
    return pv_owner_word(vcpu, (uint32_t) (word >> 48));
}

static inline uint64_t pv_word_of(uint32_t owner, uint64_t value) {
    return (uint64_t) pv_owner_generation(owner) << 48 | value;
}

/* The word of vcpu. */
static inline uint64_t pv_raw_word(const struct pv_words *words, int vcpu) {
    return pv_load64(words->core->base, pv_word_at(words, vcpu)); /* P17 acquire; pairs with P17 in pv_put_value */
}

/* Greater than the index of every vCPU that ever set a word. */
static inline int pv_words_bound(const struct pv_words *words) {
    uint64_t highest = pv_load64(words->core->base, words->highest_at); /* P17 acquire */
    return highest < (uint64_t) words->core->vcpus ? (int) highest : words->core->vcpus;
}

/* The value of me, 0 if it has never set one. */
uint64_t pv_get_value(const struct pv_words *words, const struct pv_me *me);
/* Sets the value of me; only it does. */
void pv_put_value(const struct pv_words *words, const struct pv_me *me, uint64_t value);
/* Sets the value of owner if it still is expected: it may die, and its word be cleared, at any moment. */
bool pv_cas_value(const struct pv_words *words, uint32_t owner, uint64_t expected, uint64_t value);
uint64_t pv_sum_of_alive(const struct pv_words *words);
/* Owner word of the first alive whose value is not 0, not counting but; 0 if there is none. */
uint32_t pv_first_alive_but(const struct pv_words *words, uint32_t but);
/* Likewise, from that vCPU on. */
uint32_t pv_first_alive_from(const struct pv_words *words, int vcpu, uint32_t but);
/* How many lines the words of a read-write lock are dealt out to, as a shift. */
int pv_lines_shift(int max_vcpus);

/* ---- wait queues: waitqueue.c, io.pvlock.internal.wait.WaitQueue */

struct pv_wait_queue {
    struct pv_words words;
    uint32_t ticket_at;
    /* Of the lock without which no wait ends. */
    uint32_t cell;
};

/* Whether a vCPU with this value waits and has not been woken. */
bool pv_waits(uint64_t value);
/* Whether a vCPU with this value was woken alone, so that nobody else has its wake-up. */
bool pv_is_chosen(uint64_t value);
void pv_queue_join(struct pv_wait_queue *queue, struct pv_me *me, bool exclusive);
/* Whether it had been woken: if it makes no use of that, it wakes another. */
bool pv_queue_leave(struct pv_wait_queue *queue, struct pv_me *me);
bool pv_queue_is_woken(struct pv_wait_queue *queue, struct pv_me *me);
bool pv_queue_has_waiters(struct pv_wait_queue *queue);
int pv_queue_wake(struct pv_wait_queue *queue, int exclusives);
void pv_queue_pass_on(struct pv_wait_queue *queue);
bool pv_queue_is_turn(struct pv_wait_queue *queue, struct pv_me *me);
void pv_queue_wait_again(struct pv_wait_queue *queue, struct pv_me *me);
/* PV_ACQUIRED to look again, or why the wait ends. */
int pv_queue_await(struct pv_wait_queue *queue, struct pv_me *me, uint32_t depends_on, int64_t deadline_ns);

#endif
