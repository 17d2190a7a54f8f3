/* A named object with a monitor and an extent: the beginning of each of them. */
#ifndef PVLOCK_OBJECT_H
#define PVLOCK_OBJECT_H

#include "region.h"

struct pv_object {
    struct pvlock_lock_s monitor;
    uint32_t extent;
    /* The part of the extent that is the type's own. */
    uint32_t body;
    struct pv_object *next;
};

/* Of an entry that pv_find_object() has found. The object is freed with the region, or by pv_object_forget(). */
void pv_object_init(struct pv_object *object, struct pvlock_region *region, uint32_t entry);
void pv_object_forget(struct pv_object *object);

/* Owner word of the first vCPU from that one on that reads, or is about to try; 0 if there is none. */
uint32_t pv_next_reader(const pvlock_rwlock *rwlock, int vcpu);

#endif
