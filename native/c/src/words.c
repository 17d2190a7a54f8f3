/* The words of the vCPUs in an object's extent; words.h says what they are. */
#include "vcpu.h"
#include "words.h"

int pv_lines_shift(int max_vcpus) {
    int words_a_line = PV_WORD_LINE_BYTES / 8;
    int lines = (max_vcpus + words_a_line - 1) / words_a_line;
    int shift = 0;
    while (1 << shift < lines) {
        shift++;
    }
    return shift;
}

uint64_t pv_get_value(const struct pv_words *words, const struct pv_me *me) {
    uint64_t word = pv_raw_word(words, me->index);
    return word >> 48 == pv_owner_generation(me->owner) ? pv_value_of(word) : 0;
}

/* Never lowered: by a slot's number, not by who uses it. */
static void raise_highest(const struct pv_words *words, int vcpu) {
    for (;;) {
        uint64_t highest = pv_load64(words->core->base, words->highest_at); /* P17 acquire; pairs with P17 below */
        /* P17 release: for whoever finds the word by the bound; pairs with P17 acquire in pv_words_bound. If another
           vCPU has raised the bound, this store is left out. That does no harm: what fences is the store of the word
           itself, in pv_put_value. */
        if ((int64_t) highest > vcpu
                || pv_cas64(words->core->base, words->highest_at, highest, (uint64_t) vcpu + 1)) {
            return;
        }
    }
}

void pv_put_value(const struct pv_words *words, const struct pv_me *me, uint64_t value) {
    raise_highest(words, me->index);
    /* P17 full fence: the word before whatever its user looks at next; pairs with P17 acquire in pv_raw_word. */
    pv_store64(words->core->base, pv_word_at(words, me->index), pv_word_of(me->owner, value));
}

bool pv_cas_value(const struct pv_words *words, uint32_t owner, uint64_t expected, uint64_t value) {
    uint32_t at = pv_word_at(words, pv_owner_vcpu(owner));
    /* P17 release if it succeeds; pairs with P17 acquire in pv_raw_word. The order of a failed one does not matter. */
    return pv_cas64(words->core->base, at, pv_word_of(owner, expected), pv_word_of(owner, value));
}

uint32_t pv_first_alive_but(const struct pv_words *words, uint32_t but) {
    return pv_first_alive_from(words, 0, but);
}

uint32_t pv_first_alive_from(const struct pv_words *words, int vcpu, uint32_t but) {
    int bound = pv_words_bound(words);
    for (; vcpu < bound; vcpu++) {
        uint64_t word = pv_raw_word(words, vcpu);
        uint32_t owner = pv_word_owner(vcpu, word);
        if (pv_value_of(word) != 0 && owner != but && !pv_owner_dead(words->core, owner)) {
            return owner;
        }
    }
    return 0;
}

uint64_t pv_sum_of_alive(const struct pv_words *words) {
    uint64_t sum = 0;
    int bound = pv_words_bound(words);
    for (int vcpu = 0; vcpu < bound; vcpu++) {
        uint64_t word = pv_raw_word(words, vcpu);
        if (pv_value_of(word) != 0 && !pv_owner_dead(words->core, pv_word_owner(vcpu, word))) {
            sum += pv_value_of(word);
        }
    }
    return sum;
}
