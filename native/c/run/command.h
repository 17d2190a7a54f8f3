/* The command itself. */
#ifndef RUN_COMMAND_H
#define RUN_COMMAND_H

#include "hold.h"

#include <signal.h>

/* Becomes the command, with `mask`; if it cannot be, ends with a message and 126 or 127. `executing` becomes true in between, and is false again if it cannot be. */
_Noreturn void command_execute(const struct hold *hold, const sigset_t *mask, volatile bool *executing);

/* It has ended, with a status of waitpid(2): gives the locks back, or up. */
void command_ended(struct hold *hold, int status);

#endif
