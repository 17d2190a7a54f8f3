/* Signals while this program is itself and not yet the command. */
#ifndef RUN_SIGNALS_H
#define RUN_SIGNALS_H

#include <signal.h>

/* Blocks all. `before`: the mask that the command shall have. */
void signals_block(sigset_t *before);

/*
 * From now on a signal that would end this process calls `then`, which must be async-signal-safe, and is remembered; unless it is
 * ignored, or has a handler. Signals that stop do so as ever.
 */
void signals_catch(void (*then)(void));

/* Undoes that. The first signal that was caught, or 0. */
int signals_release(void);

/* Ends by `signal`, so that whoever waits for this process sees that; leaves no core. As PID 1, which no signal of its own ends, with status 128 + signal. */
_Noreturn void signals_die(int signal);

#endif
