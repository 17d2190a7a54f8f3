/*
 * SIGBUS in the middle of a wait. The JVM makes an error of most that come of its own accesses to a mapped file, and ends
 * the process by one that comes of C; so those are caught before they get there. What other libraries do for it (libjsig) the JVM
 * does not need from this one: all that is not about a region goes on to the handler before.
 */
#include "fault.h"

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

static _Thread_local struct pv_access *innermost;

static struct sigaction before;

static bool is_in_region(const struct pv_core *core, const void *address) {
    return (uintptr_t) address - (uintptr_t) core->base < core->length;
}

static void pass_on(int signal, siginfo_t *info, void *context) {
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(signal, info, context);
    } else if (before.sa_handler == SIG_DFL) {
        /* The access is made again when this returns, and then the process ends by it. */
        sigaction(signal, &before, NULL);
    } else if (before.sa_handler != SIG_IGN) {
        before.sa_handler(signal);
    }
}

/*
 * Thread locals are touched first on a thread that has never been here, too, which may ask the allocator for them. That is
 * sound: this signal comes of the very instruction that made the access, and the allocator makes none to a mapped file.
 */
static void on_fault(int signal, siginfo_t *info, void *context) {
    struct pv_access *access = innermost;
    if (access == NULL || !is_in_region(access->core, info->si_addr)) {
        pass_on(signal, info, context);
        return;
    }
    /* What the return of a handler would have set back; of this thread, by a name that old libcs have, too. */
    sigprocmask(SIG_SETMASK, &((ucontext_t *) context)->uc_sigmask, NULL);
    /* Past all that would give up a place in a queue: there is none any more. */
    pv_innermost_trap = &access->trap;
    pv_corrupt("the file of the region was cut short while it was mapped");
}

bool pv_handle_faults(void) {
    struct sigaction now = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};
    if (sigaction(SIGBUS, NULL, &before) != 0) {
        return false;
    }
    now.sa_mask = before.sa_mask;
    return sigaction(SIGBUS, &now, NULL) == 0;
}

void pv_begin_access(struct pv_access *access, const struct pv_core *core) {
    access->core = core;
    access->outer = innermost;
    innermost = access;
}

void pv_end_access(struct pv_access *access) {
    pv_untrap(&access->trap);
    innermost = access->outer;
}

struct pv_access *pv_suspend_access(void) {
    struct pv_access *access = innermost;
    innermost = NULL;
    return access;
}

void pv_resume_access(struct pv_access *access) {
    innermost = access;
}
