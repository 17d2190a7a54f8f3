/* The words of the vCPUs in an object's extent, and the marks of their lines; words.h says what they are. */
#include "vcpu.h"
#include "words.h"

/* ---- where they are */

static int lines_of(int max_vcpus) {
    return (max_vcpus + PV_WORDS_A_LINE - 1) / PV_WORDS_A_LINE;
}

static int lines_shift(int max_vcpus) {
    int shift = 0;
    while (1 << shift < lines_of(max_vcpus)) {
        shift++;
    }
    return shift;
}

/* The marks have lines to themselves: they are seldom written, the words often. */
static int64_t bytes_of(int lines) {
    int64_t marks = (lines + 63) / 64 * 8;
    return (int64_t) lines * PV_WORD_LINE_BYTES + (marks + PV_WORD_LINE_BYTES - 1) / PV_WORD_LINE_BYTES * PV_WORD_LINE_BYTES;
}

int64_t pv_words_in_order_bytes(int max_vcpus) {
    return bytes_of(lines_of(max_vcpus));
}

int64_t pv_words_spread_bytes(int max_vcpus) {
    return bytes_of(1 << lines_shift(max_vcpus));
}

struct pv_words pv_words_in_order(struct pv_core *core, uint32_t at) {
    return (struct pv_words) {core, at, 0, lines_of(core->vcpus)};
}

struct pv_words pv_words_spread(struct pv_core *core, uint32_t at) {
    int shift = lines_shift(core->vcpus);
    return (struct pv_words) {core, at, shift, 1 << shift};
}

/* ---- marks: LineMarks */

static uint32_t mark_at(const struct pv_words *words, int line) {
    return words->at + (uint32_t) words->lines * PV_WORD_LINE_BYTES + (uint32_t) line / 64 * 8;
}

static uint64_t mark_bit(int line) {
    return UINT64_C(1) << line % 64;
}

static void mark(const struct pv_words *words, int line) {
    unsigned char *base = words->core->base;
    uint32_t at = mark_at(words, line);
    /*
     * P34 acquire: a mark that is seen was not taken before the word was set, or is set again by who took it. Pairs
     * with P34 in unmark.
     */
    uint64_t bits = pv_load64(base, at);
    /* P34 full fence if it succeeds: before the look at what the word is set for; pairs with P34 in next_marked. */
    while ((bits & mark_bit(line)) == 0 && !pv_cas64(base, at, bits, bits | mark_bit(line))) {
        bits = pv_load64(base, at); /* P34 acquire; likewise */
    }
}

static int next_marked(const struct pv_words *words, int line) {
    while (line < words->lines) {
        /* P34 acquire; pairs with P34 in mark */
        uint64_t rest = pv_load64(words->core->base, mark_at(words, line)) >> line % 64;
        if (rest != 0) {
            line += __builtin_ctzll(rest);
            return line < words->lines ? line : -1;
        }
        line = (line | 63) + 1;
    }
    return -1;
}

/* ---- one's own word */

uint64_t pv_get_value(const struct pv_words *words, const struct pv_me *me) {
    uint64_t word = pv_raw_word(words, pv_place(words, me->index));
    return word >> 48 == pv_owner_generation(me->owner) ? pv_value_of(word) : 0;
}

void pv_put_value(const struct pv_words *words, const struct pv_me *me, uint64_t value) {
    int place = pv_place(words, me->index);
    /*
     * P17, P34 full fence: the word before its mark, and before whatever its user looks at next. Pairs with P17
     * acquire in pv_raw_word, P34 in unmark.
     */
    pv_store64(words->core->base, words->at + (uint32_t) place * 8, pv_word_of(me->owner, value));
    if (value != 0) {
        PVLOCK_KILL_POINT(WORD_SET, me->index);
        mark(words, place / PV_WORDS_A_LINE);
    }
}

bool pv_cas_value(const struct pv_words *words, uint32_t owner, uint64_t expected, uint64_t value) {
    uint32_t at = pv_word_at(words, pv_owner_vcpu(owner));
    /* P17 release if it succeeds; pairs with P17 acquire in pv_raw_word. The order of a failed one does not matter. */
    return pv_cas64(words->core->base, at, pv_word_of(owner, expected), pv_word_of(owner, value));
}

/* ---- the words of all */

static int next_in_line(const struct pv_words *words, int from) {
    int end = from - from % PV_WORDS_A_LINE + PV_WORDS_A_LINE;
    for (int place = from; place < end; place++) {
        PVLOCK_KILL_POINT(WORD_SEEN, -1);
        /* What is in memory may be damaged: a word of nobody is none. */
        if (pv_value_of(pv_raw_word(words, place)) != 0 && pv_vcpu_at(words, place) < words->core->vcpus) {
            return place;
        }
    }
    return -1;
}

/*
 * Where words are set without the object's lock, one may be set after the look at it and before the mark is gone. Its
 * owner does not mark it again, if it has seen the mark; so there is a second look.
 */
static void unmark(const struct pv_words *words, int line) {
    unsigned char *base = words->core->base;
    uint32_t at = mark_at(words, line);
    uint64_t bits = pv_load64(base, at); /* P34 acquire; pairs with P34 in mark */
    /* P34 full fence: the mark is gone before the last look at the words; pairs with P34 acquire in mark. */
    while ((bits & mark_bit(line)) != 0 && !pv_cas64(base, at, bits, bits & ~mark_bit(line))) {
        bits = pv_load64(base, at); /* P34 acquire; likewise */
    }
    PVLOCK_KILL_POINT(LINE_UNMARKED, -1);
    if (next_in_line(words, line * PV_WORDS_A_LINE) >= 0) {
        mark(words, line);
    }
}

static int next_word(const struct pv_words *words, int from, bool tidies) {
    int line = from / PV_WORDS_A_LINE;
    if (from % PV_WORDS_A_LINE != 0) { /* amid a line that was marked */
        int place = next_in_line(words, from);
        if (place >= 0) {
            return place;
        }
        line++;
    }
    for (line = next_marked(words, line); line >= 0; line = next_marked(words, line + 1)) {
        int place = next_in_line(words, line * PV_WORDS_A_LINE);
        if (place >= 0) {
            return place;
        }
        if (tidies) {
            unmark(words, line);
        }
    }
    return -1;
}

int pv_next_word(const struct pv_words *words, int place) {
    return next_word(words, place, false);
}

int pv_next_word_tidying(const struct pv_words *words, int place) {
    return next_word(words, place, true);
}

void pv_mark_all_words(const struct pv_words *words) {
    for (int line = 0; line < words->lines; line++) {
        if (next_in_line(words, line * PV_WORDS_A_LINE) >= 0) {
            mark(words, line);
        }
    }
}

uint32_t pv_first_alive_but(const struct pv_words *words, uint32_t but) {
    for (int place = pv_next_word(words, 0); place >= 0; place = pv_next_word(words, place + 1)) {
        uint32_t owner = pv_word_owner_at(words, place, pv_raw_word(words, place));
        if (owner != but && !pv_owner_dead(words->core, owner)) {
            return owner;
        }
    }
    return 0;
}

uint32_t pv_first_alive_from(const struct pv_words *words, int vcpu) {
    for (; vcpu < words->core->vcpus; vcpu++) {
        uint64_t word = pv_raw_word(words, pv_place(words, vcpu));
        uint32_t owner = pv_word_owner(vcpu, word);
        if (pv_value_of(word) != 0 && !pv_owner_dead(words->core, owner)) {
            return owner;
        }
    }
    return 0;
}

uint64_t pv_sum_of_alive(const struct pv_words *words) {
    uint64_t sum = 0;
    for (int place = pv_next_word(words, 0); place >= 0; place = pv_next_word(words, place + 1)) {
        uint64_t word = pv_raw_word(words, place);
        sum += pv_owner_dead(words->core, pv_word_owner_at(words, place, word)) ? 0 : pv_value_of(word);
    }
    return sum;
}

uint64_t pv_tidy_words(const struct pv_words *words) {
    uint64_t sum = 0;
    for (int place = pv_next_word_tidying(words, 0); place >= 0; place = pv_next_word_tidying(words, place + 1)) {
        uint64_t word = pv_raw_word(words, place);
        uint32_t owner = pv_word_owner_at(words, place, word);
        if (pv_owner_dead(words->core, owner)) {
            pv_cas_value(words, owner, pv_value_of(word), 0);
        } else {
            sum += pv_value_of(word);
        }
    }
    return sum;
}
