/* For whom a lock is held: for a process of which this one is a part, so that to wait would be for ever; or for one that is no more. */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include <pvlock.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether whoever holds `lock` waits for us, by what it is: this process or an ancestor that is a command under pvlock-run; or by what we have
 * inherited: the descriptor that keeps its lock. Another ancestor may have a thread that gives the lock back.
 */
bool tree_holds(const pvlock_t *lock, pid_t *holder);

/* Whether nobody holds `lock` now; or it is held for a command of pvlock-run that has ended, so that somebody may have seen that, and will be given back in a moment. */
bool tree_is_ending(const pvlock_t *lock);

/* The name that slots of pvlock-run have. */
#define TREE_THREAD_NAME "pvlock-run"

#endif
