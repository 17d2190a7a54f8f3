/*
 * The process that the shell sees forks the command and waits for it, as flock(1) does: where nobody else could learn how the command
 * ended (see become.h). It passes on the signals that it alone got, stops when the command stops, and ends as the command ends.
 *
 * What it cannot pass on are SIGKILL and SIGSTOP. If it is killed, the command goes on, and so do the locks, by the descriptor that
 * the command has inherited.
 */
#ifndef RUN_PARENT_H
#define RUN_PARENT_H

#include "hold.h"

#include <signal.h>

/* All signals are blocked. */
_Noreturn void parent(struct hold *hold, const sigset_t *mask);

#endif
