/* While the command runs nobody else holds the lock, and a death is told, an orderly end is not: the contract's line 4. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t only_helper(const char *name) {
    pid_t pids[4];
    AWAIT(helpers(name, pids, 4) == 1)
    return pids[0];
}

static void killed_command_is_told(void) {
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t command;
        struct process holder = hold_name(&command, NULL);
        CHECK(is_held());
        CHECK_INT(kill(command, signals[i]), 0);
        int status = finish(&holder);
        CHECK(WIFSIGNALED(status));
        CHECK_INT(WTERMSIG(status), signals[i]);
        CHECK(is_death_told());
        CHECK(!is_death_told());
    }
}

static void orderly_end_is_not_told(void) {
    static const char *const statuses[] = {"0", "1", "137", "255"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct words line = run_words("name", "--", probe_path, "status", statuses[i], NULL);
        run(&line, NULL);
        CHECK(!is_death_told());
    }
}

/* What the command leaves running has the descriptor, and neither keeps the lock nor hides the death. */
static void left_running(const char *command, bool death) {
    struct words line = run_words("name", "-c", command, NULL);
    struct process holder = start(&line, NULL);
    char text[64];
    pid_t left = atoi(read_line(holder.out, text, sizeof text));
    finish(&holder);
    CHECK_INT(is_death_told(), death);
    CHECK_INT(kill(left, SIGKILL), 0);
}

static void what_is_left_running(void) {
    left_running("sleep 600 >/dev/null 2>&1 & echo $!; exit 3", false);
    left_running("sleep 600 >/dev/null 2>&1 & echo $!; kill -9 $$", true);
}

/* Then the command's own end counts as a death: nobody is left to see how it was. */
static void guard_killed(void) {
    if (forks) {
        skip("there is none");
    }
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    CHECK_INT(kill(only_helper("pvlock-guard"), SIGKILL), 0);
    pid_t none;
    AWAIT(helpers("pvlock-guard", &none, 1) == 0)
    CHECK(is_held());
    CHECK_INT(kill(command, SIGTERM), 0);
    CHECK_INT(shell_status(finish(&holder)), 128 + SIGTERM);
    CHECK(is_death_told());
}

static void guard_stopped(void) {
    if (forks) {
        skip("there is none");
    }
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    pid_t guard = only_helper("pvlock-guard");
    CHECK_INT(kill(guard, SIGSTOP), 0);
    AWAIT(state_of(guard) == 'T')
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
    /* Who is stopped is alive. */
    CHECK(is_held());
    CHECK_INT(kill(guard, SIGCONT), 0);
    await_free();
    CHECK(is_death_told());
}

/* A guard hears nothing but the end. */
static void guard_ignores_signals(void) {
    if (forks) {
        skip("there is none");
    }
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    pid_t guard = only_helper("pvlock-guard");
    for (int signal = 1; signal < 32; signal++) {
        if (signal != SIGKILL && signal != SIGSTOP) {
            CHECK_INT(kill(guard, signal), 0);
        }
    }
    CHECK(is_held());
    CHECK(state_of(guard) != 0 && state_of(guard) != 'Z');
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
    CHECK(is_death_told());
}

static void parent_killed(void) {
    if (!forks) {
        skip("there is none");
    }
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    CHECK(command != holder.pid);
    CHECK_INT(kill(holder.pid, SIGKILL), 0);
    CHECK_INT(shell_status(finish(&holder)), 128 + SIGKILL);
    CHECK(is_held());
    AWAIT(state_of(command) == 'S')
    CHECK_INT(kill(command, SIGKILL), 0);
    await_free();
    CHECK(is_death_told());
}

static void lead_group(void) {
    setpgid(0, 0);
}

static void group_killed(void) {
    pid_t command;
    struct process holder = hold_name(&command, lead_group);
    CHECK_INT(kill(-holder.pid, SIGKILL), 0);
    CHECK_INT(shell_status(finish(&holder)), 128 + SIGKILL);
    await_free();
    CHECK(is_death_told());
}

/* With -o the descriptor is not inherited: then it is the helper on which the lock depends. */
static void not_inherited(void) {
    struct words line = run_words("-o", "name", "--", probe_path, "defaults", NULL);
    struct process holder = start(&line, NULL);
    char text[64];
    int command;
    CHECK(sscanf(read_line(holder.out, text, sizeof text), "ready %d", &command) == 1);
    CHECK(is_held());
    CHECK_INT(kill(!forks ? only_helper("pvlock-guard") : holder.pid, SIGKILL), 0);
    await_free();
    CHECK(is_death_told());
    AWAIT(state_of(command) == 'S')
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
}

/* Nobody asks for the status of the dead: the lock is free all the same. */
static void not_waited_for(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    CHECK_INT(kill(command, SIGTERM), 0);
    AWAIT(state_of(command) != 'S')
    if (!forks) {
        AWAIT(state_of(holder.pid) == 'Z')
    }
    await_free();
    CHECK(is_death_told());
    finish(&holder);
    struct words line = run_words("name", "--", probe_path, "status", "0", NULL);
    holder = start(&line, NULL);
    await_free();
    CHECK(!is_death_told());
    finish(&holder);
}

/* Killed at any instant of its start, it leaves nothing that stops the others. */
static void killed_while_starting(void) {
    struct words line = run_words("--on-owner-died", "accept", "name", "--", probe_path, "alone", "alone", NULL);
    unsigned random = 20261128;
    for (int round = 0; round < 200; round++) {
        struct process process = start(&line, NULL);
        random = random * 1103515245 + 12345;
        for (unsigned spin = (random >> 12) % 200000; spin > 0; spin--) {
            __asm__ volatile("");
        }
        kill(process.pid, SIGKILL);
        finish(&process);
    }
    /* A forked command may still be at its end. */
    await_free();
    unlink("alone");
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 0);
}

#define MANY 50

static void fifty_at_once(void) {
    struct words line = run_words("name", "--", probe_path, "alone", "alone", NULL);
    struct process all[MANY];
    for (int i = 0; i < MANY; i++) {
        all[i] = start(&line, NULL);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(shell_status(finish(&all[i])), 0);
    }
    await_free();
    CHECK(!is_death_told());
}

/* Whoever has seen the command end can have the lock, without waiting for anybody; and sees how it ended. */
static void free_when_the_end_is_seen(void) {
    struct words line = run_words("-n", "-E", "55", "--on-owner-died", "fail", "name", "--", probe_path, "status", "3", NULL);
    for (int round = 0; round < 200; round++) {
        struct process process = start(&line, NULL);
        CHECK_INT(shell_status(finish(&process)), 3);
    }
    line = run_words("-n", "-E", "55", "--on-owner-died", "accept", "name", "--", probe_path, "signal", "9", NULL);
    for (int round = 0; round < 50; round++) {
        struct process process = start(&line, NULL);
        CHECK_INT(shell_status(finish(&process)), 128 + 9);
    }
}

static void waiter_gets_it(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct words line = run_words("name", "-c", "echo mine", NULL);
    struct process waiter = start(&line, NULL);
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
    char text[64];
    CHECK_TEXT(read_line(waiter.out, text, sizeof text), "mine");
    CHECK_INT(shell_status(finish(&waiter)), 0);
}

static const struct test tests[] = {
    {"killed_command_is_told", killed_command_is_told},
    {"orderly_end_is_not_told", orderly_end_is_not_told},
    {"what_is_left_running", what_is_left_running},
    {"guard_killed", guard_killed},
    {"guard_stopped", guard_stopped},
    {"guard_ignores_signals", guard_ignores_signals},
    {"parent_killed", parent_killed},
    {"group_killed", group_killed},
    {"not_inherited", not_inherited},
    {"not_waited_for", not_waited_for},
    {"killed_while_starting", killed_while_starting},
    {"fifty_at_once", fifty_at_once},
    {"free_when_the_end_is_seen", free_when_the_end_is_seen},
    {"waiter_gets_it", waiter_gets_it},
};

TESTS_MAIN(tests)
