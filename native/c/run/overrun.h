/* --max-hold and --on-overrun. */
#ifndef RUN_OVERRUN_H
#define RUN_OVERRUN_H

#include "arguments.h"

/* When the command, which begins now, has held for too long, on CLOCK_MONOTONIC; INT64_MAX for never. */
int64_t overrun_deadline(const struct arguments *arguments);

/* It has: says so, and does what is to be done. The command goes on holding until it ends. */
void overrun_act(const struct arguments *arguments, int pidfd);
void overrun_act_on_child(const struct arguments *arguments, pid_t child);

#endif
