/* A way out for a file that is cut short while it is mapped. */
#ifndef PVLOCK_JVM_FAULT_H
#define PVLOCK_JVM_FAULT_H

#include <stdbool.h>

#include "core.h"

/*
 * Accesses of this thread to a region. Inside, a fault at an address of the region comes back to `trap`. Outside, and at any other address, it is the affair of whoever handled it before.
 */
struct pv_access {
    const struct pv_core *core;
    struct pv_trap trap;
    struct pv_access *outer;
};

/* Sets the handler, which calls the one before it. Once. False: the kernel refuses. */
bool pv_handle_faults(void);

/* True the first time; false when a fault has come back to it. pv_end_access() ends it both times. */
#define PV_ACCESS(access, of) (pv_begin_access(access, of), PV_TRAP(&(access)->trap))

void pv_begin_access(struct pv_access *access, const struct pv_core *core);
void pv_end_access(struct pv_access *access);

/* Around what is called in the middle of an access, and makes accesses by itself. Returns what pv_resume_access() wants. */
struct pv_access *pv_suspend_access(void);
void pv_resume_access(struct pv_access *access);

#endif
