/* For whom a lock is held: for a process of which this one is a part, so that to wait would be for ever; or for one that is no more. */
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

/* Whether it holds something for a command of pvlock-run that has ended: somebody may have seen that, and it will be given back in a moment. */
bool tree_is_ending(const struct pv_process *holder);

/* The name that slots of pvlock-run have. */
#define TREE_THREAD_NAME "pvlock-run"

#endif
