#include "overrun.h"

#include "say.h"

#include <pvlock.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

int64_t overrun_deadline(const struct arguments *arguments) {
    return arguments->max_hold_ns == INT64_MAX ? INT64_MAX : pvlock_now_ns() + arguments->max_hold_ns;
}

static void send(int pidfd, pid_t child, int signal) {
    if (pidfd >= 0) {
        syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
    } else {
        kill(child, signal);
    }
}

static void act(const struct arguments *arguments, int pidfd, pid_t child) {
    static const char *const consequences[] = {"it goes on", "SIGTERM is sent", "SIGKILL is sent"};
    say(
            "%s has held lock '%s' for more than %.3f seconds; %s",
            arguments->command[0],
            arguments->names[0],
            (double) arguments->max_hold_ns / 1e9,
            consequences[arguments->on_overrun]);
    if (arguments->on_overrun == OVERRUN_TERM) {
        send(pidfd, child, SIGTERM);
        /* As timeout(1) does: a stopped process gets the signal when it goes on. */
        send(pidfd, child, SIGCONT);
    } else if (arguments->on_overrun == OVERRUN_KILL) {
        send(pidfd, child, SIGKILL);
    }
}

void overrun_act(const struct arguments *arguments, int pidfd) {
    act(arguments, pidfd, 0);
}

void overrun_act_on_child(const struct arguments *arguments, pid_t child) {
    act(arguments, -1, child);
}
