/*
 * What the dead have left in the words of objects: read holds, permits, places in wait queues, their names as writers.
 * All of it is void from their death on. But it must be cleared before their slots are used again, since generations
 * wrap. io.pvlock.internal.directory.OrphanedWords says why nothing else is compared.
 */
#include "buckets.h"
#include "vcpu.h"
#include "words.h"

struct object {
    struct pvlock_region *region;
    struct pv_dead_slots *dead;
    uint32_t extent;
    uint32_t length;
};

/* A damaged extent may be too short for all. */
static bool is_in(const struct object *object, const struct pv_words *words, int vcpu) {
    return vcpu < words->core->vcpus
        && pv_word_at(words, vcpu) + 8 <= object->extent + object->length;
}

/* By the slot, and not by the marks: a word of the dead may have none. */
static uint64_t word_of(const struct pv_words *words, int vcpu) {
    return pv_raw_word(words, pv_place(words, vcpu));
}

static bool clear(struct pv_core *core, uint32_t at, uint64_t word, uint64_t left) {
    /* P17, P18, P19: as its user, or the next holder of the object's lock, would; pairs with the same there. */
    bool cleared = pv_cas64(core->base, at, word, left);
    if (cleared) {
        PVLOCK_KILL_POINT(DEAD_WORD_CLEARED, -1);
    }
    return cleared;
}

static bool forget_values(const struct object *object, struct pv_words words) {
    bool any = false;
    for (int vcpu = 0; is_in(object, &words, vcpu); vcpu++) {
        uint64_t word = word_of(&words, vcpu);
        if (object->dead->slots[vcpu] && pv_value_of(word) != 0) {
            any |= clear(words.core, pv_word_at(&words, vcpu), word, 0);
        }
    }
    return any;
}

static bool has_living_waiter(const struct object *object, const struct pv_words *words) {
    for (int vcpu = 0; is_in(object, words, vcpu); vcpu++) {
        uint64_t word = word_of(words, vcpu);
        if (pv_waits(pv_value_of(word)) && !pv_owner_dead(words->core, pv_word_owner(vcpu, word))) {
            return true;
        }
    }
    return false;
}

/*
 * One kind of word is left for a while: that of a waiter which was woken, and died before it acted on that. As long as
 * somebody alive waits in the same queue, the dead one's slot is kept; the living pass the wake-up on within the bound
 * of a sleep.
 */
static bool forget_waits(const struct object *object, struct pv_words words) {
    bool any = false;
    for (int vcpu = 0; is_in(object, &words, vcpu); vcpu++) {
        if (!object->dead->slots[vcpu]) {
            continue;
        }
        for (uint64_t word = word_of(&words, vcpu); pv_value_of(word) != 0; word = word_of(&words, vcpu)) {
            if (pv_is_chosen(pv_value_of(word)) && has_living_waiter(object, &words)) {
                object->dead->kept[vcpu] = true;
                break;
            }
            any |= clear(words.core, pv_word_at(&words, vcpu), word, 0);
        }
    }
    return any;
}

static bool is_dead_slot(const struct object *object, uint32_t owner) {
    int vcpu = pv_owner_vcpu(owner);
    return vcpu >= 0 && vcpu < object->dead->capacity && object->dead->slots[vcpu];
}

/* Does what whoever takes the lock from the dead would do: what was being written is damaged, all else is over. */
static bool forget_writer(const struct object *object, uint32_t body) {
    struct pv_core *core = &object->region->core;
    uint32_t writer_at = body + PVLOCK_READ_WRITE_LOCK_WRITER_OFFSET;
    uint32_t head_at = body + PVLOCK_READ_WRITE_LOCK_HEAD_OFFSET;
    uint64_t word = pv_load64(core->base, writer_at); /* P18 acquire */
    bool damaged = (word & (PVLOCK_READ_WRITE_LOCK_LOCKED | PVLOCK_READ_WRITE_LOCK_INCONSISTENT)) != 0;
    bool any = is_dead_slot(object, (uint32_t) (word >> 32))
        && clear(core, writer_at, word, damaged ? PVLOCK_READ_WRITE_LOCK_INCONSISTENT : 0);
    uint64_t waiting = pv_load64(core->base, head_at); /* P19 acquire */
    if (is_dead_slot(object, (uint32_t) (waiting >> 32))) {
        any |= clear(core, head_at, waiting, 0);
    }
    return any;
}

static bool forget_single_writer(const struct object *object, uint32_t at) {
    struct pv_core *core = &object->region->core;
    uint32_t writer = pv_load32(core->base, at); /* P21 acquire; pairs with P21 release in SingleWriter */
    /*
     * P21: as if the next writer had replaced it and left. The count still says that it was in the middle of a write.
     */
    bool cleared = is_dead_slot(object, writer) && pv_cas32(core->base, at, writer, 0);
    if (cleared) {
        PVLOCK_KILL_POINT(DEAD_WORD_CLEARED, -1);
    }
    return cleared;
}

static bool forget_object(const struct object *object, uint32_t type) {
    struct pv_core *core = &object->region->core;
    uint32_t body = object->extent + PVLOCK_EXTENT_BODY_OFFSET;
    bool any;
    switch (type) {
        case PVLOCK_TYPE_LOCK:
        case PVLOCK_TYPE_CONDITION:
            return forget_waits(object, pv_words_in_order(core, object->extent + PVLOCK_CONDITION_QUEUE_OFFSET));
        case PVLOCK_TYPE_SEMAPHORE:
            any = forget_values(object, pv_words_in_order(core, body));
            body += (uint32_t) pv_words_in_order_bytes(core->vcpus);
            return forget_waits(object, pv_words_in_order(core, body)) || any;
        case PVLOCK_TYPE_READ_WRITE_LOCK:
            any = forget_values(object, pv_words_spread(core, body + PVLOCK_READ_WRITE_LOCK_READERS_OFFSET));
            return forget_writer(object, body) || any;
        case PVLOCK_TYPE_SEQUENCE_LOCK:
        case PVLOCK_TYPE_RECORD:
            return forget_single_writer(object, body + PVLOCK_SEQUENCE_WRITER_OFFSET);
        default:
            return false;
    }
}

bool pv_forget_words(struct pvlock_region *region, struct pv_dead_slots *dead) {
    bool any = false;
    for (uint32_t entry = 0; pv_entry_exists(region, entry); entry++) {
        struct object object = {region, dead, pv_extent_at(region, entry), pv_extent_length(region, entry)};
        bool sound = pv_holds_extent(&region->layout, object.extent, object.length)
            && object.length > PVLOCK_EXTENT_BODY_OFFSET;
        /* Else it has none, or it is damaged: a check reports it. */
        any |= sound && forget_object(&object, pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET));
    }
    return any;
}
