/* Several names, names held already, owner's deaths, holding for too long, who is seen to hold, and what it costs: lines 6 to 9. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <pvlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- several */

static void takes_all(void) {
    struct words line = run_words("--also", "b", "--also", "c", "a", "--", probe_path, "defaults", NULL);
    struct process holder = start(&line, NULL);
    char text[64];
    int command;
    CHECK(sscanf(read_line(holder.out, text, sizeof text), "ready %d", &command) == 1);
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        struct words one = run_words("-n", "-E", "55", names[i], "true", NULL);
        CHECK_INT(shell_status(run(&one, NULL).status), 55);
    }
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
    for (int i = 0; i < 3; i++) {
        struct words one = run_words(names[i], "true", NULL);
        CHECK_CONTAINS(run(&one, NULL).err, "died holding it");
    }
}

/* One that cannot be had: the others are free again. */
static void all_or_none(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct words line = run_words("-w", "0.01", "-E", "55", "--also", "name", "--also", "z", "a", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 55);
    struct words others = run_words("-n", "--also", "z", "a", "true", NULL);
    struct result result = run(&others, NULL);
    CHECK_INT(shell_status(result.status), 0);
    CHECK_TEXT(result.err, "");
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
}

#define MANY 16

/* Whatever the order on the command line. */
static void no_circle(void) {
    struct words line = run_words("--also", "b", "--also", "c", "a", "--", probe_path, "alone", "alone", NULL);
    struct words other = run_words("--also", "b", "--also", "a", "c", "--", probe_path, "alone", "alone", NULL);
    for (int round = 0; round < 5; round++) {
        struct process all[MANY];
        for (int i = 0; i < MANY; i++) {
            all[i] = start(i % 2 == 0 ? &line : &other, NULL);
        }
        for (int i = 0; i < MANY; i++) {
            CHECK_INT(shell_status(finish(&all[i])), 0);
        }
    }
}

static void named_twice(void) {
    struct words line = run_words("--also", "a", "a", "true", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 64);
    CHECK_CONTAINS(result.err, "lock 'a' is named twice");
}

/* ---- held already */

static struct words nested(const char *option, const char *inner) {
    char *command;
    CHECK(asprintf(&command, "'%s' -f '%s' %s %s -- true; echo $?", run_path, region_path, form, inner) > 0);
    return option == NULL ? run_words("name", "-c", command, NULL) : run_words(option, "name", "-c", command, NULL);
}

static void held_already(void) {
    struct words line = nested(NULL, "name");
    struct result result = run(&line, NULL);
    CHECK_TEXT(result.out, "64\n");
    CHECK_CONTAINS(result.err, "lock 'name' is held for this command already");
    line = nested("-o", "name");
    CHECK_TEXT(run(&line, NULL).out, "64\n");
    line = nested(NULL, "-w 1 --also name zzz");
    CHECK_TEXT(run(&line, NULL).out, "64\n");
    line = nested(NULL, "another");
    CHECK_TEXT(run(&line, NULL).out, "0\n");
    /* -n does not wait: it is not an error but busy? It is the same error: to try later would not help. */
    line = nested(NULL, "-n name");
    CHECK_TEXT(run(&line, NULL).out, "64\n");
}

static void held_by_the_process_itself(void) {
    struct words line = run_words("name", "--", run_path, "-f", region_path, "name", "true", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 64);
}

/* Orphaned, it is still a part of the command: it has the descriptor. */
static void held_by_an_ancestor_that_is_gone(void) {
    char *command;
    CHECK(asprintf(
            &command,
            "(setsid sh -c 'while [ $(ps -o ppid= -p $$ 2>/dev/null || cut -d\" \" -f4 /proc/$$/stat) = '$$' ]; do :; done;"
            " \"%s\" -f \"%s\" name true; echo $?' &) ; read -r line",
            run_path,
            region_path) > 0);
    struct words line = run_words("name", "-c", command, NULL);
    struct process process = start(&line, NULL);
    char text[64];
    CHECK_TEXT(read_line(process.out, text, sizeof text), "64");
    finish(&process);
}

/* Somebody else's is waited for, also from within another one. */
static void held_by_another(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    char *inner;
    CHECK(asprintf(&inner, "'%s' -f '%s' -n -E 55 name true; echo $?", run_path, region_path) > 0);
    struct words line = run_words("another", "-c", inner, NULL);
    CHECK_TEXT(run(&line, NULL).out, "55\n");
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
}

/* ---- an owner has died */

static void die_holding(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
    await_free();
}

static struct result run_after_death(const char *what, const char *status) {
    struct words line = run_words("--env", "--on-owner-died", what, "name", "-c", "echo $PVLOCK_OWNER_DIED; exit $1", NULL);
    line = run_words("--env", "--on-owner-died", what, "name", "--", "/bin/sh", "-c", "echo $PVLOCK_OWNER_DIED; exit $1", "sh", status, NULL);
    return run(&line, NULL);
}

static void owner_died_run(void) {
    die_holding();
    struct result result = run_after_death("run", "3");
    CHECK_TEXT(result.out, "1\n");
    CHECK_INT(shell_status(result.status), 3);
    CHECK_CONTAINS(result.err, "died holding it");
    /* Not until one has ended well. */
    CHECK_TEXT(run_after_death("run", "0").out, "1\n");
    result = run_after_death("run", "0");
    CHECK_TEXT(result.out, "0\n");
    CHECK_TEXT(result.err, "");
}

static void owner_died_fail(void) {
    die_holding();
    for (int i = 0; i < 2; i++) {
        struct result result = run_after_death("fail", "0");
        CHECK_TEXT(result.out, "");
        CHECK_INT(shell_status(result.status), 65);
        CHECK_CONTAINS(result.err, "died holding it");
    }
    CHECK_TEXT(run_after_death("run", "0").out, "1\n");
    CHECK_INT(shell_status(run_after_death("fail", "4").status), 4);
}

static void owner_died_accept(void) {
    die_holding();
    CHECK_TEXT(run_after_death("accept", "3").out, "0\n");
    CHECK_TEXT(run_after_death("run", "3").out, "0\n");
}

/* A lock that was given up cannot be had, now or later: that is not "busy". */
static void given_up(void) {
    pvlock_region *region;
    pvlock_vcpu *me;
    pvlock_t *lock;
    CHECK_INT(pvlock_open(region_path, NULL, &region), PVLOCK_OK);
    CHECK_INT(pvlock_attach(region, &me), PVLOCK_OK);
    CHECK_INT(pvlock_find(region, "name", 4, NULL, &lock), PVLOCK_OK);
    CHECK_INT(pvlock_lock(lock, me), PVLOCK_OK);
    CHECK_INT(pvlock_abandon(lock, me), PVLOCK_OK);
    struct words line = run_words("-n", "name", "true", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 69);
    CHECK_CONTAINS(result.err, "lock 'name' was given up");
}

/* ---- too long */

/* Until the probe is ready for them. */
static void block_signals(void) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGCONT);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static struct process overrun(const char *what) {
    struct words line = run_words("--max-hold", "0.01", "--on-overrun", what, "name", "--", probe_path, "signals", NULL);
    struct process process = start(&line, block_signals);
    char text[128];
    CHECK_CONTAINS(read_line(process.out, text, sizeof text), "ready");
    return process;
}

static void overrun_warn(void) {
    struct process process = overrun("warn");
    char text[256];
    CHECK_CONTAINS(read_line(process.err, text, sizeof text), "has held lock 'name' for more than 0.010 seconds; it goes on");
    CHECK(is_held());
    CHECK_INT(shell_status(finish(&process)), 0);
}

static void overrun_term(void) {
    struct process process = overrun("term");
    char text[256];
    CHECK_CONTAINS(read_line(process.err, text, sizeof text), "SIGTERM is sent");
    CHECK_CONTAINS(read_line(process.out, text, sizeof text), "15 code");
    CHECK_CONTAINS(read_line(process.out, text, sizeof text), "18 code");
    CHECK(is_held());
    CHECK_INT(shell_status(finish(&process)), 0);
}

/* One that is killed before it is the command leaves nothing to be told. So it is given more and more time to begin. */
static void overrun_kill(void) {
    for (int ms = 1;; ms *= 2) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%d.%03d", ms / 1000, ms % 1000);
        struct words line =
            run_words("--max-hold", seconds, "--on-overrun", "kill", "name", "--", probe_path, "defaults", NULL);
        struct result result = run(&line, NULL);
        CHECK_INT(shell_status(result.status), 128 + SIGKILL);
        CHECK_CONTAINS(result.err, "SIGKILL is sent");
        bool told = is_death_told();
        if (strstr(result.out, "ready") != NULL) {
            CHECK(told);
            return;
        }
    }
}

static void no_overrun(void) {
    struct words line = run_words("--max-hold", "600", "--on-overrun", "kill", "name", "--", probe_path, "status", "3", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 3);
    CHECK_TEXT(result.err, "");
}

/* ---- the file is gone */

/* Whoever opens it now finds another one: what a waiter is given in the old one is worth nothing, and no command runs. */
static void file_deleted_while_it_waits(void) {
    pid_t command;
    pid_t pid;
    struct process holder = hold_name(&command, NULL);
    struct words line = run_words("name", "echo", "ran", NULL);
    struct process waiter = start(&line, NULL);
    AWAIT(state_of(waiter.pid) == 'S' && helpers("pvlock-run", &pid, 1) == 1)
    CHECK_INT(unlink(region_path), 0);
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
    CHECK_CONTAINS(read_all(waiter.err), "lost its file while in use (deleted)");
    CHECK_TEXT(read_all(waiter.out), "");
    CHECK_INT(shell_status(finish(&waiter)), 69);
}

/* What pvlock-run says, with this option, when its file has lost its name meanwhile. */
static char *said_of_moved_file(const char *option) {
    struct words line = run_words(option, "name", "sh", "-c", "echo ready; read -r line", NULL);
    struct process holder = start(&line, NULL);
    char text[64];
    CHECK_TEXT(read_line(holder.out, text, sizeof text), "ready");
    CHECK_INT(rename(region_path, "elsewhere"), 0);
    close(holder.in);
    holder.in = -1;
    char *said = read_all(holder.err);
    CHECK_INT(shell_status(finish(&holder)), 1);
    CHECK_INT(rename("elsewhere", region_path), 0);
    return said;
}

/* Its standard error is the command's, unless words were asked for. */
static void file_moved_while_it_is_held(void) {
    CHECK_CONTAINS(said_of_moved_file("--verbose"), "while lock 'name' was held: region ");
    CHECK_CONTAINS(said_of_moved_file("--max-hold=600"), "lost its file while in use (moved away)");
    CHECK_TEXT(said_of_moved_file("-x"), "");
}

/* ---- seen, and what it costs */

static void is_seen(void) {
    struct words line = run_words("name", "sh", "-c", "echo $$; read -r line", "gr\xc3\xbc\xc3\x9f\x1b \xff", NULL);
    struct process holder = start(&line, NULL);
    char text[64];
    pid_t command = atoi(read_line(holder.out, text, sizeof text));
    pvlock_region *region;
    pvlock_t *lock;
    pvlock_owner_info owner;
    CHECK_INT(pvlock_open(region_path, NULL, &region), PVLOCK_OK);
    CHECK_INT(pvlock_find(region, "name", 4, NULL, &lock), PVLOCK_OK);
    CHECK_INT(pvlock_owner(lock, &owner), PVLOCK_OK);
    CHECK(owner.alive);
    CHECK(owner.borrowed);
    CHECK_TEXT(owner.command, "sh -c echo $$; read -r line gr\xc3\xbc\xc3\x9f? ?");
    CHECK_INT(owner.pid, holder.pid);
    if (!forks) {
        CHECK_INT(owner.pid, command);
    }
    CHECK(owner.since_ns > 0);
    finish(&holder);
}

static long status_field(pid_t pid, const char *field) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int) pid);
    char *text = file_text(path);
    char *found = strstr(text, field);
    CHECK(found != NULL);
    return atol(found + strlen(field));
}

static void cost_of(const char *what, pid_t pid) {
    CHECK_INT(status_field(pid, "\nThreads:"), 1);
    /* What it has, and not what it once had: each page of the program's own start is there already, as it is in flock(1). */
    AWAIT(status_field(pid, "\nVmRSS:") <= 3000)
    printf("  %s: %ld kB\n", what, status_field(pid, "\nVmRSS:"));
}

/* One thread, and less than 3 MB: each of ours. */
static void costs(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    pid_t pid;
    AWAIT(helpers(!forks ? "pvlock-guard" : "pvlock-witness", &pid, 1) == 1)
    cost_of(!forks ? "guard" : "witness", pid);
    if (forks) {
        cost_of("parent", holder.pid);
    }
    struct words line = run_words("name", "true", NULL);
    struct process waiter = start(&line, NULL);
    AWAIT(state_of(waiter.pid) == 'S' && helpers("pvlock-run", &pid, 1) == 1)
    cost_of("waiter", waiter.pid);
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
    CHECK_INT(shell_status(finish(&waiter)), 0);
}

static const struct test tests[] = {
    {"takes_all", takes_all},
    {"all_or_none", all_or_none},
    {"no_circle", no_circle},
    {"named_twice", named_twice},
    {"held_already", held_already},
    {"held_by_the_process_itself", held_by_the_process_itself},
    {"held_by_an_ancestor_that_is_gone", held_by_an_ancestor_that_is_gone},
    {"held_by_another", held_by_another},
    {"owner_died_run", owner_died_run},
    {"owner_died_fail", owner_died_fail},
    {"owner_died_accept", owner_died_accept},
    {"given_up", given_up},
    {"overrun_warn", overrun_warn},
    {"overrun_term", overrun_term},
    {"overrun_kill", overrun_kill},
    {"file_deleted_while_it_waits", file_deleted_while_it_waits},
    {"file_moved_while_it_is_held", file_moved_while_it_is_held},
    {"no_overrun", no_overrun},
    {"is_seen", is_seen},
    {"costs", costs},
};

TESTS_MAIN(tests)
