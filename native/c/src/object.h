/* A named object with a monitor and an extent: the beginning of each of them. */
#ifndef PVLOCK_OBJECT_H
#define PVLOCK_OBJECT_H

#include "region.h"

struct pv_object {
    struct pvlock_lock_s monitor;
    uint32_t extent;
    /* The part of the extent that is the type's own. */
    uint32_t body;
    /* In the list of all objects of the region; what leads here. */
    struct pv_object *next;
    struct pv_object **link;
};

/*
 * The object of that name, made if need be and the template says so: of `size` bytes, which begin with a struct
 * pv_object; the rest is 0. `what` is its type, for people. It is freed with the region, or by pv_object_forget().
 */
int pv_make_object(
        struct pvlock_region *region, const char *name, size_t length, const struct pv_template *template,
        const char *const *parameter_names, size_t size, const char *what, struct pv_object **object);
void pv_object_forget(struct pv_object *object);

/* Owner word of the first vCPU from that one on that reads, or is about to try; 0 if there is none. */
uint32_t pv_next_reader(const pvlock_rwlock *rwlock, int vcpu);

#endif
