#include "signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

static void (*on_signal)(void);
static volatile sig_atomic_t caught;
static struct sigaction replaced[_NSIG];
static bool is_replaced[_NSIG];

/* Those that no default ends a process by, those that cannot be caught, and those by which an error of our own shows. */
static bool is_left_alone(int signal) {
    static const int left[] = {
        SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH,
        SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT,
    };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        if (left[i] == signal) {
            return true;
        }
    }
    return false;
}

static void handle(int signal) {
    if (caught == 0) {
        caught = signal;
    }
    on_signal();
}

void signals_block(sigset_t *before) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, before);
}

void signals_catch(void (*then)(void)) {
    on_signal = then;
    for (int signal = 1; signal < _NSIG; signal++) {
        if (is_left_alone(signal) || sigaction(signal, NULL, &replaced[signal]) != 0) {
            continue;
        }
        if (replaced[signal].sa_handler == SIG_DFL) {
            struct sigaction action = {.sa_handler = handle};
            is_replaced[signal] = sigaction(signal, &action, NULL) == 0;
        }
    }
}

int signals_release(void) {
    for (int signal = 1; signal < _NSIG; signal++) {
        if (is_replaced[signal]) {
            sigaction(signal, &replaced[signal], NULL);
            is_replaced[signal] = false;
        }
    }
    return caught;
}

void signals_die(int signal) {
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(signal, &action, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    kill(getpid(), signal);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    _exit(128 + signal);
}
