/* A signal reaches the command exactly once: the contract's line 2, without a terminal. */
#include "harness.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of signals that are pending the least comes first: if one was there twice, both come before this one. */
#define FENCE 64

static void lead_group(void) {
    setpgid(0, 0);
}

static void next_is(struct process *process, int signal) {
    char line[64];
    int got;
    if (sscanf(read_line(process->out, line, sizeof line), "%d code", &got) != 1) {
        fail(__FILE__, __LINE__, "'%s' instead of signal %d", line, signal);
    }
    CHECK_INT(got, signal);
}

static void nothing_more(struct process *process) {
    CHECK_INT(kill(process->pid, FENCE), 0);
    next_is(process, FENCE);
}

static struct process start_probe(void) {
    struct words line = run_words("name", "--", probe_path, "signals", NULL);
    struct process process = start(&line, lead_group);
    char text[64];
    CHECK_CONTAINS(read_line(process.out, text, sizeof text), "ready");
    return process;
}

static bool can_be_sent(int signal) {
    /* The C library has 32 and 33 for itself. */
    return signal != SIGKILL && signal != SIGSTOP && signal != 32 && signal != 33 && signal != FENCE;
}

static void each_to(bool group) {
    struct process process = start_probe();
    for (int signal = 1; signal < 64; signal++) {
        if (can_be_sent(signal)) {
            CHECK_INT(kill(group ? -process.pid : process.pid, signal), 0);
            next_is(&process, signal);
            nothing_more(&process);
        }
    }
    CHECK_INT(shell_status(finish(&process)), 0);
}

static void to_the_process(void) {
    each_to(false);
}

static void to_the_group(void) {
    each_to(true);
}

/*
 * Which cannot be foreseen by whoever gets them. A forked command is given time after each that the group got: one to the process that is
 * like it, and comes before pvlock-run has seen it, would be taken for the same.
 */
static void in_any_order(void) {
    struct process process = start_probe();
    unsigned random = 20261128;
    for (int round = 0; round < 500; round++) {
        random = random * 1103515245 + 12345;
        bool group = (random >> 16) % 2 == 0;
        int signal = 1 + (int) ((random >> 20) % 31);
        if (can_be_sent(signal)) {
            CHECK_INT(kill(group ? -process.pid : process.pid, signal), 0);
            next_is(&process, signal);
            if (group && forks) {
                nothing_more(&process);
            }
        }
    }
    nothing_more(&process);
    CHECK_INT(shell_status(finish(&process)), 0);
}

/* One to the process and one to the group, at once: two that are the same may be one, as without pvlock, but not none, and not three. */
static void both_at_once(void) {
    struct process process = start_probe();
    for (int round = 0; round < 100; round++) {
        CHECK_INT(kill(process.pid, SIGUSR1), 0);
        CHECK_INT(kill(-process.pid, SIGUSR1), 0);
        CHECK_INT(kill(process.pid, FENCE), 0);
        int count = 0;
        char line[64];
        while (atoi(read_line(process.out, line, sizeof line)) == SIGUSR1) {
            count++;
        }
        CHECK(count == 1 || count == 2);
    }
    CHECK_INT(shell_status(finish(&process)), 0);
}

static void with_a_value(void) {
    struct process process = start_probe();
    for (int value = 1; value <= 20; value++) {
        CHECK_INT(sigqueue(process.pid, SIGRTMIN + 1, (union sigval) {.sival_int = value}), 0);
    }
    for (int value = 1; value <= 20; value++) {
        char line[64], wanted[64];
        snprintf(wanted, sizeof wanted, "%d code -1 value %d", SIGRTMIN + 1, value);
        CHECK_TEXT(read_line(process.out, line, sizeof line), wanted);
    }
    CHECK_INT(shell_status(finish(&process)), 0);
}

static void ignore_hangup(void) {
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
}

static void wait_in_queue(struct process *process) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", (int) process->pid);
    /* It catches what would end it while it waits, and only then. */
    while (1) {
        char *text = file_text(path);
        char *caught = strstr(text, "SigCgt:");
        unsigned long long set = 0;
        if (caught != NULL) {
            set = strtoull(caught + 7, NULL, 16);
        }
        free(text);
        if ((set & 1ull << (SIGTERM - 1)) != 0) {
            return;
        }
        pause_briefly();
    }
}

static struct process start_waiter(void (*setup)(void)) {
    struct words line = run_words("name", "-c", "echo ran; exec cat", NULL);
    struct process waiter = start(&line, setup);
    wait_in_queue(&waiter);
    return waiter;
}

static void one_ends_a_waiter(int signal) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct process waiter = start_waiter(NULL);
    CHECK_INT(kill(waiter.pid, signal), 0);
    CHECK_TEXT(read_all(waiter.out), "");
    CHECK_TEXT(read_all(waiter.err), "");
    int status = finish(&waiter);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), signal);
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
}

static void ends_a_waiter(void) {
    one_ends_a_waiter(SIGTERM);
    one_ends_a_waiter(SIGINT);
    one_ends_a_waiter(SIGUSR1);
    one_ends_a_waiter(SIGKILL);
}

static void end_holder(struct process *holder, pid_t command) {
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(holder);
}

/* What is ignored, and what stops, does to a waiter what it does to anybody. */
static void does_not_end_a_waiter(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct process waiter = start_waiter(ignore_hangup);
    CHECK_INT(kill(waiter.pid, SIGHUP), 0);
    CHECK_INT(kill(waiter.pid, SIGINT), 0);
    CHECK_INT(kill(waiter.pid, SIGSTOP), 0);
    AWAIT(state_of(waiter.pid) == 'T')
    end_holder(&holder, command);
    CHECK_INT(kill(waiter.pid, SIGCONT), 0);
    char line[64];
    CHECK_TEXT(read_line(waiter.out, line, sizeof line), "ran");
    CHECK_INT(shell_status(finish(&waiter)), 0);
}

/* Stopped is not ended. */
static void stopped_holds(void) {
    pid_t command;
    struct process holder = hold_name(&command, lead_group);
    CHECK_INT(kill(!forks ? holder.pid : -holder.pid, SIGSTOP), 0);
    int status;
    CHECK_INT(waitpid(holder.pid, &status, WUNTRACED), holder.pid);
    CHECK(WIFSTOPPED(status));
    AWAIT(state_of(command) == 'T')
    CHECK(is_held());
    CHECK_INT(kill(!forks ? holder.pid : -holder.pid, SIGCONT), 0);
    CHECK_INT(waitpid(holder.pid, &status, WCONTINUED), holder.pid);
    CHECK(WIFCONTINUED(status));
    CHECK(is_held());
    end_holder(&holder, command);
}

/* The command alone is stopped: whoever waits for us sees it. */
static void stop_is_seen(void) {
    pid_t command;
    struct process holder = hold_name(&command, lead_group);
    static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        int status;
        CHECK_INT(kill(holder.pid, stops[i]), 0);
        CHECK_INT(waitpid(holder.pid, &status, WUNTRACED), holder.pid);
        CHECK(WIFSTOPPED(status));
        CHECK_INT(WSTOPSIG(status), stops[i]);
        CHECK_INT(kill(holder.pid, SIGCONT), 0);
        CHECK_INT(waitpid(holder.pid, &status, WCONTINUED), holder.pid);
        AWAIT(state_of(command) == 'S')
    }
    end_holder(&holder, command);
}

static void lost_witness(void) {
    if (!forks) {
        skip("there is none");
    }
    struct process process = start_probe();
    for (int round = 0; round < 5; round++) {
        pid_t witness;
        AWAIT(helpers("pvlock-witness", &witness, 1) == 1)
        CHECK_INT(kill(witness, SIGKILL), 0);
        pid_t next;
        AWAIT(helpers("pvlock-witness", &next, 1) == 1 && next != witness)
        CHECK_INT(kill(process.pid, SIGUSR1), 0);
        next_is(&process, SIGUSR1);
        CHECK_INT(kill(-process.pid, SIGUSR2), 0);
        next_is(&process, SIGUSR2);
        nothing_more(&process);
    }
    CHECK_INT(shell_status(finish(&process)), 0);
}

static const struct test tests[] = {
    {"to_the_process", to_the_process},
    {"to_the_group", to_the_group},
    {"in_any_order", in_any_order},
    {"both_at_once", both_at_once},
    {"with_a_value", with_a_value},
    {"ends_a_waiter", ends_a_waiter},
    {"does_not_end_a_waiter", does_not_end_a_waiter},
    {"stopped_holds", stopped_holds},
    {"stop_is_seen", stop_is_seen},
    {"lost_witness", lost_witness},
};

TESTS_MAIN(tests)
