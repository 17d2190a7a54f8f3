/* How another process ended, that is not our child. */
#ifndef RUN_ENDING_H
#define RUN_ENDING_H

#include <stdbool.h>

struct watched {
    /* Of the process. */
    int pidfd;
    /* Its directory in /proc; -1 if there is none. */
    int proc;
};

/* Whether this kernel tells it to whoever asks: Linux 6.15. */
bool ending_is_told(void);

/* The calling process, to be watched by another one. False and errno if that cannot be. */
bool ending_watch_self(struct watched *self);

/* Waits until it has ended, or, if that comes first, until `deadline_ns` of CLOCK_MONOTONIC; INT64_MAX for ever. False: it is time. */
bool ending_await(const struct watched *process, long long deadline_ns);

/*
 * The status, as waitpid(2) gives it, of a process that has ended. Does not wait for its parent to ask for it, unless there is no
 * other way. False if nobody can know any more.
 */
bool ending_status(const struct watched *process, int *status);

#endif
