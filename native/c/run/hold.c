#include "hold.h"

#include "say.h"
#include "signals.h"
#include "surrogate.h"
#include "text.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define REGION_VARIABLE "PVLOCK_REGION"

/* A guard needs some 0.1 ms once it has a processor. */
#define ENDING_PATIENCE_NS 2000000000
#define ENDING_PAUSE_NS 50000

/* ---- open */

/* Not by the user's name: the environment says what it likes, and a uid may have none. */
static const char *path_of_region(const struct arguments *arguments) {
    static char of_user[64];
    const char *from_environment = getenv(REGION_VARIABLE);
    if (arguments->region != NULL) {
        return arguments->region;
    }
    if (from_environment != NULL && from_environment[0] != '\0') {
        return from_environment;
    }
    snprintf(of_user, sizeof of_user, "/dev/shm/pvlock-%u.pvl", (unsigned) geteuid());
    return of_user;
}

static int status_of(int outcome, bool existed) {
    switch (outcome) {
    case PVLOCK_INVALID: return STATUS_USAGE;
    case PVLOCK_ERROR: return STATUS_SYSTEM;
    case PVLOCK_UNAVAILABLE: return existed ? STATUS_REGION : STATUS_CANNOT_CREATE;
    default: return STATUS_REGION;
    }
}

static _Noreturn void die_of(int outcome) {
    const char *detail = pvlock_error_detail();
    die(status_of(outcome, true), "%s", detail[0] != '\0' ? detail : pvlock_strerror(outcome));
}

static void open_region(struct hold *hold) {
    const struct arguments *arguments = hold->arguments;
    const char *path = path_of_region(arguments);
    pvlock_options options = PVLOCK_OPTIONS_INIT;
    options.mode = arguments->mode;
    options.group = arguments->group;
    options.trusted_owners = arguments->trusted;
    options.trusted_owner_count = arguments->trusted_count;
    struct stat file;
    bool existed = stat(path, &file) == 0;
    /* A file that must not be that long is an error, not the end. */
    struct sigaction ignoring = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGXFSZ, &ignoring, &before);
    int outcome = pvlock_open(path, &options, &hold->region);
    sigaction(SIGXFSZ, &before, NULL);
    if (outcome != PVLOCK_OK) {
        die(status_of(outcome, existed), "%s", pvlock_error_detail());
    }
}

static int find(struct hold *hold, struct held *held) {
    return grip_find(hold->region, held->name, hold->arguments->shared, &held->grip);
}

/* As LockRegion.lockAll() does it. */
static int by_place(const void *left, const void *right) {
    uint32_t one = ((const struct held *) left)->grip.lock->cell_at;
    uint32_t other = ((const struct held *) right)->grip.lock->cell_at;
    return (one > other) - (one < other);
}

/* Everybody's order: so nobody waits in a circle. */
static void put_in_order(struct hold *hold) {
    qsort(hold->locks, hold->count, sizeof *hold->locks, by_place);
}

static void show_command(struct hold *hold) {
    char text[PVLOCK_COMMAND_MAX + 1];
    text_of_command(hold->arguments->command, text, sizeof text);
    pv_show_command(hold->region, text);
}

void hold_open(struct hold *hold, const struct arguments *arguments) {
    *hold = (struct hold) {.arguments = arguments, .count = arguments->name_count};
    hold->locks = calloc(hold->count, sizeof *hold->locks);
    if (hold->locks == NULL) {
        die(STATUS_SYSTEM, "out of memory");
    }
    /* The slot has it from here. It goes when the command comes. */
    prctl(PR_SET_NAME, TREE_THREAD_NAME);
    open_region(hold);
    show_command(hold);
    for (size_t i = 0; i < hold->count; i++) {
        hold->locks[i].name = arguments->names[i];
        int found = find(hold, &hold->locks[i]);
        if (found != PVLOCK_OK) {
            die_of(found);
        }
    }
    put_in_order(hold);
    int outcome = pvlock_attach_borrowed(hold->region, &hold->me);
    if (outcome != PVLOCK_OK) {
        die_of(outcome);
    }
}

/* ---- take */

static pvlock_vcpu *waiting;

static void cancel(void) {
    pvlock_cancel(waiting);
}

static void release_all(struct hold *hold) {
    for (size_t i = hold->count; i-- > 0;) {
        grip_release(&hold->locks[i].grip, hold->me);
    }
}

static void leave(struct hold *hold) {
    release_all(hold);
    pvlock_detach(hold->me);
    pvlock_close(hold->region);
}

static int wait_for(struct hold *hold, struct held *held, const sigset_t *mask, int64_t deadline_ns) {
    waiting = hold->me;
    pv_rest(hold->region);
    signals_catch(cancel);
    sigprocmask(SIG_SETMASK, mask, NULL);
    int outcome = grip_await(&held->grip, hold->me, deadline_ns);
    sigset_t ignored;
    signals_block(&ignored);
    int signal = signals_release();
    if (signal != 0) {
        leave(hold);
        signals_die(signal);
    }
    return outcome;
}

/* Of what grip_holder() or grip_obstacle() has found from `at` on: whether it finds the same again. */
static bool is_found_again(
        bool (*find)(const struct grip *grip, int *at, struct pv_process *found), const struct grip *grip, int at,
        const struct pv_process *found) {
    struct pv_process again;
    return find(grip, &at, &again) && again.owner == found->owner;
}

/* To wait would be for ever: this lock, or what it stands for, is not given back before this command has ended. */
static void refuse_nested(struct hold *hold, const struct held *held) {
    struct pv_process holder;
    int before = 0;
    int at = 0;
    while (grip_holder(&held->grip, &at, &holder)) {
        /* What was found of one that has gone meanwhile may be of the next one in its place. */
        if (tree_has(hold->region, &holder) && is_found_again(grip_holder, &held->grip, before, &holder)) {
            leave(hold);
            die(STATUS_USAGE,
                "lock '%s' is held for this command already, by pid %d, of which it is a part; to wait would be for ever",
                held->name,
                (int) holder.pid);
        }
        before = at;
    }
}

/* Whether one that keeps it from us will have given it back in a moment, or has meanwhile. */
static bool is_ending(const struct grip *grip) {
    struct pv_process holder;
    int before = 0;
    int at = 0;
    while (grip_obstacle(grip, &at, &holder)) {
        if (tree_is_ending(&holder) || !is_found_again(grip_obstacle, grip, before, &holder)) {
            return true;
        }
        before = at;
    }
    return before == 0;
}

/*
 * As grip_try(). But whoever has seen a command end may rely on the lock being free, and its guard may not have come so far; unless it is
 * stopped, it will.
 */
static int try_to_take(struct hold *hold, const struct held *held) {
    int64_t begin_ns = pvlock_now_ns();
    while (true) {
        int outcome = grip_try(&held->grip, hold->me);
        if (outcome != PVLOCK_BUSY || pvlock_now_ns() - begin_ns > ENDING_PATIENCE_NS || !is_ending(&held->grip)) {
            return outcome;
        }
        nanosleep(&(struct timespec) {0, ENDING_PAUSE_NS}, NULL);
    }
}

static int take_one(struct hold *hold, struct held *held, const sigset_t *mask, int64_t deadline_ns) {
    if (held->grip.reads) {
        /* Whoever reads could read again, unless a writer waits: not even then, so that it does not depend on that. */
        refuse_nested(hold, held);
    }
    int outcome = try_to_take(hold, held);
    if (outcome != PVLOCK_BUSY) {
        return outcome;
    }
    refuse_nested(hold, held);
    return deadline_ns == 0 ? PVLOCK_BUSY : wait_for(hold, held, mask, deadline_ns);
}

static void not_in_time(struct hold *hold, const struct held *held, int64_t begin_ns) {
    if (hold->arguments->verbose) {
        say("lock '%s' could not be had in %.6f seconds", held->name, (double) (pvlock_now_ns() - begin_ns) / 1e9);
    }
    leave(hold);
    _exit(hold->arguments->conflict_status);
}

static void say_who_died(const struct held *held, const struct arguments *arguments) {
    const char *const consequences[] = {
        arguments->shared ? "the command runs alone, and who writes is to put things in order"
                          : "if the command ends with status 0, things are in order again",
        "the command is not run",
        "that is accepted",
    };
    pvlock_death death;
    char who[64] = "";
    if (pvlock_last_death(held->grip.lock, &death, NULL) == PVLOCK_OK && death.pid > 0) {
        snprintf(who, sizeof who, " (pid %d)", (int) death.pid);
    }
    say("a holder of lock '%s'%s died holding it; %s", held->name, who, consequences[arguments->on_owner_died]);
}

/* A reader can neither see what the dead writer left nor put it in order with others: it is alone then, as who writes. */
static int read_alone(struct hold *hold, struct held *held, const sigset_t *mask, int64_t deadline_ns) {
    if (hold->arguments->on_owner_died == OWNER_DIED_FAIL) {
        say_who_died(held, hold->arguments);
        leave(hold);
        _exit(STATUS_OWNER_DIED);
    }
    held->grip.reads = false;
    int outcome = take_one(hold, held, mask, deadline_ns);
    if (outcome == PVLOCK_OK) {
        /* Somebody has put it in order. */
        return grip_share(&held->grip, hold->me);
    }
    return outcome;
}

static void accept(struct hold *hold, struct held *held) {
    grip_mend(&held->grip, hold->me);
    held->owner_died = false;
    if (hold->arguments->shared) {
        int outcome = grip_share(&held->grip, hold->me);
        if (outcome != PVLOCK_OK) {
            leave(hold);
            die_of(outcome);
        }
    }
}

static void judge_deaths(struct hold *hold) {
    bool any = false;
    for (size_t i = 0; i < hold->count; i++) {
        struct held *held = &hold->locks[i];
        if (held->owner_died) {
            say_who_died(held, hold->arguments);
            any = true;
            if (hold->arguments->on_owner_died == OWNER_DIED_ACCEPT) {
                accept(hold, held);
            }
        }
    }
    if (any && hold->arguments->on_owner_died == OWNER_DIED_FAIL) {
        leave(hold);
        _exit(STATUS_OWNER_DIED);
    }
}

/* Only who writes, or has a plain lock, has one. */
static void draw_token(struct hold *hold) {
    for (size_t i = 0; i < hold->count && !hold->arguments->shared; i++) {
        int64_t token = 0;
        pvlock_token(hold->locks[i].grip.lock, hold->me, &token);
        if (strcmp(hold->locks[i].name, hold->arguments->names[0]) == 0) {
            hold->token = token;
        }
    }
}

/*
 * Lock `i` has been removed. The one of its name now may have another place in everybody's order: none is kept while that one is waited
 * for.
 */
static void start_over(struct hold *hold, size_t i) {
    release_all(hold);
    int found = find(hold, &hold->locks[i]);
    if (found != PVLOCK_OK) {
        leave(hold);
        die_of(found);
    }
    put_in_order(hold);
}

/* Whoever opens the region now finds another one, where nothing is held. */
static void refuse_lost_file(struct hold *hold) {
    int outcome = pv_check_usable(hold->region);
    if (outcome != PVLOCK_OK) {
        leave(hold);
        die_of(outcome);
    }
}

void hold_take(struct hold *hold, const sigset_t *mask) {
    int64_t begin_ns = pvlock_now_ns();
    int64_t patience_ns = hold->arguments->patience_ns;
    int64_t deadline_ns = patience_ns == INT64_MAX ? PVLOCK_FOREVER : patience_ns == 0 ? 0 : begin_ns + patience_ns;
    size_t taken = 0;
    while (taken < hold->count) {
        struct held *held = &hold->locks[taken];
        int outcome = take_one(hold, held, mask, deadline_ns);
        if (outcome == PVLOCK_NOT_RECOVERABLE && grip_is_removed(&held->grip)) {
            start_over(hold, taken);
            taken = 0;
            continue;
        }
        if (outcome == PVLOCK_INCONSISTENT) {
            outcome = read_alone(hold, held, mask, deadline_ns);
        }
        if (outcome == PVLOCK_BUSY || outcome == PVLOCK_TIMED_OUT) {
            not_in_time(hold, held, begin_ns);
        }
        if (!pvlock_is_held(outcome)) {
            leave(hold);
            die_of(outcome);
        }
        held->owner_died = outcome == PVLOCK_OWNER_DIED;
        taken++;
    }
    hold->waited_ns = pvlock_now_ns() - begin_ns;
    draw_token(hold);
    if (hold->arguments->verbose) {
        say("getting lock '%s' took %.6f seconds", hold->arguments->names[0], (double) hold->waited_ns / 1e9);
    }
    judge_deaths(hold);
    refuse_lost_file(hold);
}

/* ---- held */

bool hold_may_speak(const struct hold *hold) {
    return hold->arguments->verbose || hold->arguments->max_hold_ns != INT64_MAX;
}

int hold_file(const struct hold *hold) {
    return hold->region->core.fd;
}

int hold_witness(const struct hold *hold) {
    return pvlock_witness_fd(hold->region);
}

bool hold_owner_died(const struct hold *hold) {
    for (size_t i = 0; i < hold->count; i++) {
        if (hold->locks[i].owner_died) {
            return true;
        }
    }
    return false;
}

void hold_tell_environment(const struct hold *hold) {
    char text[32];
    setenv("PVLOCK_NAME", hold->arguments->names[0], 1);
    if (hold->arguments->shared) {
        /* Not that of a command around this one. */
        unsetenv("PVLOCK_TOKEN");
    } else {
        snprintf(text, sizeof text, "%" PRId64, hold->token);
        setenv("PVLOCK_TOKEN", text, 1);
    }
    setenv("PVLOCK_OWNER_DIED", hold_owner_died(hold) ? "1" : "0", 1);
    snprintf(text, sizeof text, "%" PRId64, hold->waited_ns);
    setenv("PVLOCK_WAITED_NS", text, 1);
}

void hold_rest(struct hold *hold) {
    pv_rest(hold->region);
}

void hold_adopt(struct hold *hold) {
    pv_adopt(hold->region);
}

void hold_look_at_file(const struct hold *hold) {
    if (pv_check_usable(hold->region) != PVLOCK_OK && hold_may_speak(hold)) {
        say("while lock '%s' was held: %s", hold->arguments->names[0], pvlock_error_detail());
    }
}

void hold_die(struct hold *hold) {
    if (hold->arguments->shared) {
        leave(hold);
    } else {
        pv_die(hold->me);
    }
}

void hold_release(struct hold *hold, bool repaired) {
    for (size_t i = 0; repaired && !hold->arguments->shared && i < hold->count; i++) {
        if (hold->locks[i].owner_died) {
            grip_mend(&hold->locks[i].grip, hold->me);
        }
    }
    leave(hold);
}
