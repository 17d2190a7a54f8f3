/* fork(2) of which the library is not told: the child goes on with the region. */
#ifndef RUN_QUIET_FORK_H
#define RUN_QUIET_FORK_H

#include <sys/types.h>

/* As fork(). No handlers of pthread_atfork() are called. The caller has one thread, and the child starts none. */
pid_t quiet_fork(void);

#endif
