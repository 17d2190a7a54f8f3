/* Whether a lock is held for a process of which this one is a part: then to wait would be for ever. */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include "surrogate.h"

#include <pvlock.h>
#include <stdbool.h>

/*
 * Whether `holder` waits for us, by what it is: this process or an ancestor that is a command under pvlock-run; or by what we have inherited:
 * the descriptor that keeps its lock. Another ancestor may have a thread that gives the lock back.
 */
bool tree_has(const pvlock_region *region, const struct pv_process *holder);

/* The name that slots of pvlock-run have. */
#define TREE_THREAD_NAME "pvlock-run"

#endif
