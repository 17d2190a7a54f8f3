/* Job control: the contract's line 2, with a terminal. The case is the shell. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int terminal;
static int keyboard;

/* A session of its own, with a new terminal. */
static void become_shell(void) {
    CHECK(setsid() > 0);
    keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(keyboard >= 0 && grantpt(keyboard) == 0 && unlockpt(keyboard) == 0);
    terminal = open(ptsname(keyboard), O_RDWR | O_CLOEXEC);
    CHECK(terminal >= 0);
    CHECK(tcgetpgrp(terminal) == getpgrp());
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
}

static void be_job(void) {
    signal(SIGTTOU, SIG_IGN);
    setpgid(0, 0);
    tcsetpgrp(terminal, getpid());
    signal(SIGTTOU, SIG_DFL);
    signal(SIGTTIN, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
}

static void be_background_job(void) {
    setpgid(0, 0);
    signal(SIGTTOU, SIG_DFL);
    signal(SIGTTIN, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    dup2(terminal, STDIN_FILENO);
}

static void type(char key) {
    CHECK(write(keyboard, &key, 1) == 1);
}

static void await_stop(pid_t pid, int signal) {
    int status;
    CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
    CHECK(WIFSTOPPED(status));
    CHECK_INT(WSTOPSIG(status), signal);
}

static void await_continued(pid_t pid) {
    int status;
    CHECK_INT(waitpid(pid, &status, WCONTINUED), pid);
    CHECK(WIFCONTINUED(status));
}

static void foreground(pid_t job) {
    CHECK_INT(tcsetpgrp(terminal, job), 0);
    CHECK_INT(kill(-job, SIGCONT), 0);
    await_continued(job);
}

static void ctrl_c_ends(void) {
    become_shell();
    pid_t command;
    struct process job = hold_name(&command, be_job);
    type('\003');
    int status = finish(&job);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGINT);
}

static void ctrl_z_and_fg(void) {
    become_shell();
    pid_t command;
    struct process job = hold_name(&command, be_job);
    for (int round = 0; round < 20; round++) {
        type('\032');
        await_stop(job.pid, SIGTSTP);
        AWAIT(state_of(command) == 'T')
        CHECK_INT(tcsetpgrp(terminal, getpgrp()), 0);
        if (round == 0) {
            CHECK(is_held());
        }
        foreground(job.pid);
        AWAIT(state_of(command) == 'S')
    }
    type('\034');
    int status = finish(&job);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGQUIT);
}

static volatile sig_atomic_t interrupts;

static void count_interrupt(int signal) {
    (void) signal;
    interrupts++;
}

static void bg_goes_on(void) {
    become_shell();
    pid_t command;
    struct process job = hold_name(&command, be_job);
    type('\032');
    await_stop(job.pid, SIGTSTP);
    CHECK_INT(tcsetpgrp(terminal, getpgrp()), 0);
    CHECK_INT(kill(-job.pid, SIGCONT), 0);
    await_continued(job.pid);
    AWAIT(state_of(command) == 'S')
    /* Ctrl-C is not for what is in the background. It is waited for: a terminal passes keys on in its own time, and whom is_held()
       starts is in the foreground. */
    signal(SIGINT, count_interrupt);
    type('\003');
    AWAIT(interrupts == 1)
    CHECK(is_held());
    CHECK_INT(kill(-job.pid, SIGTERM), 0);
    CHECK_INT(shell_status(finish(&job)), 128 + SIGTERM);
}

/* Who reads the terminal from the background is stopped, and seen to be. */
static void reads_in_background(void) {
    become_shell();
    struct words line = run_words("name", "-c", "read -r line; echo \"$line\"", NULL);
    struct process job = start(&line, be_background_job);
    await_stop(job.pid, SIGTTIN);
    foreground(job.pid);
    CHECK(write(keyboard, "typed\n", 6) == 6);
    char text[64];
    CHECK_TEXT(read_line(job.out, text, sizeof text), "typed");
    CHECK_INT(shell_status(finish(&job)), 0);
}

/* Each key is one signal. */
static void keys_are_counted(void) {
    become_shell();
    struct words line = run_words("name", "--", probe_path, "signals", NULL);
    struct process job = start(&line, be_job);
    char text[64];
    CHECK_CONTAINS(read_line(job.out, text, sizeof text), "ready");
    static const struct {
        char key;
        int signal;
    } keys[] = {{'\003', SIGINT}, {'\034', SIGQUIT}, {'\032', SIGTSTP}};
    for (int round = 0; round < 60; round++) {
        type(keys[round % 3].key);
        CHECK_INT(atoi(read_line(job.out, text, sizeof text)), keys[round % 3].signal);
    }
    struct winsize size = {.ws_row = 10, .ws_col = 20};
    CHECK_INT(ioctl(keyboard, TIOCSWINSZ, &size), 0);
    CHECK_INT(atoi(read_line(job.out, text, sizeof text)), SIGWINCH);
    /* Behind all that may be doubled. */
    CHECK_INT(kill(job.pid, 64), 0);
    CHECK_INT(atoi(read_line(job.out, text, sizeof text)), 64);
    CHECK_INT(shell_status(finish(&job)), 0);
}

static const char *terminal_name;

static void lead_session_with_terminal(void) {
    if (setsid() < 0 || open(terminal_name, O_RDWR | O_CLOEXEC) < 0) {
        _exit(92);
    }
}

/* The terminal of a session goes away: the kernel tells its leader, who is whatever ssh or a terminal window has started. */
static void hangup(void) {
    keyboard = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(keyboard >= 0 && grantpt(keyboard) == 0 && unlockpt(keyboard) == 0);
    terminal_name = ptsname(keyboard);
    struct words line = run_words("name", "--", probe_path, "signals", NULL);
    struct process job = start(&line, lead_session_with_terminal);
    char text[64];
    CHECK_CONTAINS(read_line(job.out, text, sizeof text), "ready");
    close(keyboard);
    int first = atoi(read_line(job.out, text, sizeof text));
    CHECK(first == SIGHUP || first == SIGCONT);
    CHECK_INT(atoi(read_line(job.out, text, sizeof text)), first == SIGHUP ? SIGCONT : SIGHUP);
    CHECK_INT(kill(job.pid, 64), 0);
    CHECK_INT(atoi(read_line(job.out, text, sizeof text)), 64);
    CHECK_INT(shell_status(finish(&job)), 0);
}

/* While it waits for the lock, it is a job like any other. */
static void waits_as_job(void) {
    become_shell();
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct words line = run_words("name", "-c", "echo ran", NULL);
    struct process waiter = start(&line, be_job);
    AWAIT(tcgetpgrp(terminal) == waiter.pid)
    type('\032');
    await_stop(waiter.pid, SIGTSTP);
    CHECK_INT(tcsetpgrp(terminal, getpgrp()), 0);
    foreground(waiter.pid);
    type('\003');
    int status = finish(&waiter);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGINT);
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
}

static const struct test tests[] = {
    {"ctrl_c_ends", ctrl_c_ends},
    {"ctrl_z_and_fg", ctrl_z_and_fg},
    {"bg_goes_on", bg_goes_on},
    {"reads_in_background", reads_in_background},
    {"keys_are_counted", keys_are_counted},
    {"hangup", hangup},
    {"waits_as_job", waits_as_job},
};

TESTS_MAIN(tests)
