/* As PID 1 of a container, as a subreaper, as another user, and beside flock(1) where the contract says "as flock". */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- PID 1 */

/* It forks, whatever the kernel can; if it is not told to, it finds that out. */
static void choose_itself(void) {
    form = forks ? form : NULL;
}

/* Starts it as PID 1 of a pid namespace; of `process`, pid is its pid outside. */
static struct process start_as_init(const struct words *line) {
    if (unshare(CLONE_NEWPID) != 0) {
        skip("no right to make a pid namespace");
    }
    return start(line, NULL);
}

static void init_waits_and_ends(void) {
    choose_itself();
    struct words line = run_words("name", "-c", "echo $$; read -r line; exit 5", NULL);
    struct process process = start_as_init(&line);
    char text[64];
    /* Not itself: as the namespace's end it could not say how the command ended. */
    CHECK(atoi(read_line(process.out, text, sizeof text)) != 1);
    CHECK_INT(shell_status(finish(&process)), 5);
}

static void init_passes_signals_on(void) {
    choose_itself();
    struct words line = run_words("name", "--", probe_path, "signals", NULL);
    struct process process = start_as_init(&line);
    char text[64];
    CHECK_CONTAINS(read_line(process.out, text, sizeof text), "ready");
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD, 40, 64};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        CHECK_INT(kill(process.pid, signals[i]), 0);
        CHECK_INT(atoi(read_line(process.out, text, sizeof text)), signals[i]);
    }
    CHECK_INT(shell_status(finish(&process)), 0);
}

/* PID 1 cannot die by a signal of its own: 128 + n instead. */
static void init_tells_of_death(void) {
    choose_itself();
    struct words line = run_words("name", "--", probe_path, "defaults", NULL);
    struct process process = start_as_init(&line);
    char text[64];
    CHECK_CONTAINS(read_line(process.out, text, sizeof text), "ready");
    CHECK_INT(kill(process.pid, SIGTERM), 0);
    CHECK_INT(shell_status(finish(&process)), 128 + SIGTERM);
}

/* Orphans are given to it, and do not stay as zombies; it does not wait for them in the end. */
static void init_buries_orphans(void) {
    choose_itself();
    struct words line = run_words(
            "name", "-c", "(sleep 0 & echo $! >orphan); p=$(cat orphan); while kill -0 $p 2>/dev/null; do :; done; sleep 600 & exit 3", NULL);
    struct process process = start_as_init(&line);
    CHECK_INT(shell_status(finish(&process)), 3);
}

/* The whole container is killed: as if the command were. */
static void container_killed(void) {
    struct words line = run_words("name", "--", probe_path, "defaults", NULL);
    /* Another process of ours, for this one makes children in the namespace from now on. */
    pid_t container = fork();
    if (container == 0) {
        struct process process = start_as_init(&line);
        char text[64];
        CHECK_CONTAINS(read_line(process.out, text, sizeof text), "ready");
        CHECK_INT(kill(process.pid, SIGKILL), 0);
        CHECK_INT(shell_status(finish(&process)), 128 + SIGKILL);
        _exit(0);
    }
    int status;
    CHECK_INT(waitpid(container, &status, 0), container);
    if (shell_status(status) != 0) {
        _exit(shell_status(status));
    }
    await_free();
    CHECK(is_death_told());
}

/* In a container that is not its own, pids are others: a holder there with the pid of an ancestor here is no ancestor. */
static void pids_of_another_namespace(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct words line = run_words("-n", "-E", "55", "name", "true", NULL);
    struct process process = start_as_init(&line);
    CHECK_INT(shell_status(finish(&process)), 55);
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
}

/* ---- subreaper */

static void reap(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* It would be given its own guard as a child. */
static void subreaper(void) {
    choose_itself();
    struct words line = run_words("name", "-c", "echo $$; exit 4", NULL);
    struct process process = start(&line, reap);
    char text[64];
    CHECK(atoi(read_line(process.out, text, sizeof text)) != process.pid);
    CHECK_INT(shell_status(finish(&process)), 4);
}

/* Whatever it chooses, it works. */
static void its_own_choice(void) {
    form = NULL;
    struct words line = run_words("name", "-c", "kill -9 $$", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 128 + 9);
    CHECK(is_death_told());
    line = run_words("name", "-c", "exit 3", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 3);
    CHECK(!is_death_told());
}

static void seem_old(void) {
    if (personality(UNAME26) < 0) {
        _exit(NOT_STARTED);
    }
}

/* On an old kernel, which this one is taken for, nobody but the parent would know how the command ended. */
static void old_kernel(void) {
    choose_itself();
    struct words line = run_words("name", "-c", "echo $$; exit 4", NULL);
    struct process process = start(&line, seem_old);
    char text[64];
    CHECK(atoi(read_line(process.out, text, sizeof text)) != process.pid);
    CHECK_INT(shell_status(finish(&process)), 4);
}

/* ---- another user */

static void be_nobody(void) {
    if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
        _exit(NOT_STARTED);
    }
}

static void be_other(void) {
    if (setgroups(0, NULL) != 0 || setgid(65533) != 0 || setuid(65533) != 0) {
        _exit(NOT_STARTED);
    }
}

static void need_root_and_a_way(void) {
    if (getuid() != 0) {
        skip("root only: as other users");
    }
    struct words line = words(run_path, "--help", NULL);
    if (shell_status(run(&line, be_nobody).status) != 0) {
        skip("another user cannot reach the program");
    }
    CHECK_INT(chmod(".", 01777), 0);
}

static void another_users_region(void) {
    need_root_and_a_way();
    struct words line = run_words("name", "true", NULL);
    CHECK_INT(shell_status(run(&line, be_nobody).status), 0);
    struct stat file;
    CHECK_INT(stat(region_path, &file), 0);
    CHECK_INT(file.st_uid, 65534);
    CHECK_INT(file.st_mode & 0777, 0600);
    /* Neither the third one, nor root, who could. */
    CHECK_INT(shell_status(run(&line, be_other).status), 69);
    CHECK_INT(shell_status(run(&line, NULL).status), 69);
    line = run_words("--trust", "65534", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 0);
}

static void shared_with_all(void) {
    need_root_and_a_way();
    struct words line = run_words("--mode", "0666", "name", "--", probe_path, "defaults", NULL);
    struct process holder = start(&line, be_nobody);
    char text[64];
    int command;
    CHECK(sscanf(read_line(holder.out, text, sizeof text), "ready %d", &command) == 1);
    line = run_words("--mode", "0666", "-n", "-E", "55", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, be_other).status), 55);
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&holder);
    line = run_words("--mode", "0666", "name", "true", NULL);
    CHECK_CONTAINS(run(&line, be_other).err, "died holding it");
}

static void shared_with_a_group(void) {
    need_root_and_a_way();
    struct words line = run_words("--group", "65534", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 0);
    CHECK_INT(shell_status(run(&line, be_nobody).status), 0);
    CHECK_INT(shell_status(run(&line, be_other).status), 69);
}

/* The command has more rights than we have, and its end is hidden from us for a while. */
static void setuid_command(void) {
    need_root_and_a_way();
    struct words copy = words("/bin/cp", probe_path, "setuid", NULL);
    CHECK_INT(shell_status(run(&copy, NULL).status), 0);
    CHECK_INT(chmod("setuid", 04755), 0);
    struct words line = run_words("name", "--", "./setuid", "status", "0", NULL);
    for (int round = 0; round < 5; round++) {
        CHECK_INT(shell_status(run(&line, be_nobody).status), 0);
    }
    struct words next = run_words("--on-owner-died", "fail", "name", "true", NULL);
    CHECK_INT(shell_status(run(&next, be_nobody).status), 0);
    line = run_words("name", "--", "./setuid", "signal", "9", NULL);
    CHECK_INT(shell_status(run(&line, be_nobody).status), 128 + 9);
    CHECK_INT(shell_status(run(&next, be_nobody).status), 65);
}

/* ---- flock(1) */

static void check_as_flock(const char *first, const char *second, const char *third, const char *fourth) {
    struct words theirs = words("/usr/bin/flock", NULL);
    struct words ours = run_words(NULL, NULL);
    const char *const more[] = {first, second, third, fourth};
    for (int i = 0; i < 4; i++) {
        if (more[i] != NULL) {
            theirs.word[theirs.count++] = (char *) (strcmp(more[i], "LOCK") == 0 ? "lock" : more[i]);
            ours.word[ours.count++] = (char *) (strcmp(more[i], "LOCK") == 0 ? "name" : more[i]);
        }
    }
    theirs.word[theirs.count] = NULL;
    ours.word[ours.count] = NULL;
    struct result flock = run(&theirs, NULL);
    struct result pvlock = run(&ours, NULL);
    CHECK_INT(shell_status(pvlock.status), shell_status(flock.status));
    CHECK_TEXT(pvlock.out, flock.out);
}

static void as_flock(void) {
    if (access("/usr/bin/flock", X_OK) != 0) {
        skip("there is no flock(1)");
    }
    check_as_flock("LOCK", "-c", "echo x; exit 3", NULL);
    check_as_flock("LOCK", "echo", "-n", "x");
    check_as_flock("LOCK", "sh", "-c", "exit 9");
    check_as_flock("-n", "LOCK", "echo", "x");
    check_as_flock("-x", "LOCK", "echo", "x");
    check_as_flock("-o", "LOCK", "echo", "x");
    check_as_flock("-F", "LOCK", "echo", "x");
    check_as_flock("-w0.5", "LOCK", "echo", "x");
    check_as_flock("-E9", "LOCK", "echo", "x");
    check_as_flock("--nonblock", "LOCK", "echo", "x");
    check_as_flock("--timeout=1", "LOCK", "echo", "x");
    check_as_flock("--conflict-exit-code=3", "LOCK", "echo", "x");
    check_as_flock("--exclusive", "LOCK", "echo", "x");
    check_as_flock("--close", "LOCK", "echo", "x");
    check_as_flock("--no-fork", "LOCK", "echo", "x");
    check_as_flock("LOCK", "--command", "echo x", NULL);
}

static const struct test tests[] = {
    {"init_waits_and_ends", init_waits_and_ends},
    {"init_passes_signals_on", init_passes_signals_on},
    {"init_tells_of_death", init_tells_of_death},
    {"init_buries_orphans", init_buries_orphans},
    {"container_killed", container_killed},
    {"pids_of_another_namespace", pids_of_another_namespace},
    {"subreaper", subreaper},
    {"its_own_choice", its_own_choice},
    {"old_kernel", old_kernel},
    {"another_users_region", another_users_region},
    {"shared_with_all", shared_with_all},
    {"shared_with_a_group", shared_with_a_group},
    {"setuid_command", setuid_command},
    {"as_flock", as_flock},
};

TESTS_MAIN(tests)
