/*
 * The process that the shell sees becomes the command: its signals, its status, its place in groups and sessions are the command's
 * because it is the command. A small process, the guard, is left behind. It holds the locks in the command's name, sees it end, asks the
 * kernel how, and gives them back or up.
 *
 * The guard is in a session of its own, without a terminal, with all signals blocked, and nobody's child but init's: the command can
 * neither see it nor wait for it. If it is killed, the descriptor that the command has inherited goes on holding the locks, and
 * the end of the command, whatever it is, counts as a death.
 */
#ifndef RUN_BECOME_H
#define RUN_BECOME_H

#include "hold.h"

#include <signal.h>
#include <stdbool.h>

/*
 * Whether it can be done exactly here. Not if the kernel does not tell how a process ended. Not for one to which orphans are given, for it
 * would be given the guard: a subreaper, or PID 1 of a container, with whose end the guard would be killed besides. And not in a container
 * at all: its PID 1 may be a program that does not bury orphans, and each guard would stay as a zombie.
 */
bool become_is_exact(void);

/* All signals are blocked. */
_Noreturn void become(struct hold *hold, const sigset_t *mask);

#endif
