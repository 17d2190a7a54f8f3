/*
 * One word for each vCPU of the region, in an object's extent: generation of the slot (16 bits), value (48 bits). It
 * belongs to the user of the slot, and is void once that one is dead. Behind them is a bit for each line of eight
 * words: only marked lines are looked at. io.pvlock.internal.wait.VcpuWords, LineMarks.
 */
#ifndef PVLOCK_WORDS_H
#define PVLOCK_WORDS_H

#include "region.h"

#define PV_MAX_VALUE ((UINT64_C(1) << 48) - 1)
#define PV_WORD_LINE_BYTES 64
#define PV_WORDS_A_LINE (PV_WORD_LINE_BYTES / 8)

/* Where the words are. A word's place is its number in the order of memory. */
struct pv_words {
    struct pv_core *core;
    uint32_t at;
    /* vCPU i is in line i modulo 2^lines_shift, behind those before it; 0 for one after the other. */
    int lines_shift;
    /* Lines of eight words. */
    int lines;
};

/* One after the other. */
struct pv_words pv_words_in_order(struct pv_core *core, uint32_t at);
/* Dealt out to cache lines in turn. */
struct pv_words pv_words_spread(struct pv_core *core, uint32_t at);
/* Bytes of them and of their marks. */
int64_t pv_words_in_order_bytes(int max_vcpus);
int64_t pv_words_spread_bytes(int max_vcpus);

static inline int pv_place(const struct pv_words *words, int vcpu) {
    return (vcpu & ((1 << words->lines_shift) - 1)) * PV_WORDS_A_LINE + (vcpu >> words->lines_shift);
}

static inline int pv_vcpu_at(const struct pv_words *words, int place) {
    return words->lines_shift == 0
        ? place
        : (place % PV_WORDS_A_LINE) << words->lines_shift | place / PV_WORDS_A_LINE;
}

static inline uint32_t pv_word_at(const struct pv_words *words, int vcpu) {
    return words->at + (uint32_t) pv_place(words, vcpu) * 8;
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

/* The word at place. */
static inline uint64_t pv_raw_word(const struct pv_words *words, int place) {
    /* P17 acquire; pairs with P17 in pv_put_value */
    return pv_load64(words->core->base, words->at + (uint32_t) place * 8);
}

/* Who set word, the one at place. */
static inline uint32_t pv_word_owner_at(const struct pv_words *words, int place, uint64_t word) {
    return pv_word_owner(pv_vcpu_at(words, place), word);
}

/*
 * The first place from that one on whose word has a value that is not 0, of somebody alive or dead; -1 if there is
 * none. The word may change until the caller looks at it.
 */
int pv_next_word(const struct pv_words *words, int place);
/* Likewise, by who has the object's lock: lines in which no word is set are not marked any more. */
int pv_next_word_tidying(const struct pv_words *words, int place);
/* Marks all lines in which a word is set: by who has the object's lock after one that died with it. */
void pv_mark_all_words(const struct pv_words *words);

/* The value of me, 0 if it has never set one. */
uint64_t pv_get_value(const struct pv_words *words, const struct pv_me *me);
/* Sets the value of me; only it does. */
void pv_put_value(const struct pv_words *words, const struct pv_me *me, uint64_t value);
/* Sets the value of owner if it still is expected: it may die, and its word be cleared, at any moment. */
bool pv_cas_value(const struct pv_words *words, uint32_t owner, uint64_t expected, uint64_t value);
uint64_t pv_sum_of_alive(const struct pv_words *words);
/* Likewise, by who has the object's lock: the words of the dead are cleared, lines without any are not marked. */
uint64_t pv_tidy_words(const struct pv_words *words);
/* Owner word of one that is alive and whose value is not 0, not counting but; 0 if there is none. */
uint32_t pv_first_alive_but(const struct pv_words *words, uint32_t but);
/* Of the first vCPU alive from that one on, by the words alone: for who looks seldom, and must miss nobody. */
uint32_t pv_first_alive_from(const struct pv_words *words, int vcpu);

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
/*
 * Chooses the first who waits, unless one who was chosen before has not come yet, and chooses the next when it does: whom
 * to tell when the lock is free; PV_NOBODY for nobody.
 */
int pv_queue_choose(struct pv_wait_queue *queue);
/* Who waits, was not chosen, and is the first of these; PV_NOBODY if there is none. */
int pv_queue_first(struct pv_wait_queue *queue);
/* Wakes vcpu, which was chosen, or is to look again; also without the lock. */
void pv_queue_tell(struct pv_wait_queue *queue, int vcpu);
void pv_queue_pass_on(struct pv_wait_queue *queue);
/* Whether pass_on has anything to do; also without the lock. */
bool pv_queue_has_wake_up_to_pass_on(struct pv_wait_queue *queue);
/* Whether nobody alive is before me, which is queued; woken or not. */
bool pv_queue_is_turn(struct pv_wait_queue *queue, struct pv_me *me);
/* Both, with one look at the words as long as nobody who was chosen dies. */
bool pv_queue_pass_on_and_is_turn(struct pv_wait_queue *queue, struct pv_me *me);
/* How many alive are before me, which is queued; woken or not. */
int pv_queue_before(struct pv_wait_queue *queue, struct pv_me *me);
void pv_queue_wait_again(struct pv_wait_queue *queue, struct pv_me *me);
/* PV_ACQUIRED to look again, or why the wait ends. longest_ns: see pv_stand. */
int pv_queue_await(
    struct pv_wait_queue *queue, struct pv_me *me, uint32_t depends_on, int64_t longest_ns, int64_t deadline_ns);

#endif
