#include "become.h"

#include "command.h"
#include "descriptors.h"
#include "ending.h"
#include "overrun.h"
#include "quiet_fork.h"
#include "say.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STACK_BYTES 65536
/* PROC_PID_INIT_INO of the kernel. */
#define FIRST_PID_NAMESPACE 0xeffffffc

/* What both processes know. */
struct commission {
    struct hold *hold;
    struct watched command;
    /* Between the instant when nothing but exec is left to do and its failure; shared by both. */
    volatile bool *executing;
    /* 0, or why there is no guard. */
    int error;
};

/* Whether orphans are buried here for sure. In a container they are left to a program that may know nothing of them. */
static bool has_init(void) {
    struct stat namespace;
    return getpid() != 1 && stat("/proc/self/ns/pid", &namespace) == 0 && namespace.st_ino == FIRST_PID_NAMESPACE;
}

bool become_is_exact(void) {
    int subreaper = 0;
    struct watched self;
    prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
    if (subreaper != 0 || !has_init() || !ending_is_told() || !ending_watch_self(&self)) {
        return false;
    }
    close(self.pidfd);
    close(self.proc);
    return true;
}

/* Nothing of it shall be noticed: no signal reaches it, no terminal is its, no directory, file or pipe is kept in use. */
static void withdraw(struct commission *commission) {
    struct hold *hold = commission->hold;
    int keep[] = {
        hold_witness(hold),
        hold_file(hold),
        commission->command.pidfd,
        commission->command.proc,
        hold_may_speak(hold) ? STDERR_FILENO : -1,
    };
    setsid();
    descriptors_close_others(keep, sizeof keep / sizeof *keep);
    if (chdir("/") != 0) {
        /* Then a directory is in use a little longer. */
    }
    prctl(PR_SET_NAME, "pvlock-guard");
}

static _Noreturn void guard(struct commission *commission) {
    struct hold *hold = commission->hold;
    int status;
    withdraw(commission);
    hold_adopt(hold);
    if (!ending_await(&commission->command, overrun_deadline(hold->arguments))) {
        overrun_act(hold->arguments, commission->command.pidfd);
        ending_await(&commission->command, INT64_MAX);
    }
    bool known = ending_status(&commission->command, &status);
    if (!*commission->executing && !(known && WIFEXITED(status))) {
        /* Killed by a signal before it was the command. */
        hold_release(hold, false);
    } else if (known) {
        command_ended(hold, status);
    } else {
        hold_die(hold);
    }
    _exit(0);
}

/* Shares our memory, while we wait: forks the guard, which init inherits. Its end sends no signal, that the command might find pending. */
static int between(void *argument) {
    struct commission *commission = argument;
    pid_t child = quiet_fork();
    if (child == 0) {
        guard(commission);
    }
    commission->error = child < 0 ? errno : 0;
    _exit(0);
}

static int leave_guard(struct commission *commission) {
    static char stack[STACK_BYTES] __attribute__((aligned(16)));
    pid_t child = clone(between, stack + sizeof stack, CLONE_VM | CLONE_VFORK, commission);
    if (child < 0) {
        return errno;
    }
    while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {
    }
    return commission->error;
}

void become(struct hold *hold, const sigset_t *mask) {
    struct commission commission = {.hold = hold};
    commission.executing = mmap(NULL, sizeof *commission.executing, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (commission.executing == MAP_FAILED || !ending_watch_self(&commission.command)) {
        int error = errno;
        hold_release(hold, false);
        die(STATUS_SYSTEM, "this process cannot be watched: %s", strerror(error));
    }
    if (!hold->arguments->keep_descriptor && descriptors_inherit(hold_witness(hold)) < 0) {
        int error = errno;
        hold_release(hold, false);
        die(STATUS_SYSTEM, "no descriptor is left for the command (ulimit -n): %s", strerror(error));
    }
    int error = leave_guard(&commission);
    if (error != 0) {
        hold_release(hold, false);
        die(STATUS_SYSTEM, "cannot fork: %s", strerror(error));
    }
    command_execute(hold, mask, commission.executing);
}
