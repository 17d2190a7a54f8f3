/* What the library knows and pvlock.h does not say, because nobody else has need of it: see there. */
#ifndef RUN_TREE_H
#define RUN_TREE_H

#include <pvlock.h>
#include <stdbool.h>
#include <sys/types.h>

/* Order in which everybody takes several locks of a region: less than, equal to or greater than 0. */
int tree_order(const pvlock_t *left, const pvlock_t *right);

/* Whether the lock is held for a process of which this one is a part: by itself, by an ancestor, or by one whose witness it has inherited. */
bool tree_holds(const pvlock_t *lock, pid_t *holder);

#endif
