#include "parent.h"

#include "command.h"
#include "descriptors.h"
#include "overrun.h"
#include "say.h"
#include "signals.h"
#include "witness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL

struct parent {
    struct hold *hold;
    struct witness witness;
    pid_t child;
    int64_t deadline_ns;
    sigset_t all;
};

static _Noreturn void give_up(struct hold *hold, const char *what) {
    int error = errno;
    hold_release(hold, false);
    die(STATUS_SYSTEM, "%s: %s", what, strerror(error));
}

/* The command's process, before it is the command. It begins when we say so; if we are killed before, never. */
static _Noreturn void begin_command(
        struct hold *hold, const sigset_t *mask, const struct sigaction *on_child, int inherited, const int *go) {
    volatile bool executing;
    char byte;
    close(go[1]);
    if (read(go[0], &byte, 1) != 1) {
        _exit(STATUS_SYSTEM);
    }
    sigaction(SIGCHLD, on_child, NULL);
    if (inherited >= 0 && hold->arguments->keep_descriptor) {
        close(inherited);
    }
    command_execute(hold, mask, &executing);
}

/* Pipes end, and directories are no longer in use, when the command is done with them. */
static void let_go(struct parent *parent) {
    int keep[] = {
        hold_witness(parent->hold),
        hold_file(parent->hold),
        parent->witness.socket,
        hold_may_speak(parent->hold) ? STDERR_FILENO : -1,
    };
    descriptors_close_others(keep, sizeof keep / sizeof *keep);
    hold_rest(parent->hold);
    if (chdir("/") != 0) {
        /* Then a directory is in use a little longer. */
    }
}

static bool is_pending(int signal) {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, signal);
}

/*
 * Whatever was under way to our group when this is called has come to all of it when this returns: the kernel goes through a group with a
 * lock for reading that setpgid(2) takes for writing. It changes nothing: we are in that group.
 */
static void await_group(void) {
    setpgid(0, getpgrp());
}

/*
 * SIGCONT takes back stops that are pending, and a stop takes back SIGCONT, in each process of a group. If the one that we have seen was the
 * group's, but is with the witness no more, then the other one is pending there, and here. If it is there alone, it is an old one.
 */
static bool is_taken_back(struct parent *parent, int signal) {
    static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU, 0};
    static const int goes_on[] = {SIGCONT, 0};
    const int *opposite = signal == SIGCONT ? stops
        : signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU ? goes_on : stops + 3;
    for (; *opposite != 0; opposite++) {
        if (witness_keeps(&parent->witness, *opposite)) {
            await_group();
            if (is_pending(*opposite)) {
                return true;
            }
            witness_has(&parent->witness, *opposite, false);
        }
    }
    return false;
}

/*
 * Whether the signal that we have just taken was the group's. A second one of the group that came between our taking it and the witness's is
 * one with the first there, but not here: it is taken here, too. One that was sent to us alone in that moment goes with it.
 */
static bool is_groups(struct parent *parent, int signal, bool otherwise) {
    struct timespec now = {0, 0};
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    await_group();
    bool groups = witness_has(&parent->witness, signal, otherwise);
    await_group();
    /* Realtime signals are never one. */
    while (groups && signal < SIGRTMIN && is_pending(signal) && !witness_keeps(&parent->witness, signal)) {
        sigtimedwait(&only, NULL, &now);
        await_group();
        witness_has(&parent->witness, signal, false);
        await_group();
    }
    return groups;
}

/* A signal that was sent to us alone is the command's. With its value, if it has one. */
static void pass_on(struct parent *parent, int signal, siginfo_t *info) {
    bool from_kernel = info->si_code > 0;
    if (is_groups(parent, signal, from_kernel) || is_taken_back(parent, signal)) {
        return;
    }
    if (info->si_code == SI_QUEUE && syscall(SYS_rt_sigqueueinfo, parent->child, signal, info) == 0) {
        return;
    }
    kill(parent->child, signal);
}

/* One that came before the command began: what the group got is pending there, too, and a second one like it is not counted. */
static void pass_on_pending(struct parent *parent) {
    siginfo_t info;
    struct timespec now = {0, 0};
    int signal;
    while ((signal = sigtimedwait(&parent->all, &info, &now)) > 0) {
        if (signal != SIGCHLD || info.si_code <= 0) {
            pass_on(parent, signal, &info);
        }
    }
}

static bool goes_on(pid_t child) {
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t) child, &info, WCONTINUED | WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/*
 * The command has stopped: so do we, for whoever looks at us. Unless it goes on already. SIGCONT for the group comes to the command
 * first: if it came here before our own stop, which takes it back, then the command goes on; if later, it takes back our stop.
 */
static void stop_too(struct parent *parent, int signal) {
    struct timespec now = {0, 0};
    int by = signal == SIGSTOP ? SIGTSTP : signal;
    struct sigaction stopping = {.sa_handler = SIG_DFL};
    struct sigaction before;
    sigset_t stop;
    if (is_pending(SIGCONT)) {
        return;
    }
    sigemptyset(&stop);
    sigaddset(&stop, by);
    sigaction(by, &stopping, &before);
    kill(getpid(), by);
    /* With this stop those are done with that are pending, here and there. */
    witness_has(&parent->witness, by, false);
    if (goes_on(parent->child)) {
        sigtimedwait(&stop, NULL, &now);
        witness_has(&parent->witness, SIGCONT, false);
    } else {
        sigprocmask(SIG_UNBLOCK, &stop, NULL);
        sigprocmask(SIG_BLOCK, &stop, NULL);
    }
    sigaction(by, &before, NULL);
}

/* As PID 1 we are given orphans. True if the command has ended, with `status`. */
static bool look_after_children(struct parent *parent, int *status) {
    pid_t child;
    while ((child = waitpid(-1, status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
        if (child == parent->witness.pid) {
            if (!WIFSTOPPED(*status) && !WIFCONTINUED(*status)) {
                parent->witness.pid = 0; /* it may be another's from now on */
                witness_renew(&parent->witness);
            }
            continue;
        }
        if (child != parent->child) {
            continue;
        }
        if (WIFEXITED(*status) || WIFSIGNALED(*status)) {
            return true;
        }
        if (WIFSTOPPED(*status)) {
            stop_too(parent, WSTOPSIG(*status));
        }
    }
    return false;
}

/* The next signal, or 0 when it is time. */
static int next_signal(struct parent *parent, siginfo_t *info) {
    while (true) {
        struct timespec left = {0, 0};
        if (parent->deadline_ns != INT64_MAX) {
            int64_t ns = parent->deadline_ns - pvlock_now_ns();
            ns = ns > 0 ? ns : 0;
            left.tv_sec = (time_t) (ns / NS_PER_SECOND);
            left.tv_nsec = (long) (ns % NS_PER_SECOND);
        }
        int signal = sigtimedwait(&parent->all, info, parent->deadline_ns == INT64_MAX ? NULL : &left);
        if (signal > 0) {
            return signal;
        }
        if (errno == EAGAIN) {
            return 0;
        }
    }
}

/* Returns the command's status. */
static int await(struct parent *parent) {
    while (true) {
        siginfo_t info;
        int status;
        int signal = next_signal(parent, &info);
        if (signal == 0) {
            parent->deadline_ns = INT64_MAX;
            overrun_act_on_child(parent->hold->arguments, parent->child);
            continue;
        }
        if (signal != SIGCHLD || info.si_code <= 0) {
            pass_on(parent, signal, &info);
        }
        if (signal == SIGCHLD && look_after_children(parent, &status)) {
            return status;
        }
    }
}

static void start(struct parent *parent, const sigset_t *mask) {
    struct hold *hold = parent->hold;
    struct sigaction on_child;
    /* Ignored, it would keep the status from us. */
    struct sigaction listening = {.sa_handler = SIG_DFL};
    sigaction(SIGCHLD, &listening, &on_child);
    int go[2];
    int inherited = descriptors_inherit(hold_witness(hold));
    if (inherited < 0 || pipe2(go, O_CLOEXEC) != 0) {
        give_up(hold, "no descriptor is left (ulimit -n)");
    }
    parent->child = fork();
    if (parent->child == 0) {
        begin_command(hold, mask, &on_child, inherited, go);
    }
    if (parent->child < 0) {
        give_up(hold, "cannot fork");
    }
    close(go[0]);
    close(inherited);
    if (!witness_begin(&parent->witness)) {
        int error = errno;
        kill(parent->child, SIGKILL);
        waitpid(parent->child, NULL, 0);
        errno = error;
        give_up(hold, "cannot fork");
    }
    pass_on_pending(parent);
    if (write(go[1], "g", 1) != 1) {
        give_up(hold, "cannot begin the command");
    }
    close(go[1]);
}

void parent(struct hold *hold, const sigset_t *mask) {
    struct parent parent = {.hold = hold};
    sigfillset(&parent.all);
    start(&parent, mask);
    parent.deadline_ns = overrun_deadline(hold->arguments);
    let_go(&parent);
    int status = await(&parent);
    witness_end(&parent.witness);
    command_ended(hold, status);
    if (WIFSIGNALED(status)) {
        signals_die(WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}
