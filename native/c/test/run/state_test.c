/* The command finds itself in what it would find itself in without pvlock: the contract's line 1. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

/* The same files on 0, 1 and 2 for each run, and nothing else. */
static void plain(void) {
    close(0);
    close(1);
    close(2);
    if (open("in", O_RDONLY | O_CREAT, 0600) != 0 || open("out", O_WRONLY | O_CREAT | O_APPEND, 0600) != 1
            || open("err", O_WRONLY | O_CREAT | O_APPEND, 0600) != 2) {
        _exit(97);
    }
}

/* ---- comparing */

static bool begins(const char *line, const char *with) {
    return strncmp(line, with, strlen(with)) == 0;
}

/* What a forked command cannot have: see parent.h. */
static bool is_only_without_fork(const char *line) {
    return forks && (begins(line, "parent") || begins(line, "leads") || begins(line, "timer"));
}

/* The report without the descriptor of the region; how many those were. */
static int filter(char *report, char *filtered) {
    struct stat region;
    char inode[64] = "?";
    int found = 0;
    if (stat(region_path, &region) == 0) {
        snprintf(inode, sizeof inode, "dev=%llx ino=%llu ", (unsigned long long) region.st_dev, (unsigned long long) region.st_ino);
    }
    filtered[0] = '\0';
    char *line;
    while ((line = strsep(&report, "\n")) != NULL) {
        if (begins(line, "fd ") && strstr(line, inode) != NULL) {
            found++;
        } else if (!is_only_without_fork(line)) {
            filtered += sprintf(filtered, "%s\n", line);
        }
    }
    return found;
}

static char *report_of(const struct words *line, void (*setup)(void), int *region_descriptors) {
    char path[4096];
    snprintf(path, sizeof path, "%s", line->word[line->count - 1]);
    struct result result = run(line, setup);
    if (shell_status(result.status) != 0) {
        fail(__FILE__, __LINE__, "status %d: %s%s%s", shell_status(result.status), result.out, result.err, file_text("err"));
    }
    /* With some umask nobody may read it, but for root. */
    CHECK_INT(chmod(path, S_IRUSR | S_IWUSR), 0);
    char *report = file_text(path);
    char *filtered = malloc(strlen(report) + 2);
    *region_descriptors = filter(report, filtered);
    return filtered;
}

/* Lines in which they differ. */
static void check_same(char *without, char *with) {
    char *left, *right;
    while ((left = strsep(&without, "\n")) != NULL) {
        right = strsep(&with, "\n");
        if (right == NULL || strcmp(left, right) != 0) {
            fail(__FILE__, __LINE__, "without pvlock: %s\nwith pvlock:    %s", left, right == NULL ? "" : right);
        }
    }
    CHECK(with == NULL);
}

static char report_path[4096];

static void compare(void (*setup)(void), const char *name, struct words command) {
    int added;
    snprintf(report_path, sizeof report_path, "%.4000s.report", region_path);
    command.word[command.count++] = report_path;
    command.word[command.count] = NULL;
    char *without = report_of(&command, setup, &added);
    for (int close_option = 0; close_option <= 1; close_option++) {
        struct words line = run_words("--", name, NULL);
        if (close_option) {
            line = run_words("-o", "--", name, NULL);
        }
        for (int i = 0; i < command.count; i++) {
            line.word[line.count++] = command.word[i];
        }
        line.word[line.count] = NULL;
        unlink(report_path);
        char *with = report_of(&line, setup, &added);
        CHECK_INT(added, close_option ? 0 : 1);
        check_same(strdup(without), with);
    }
}

static struct words state(void) {
    return words(probe_path, "state", NULL);
}

/* ---- cases */

static void in_a_shell(void) {
    compare(plain, "name", state());
}

static void cron(void) {
    static char *empty[] = {NULL};
    plain();
    environ = empty;
}

/* report_path is the last word, wherever the others are. */
static void state_with_arguments(const char *name, void (*setup)(void), const char *first, const char *second) {
    struct words command = words(probe_path, "state", "-", first, second, "", "--", "-n", NULL);
    command.word[2] = (char *) "-";
    snprintf(report_path, sizeof report_path, "%.4000s.report", region_path);
    command.word[2] = report_path;
    compare(setup, name, command);
}

static void empty_environment_and_utf8(void) {
    state_with_arguments("schl\xc3\xbcssel \xe9\x8e\xb1 \xf0\x9f\x94\x92", cron, "gr\xc3\xbc\xc3\x9f", "\xe9\x8e\xb1");
}

static void strange(void) {
    static char *variables[] = {"A=1", "A=2", "no equals sign", "=", "B=\xff\xfe", "LC_ALL=xx_YY.KOI8-R", "PVLOCK_NAME=mine", NULL};
    plain();
    environ = variables;
}

static void any_bytes(void) {
    state_with_arguments("name", strange, "\xff\xfe\x80 \n\t", "\xc3\x28");
}

static void close_0(void) {
    plain();
    close(0);
}

static void close_1(void) {
    plain();
    close(1);
}

static void close_2(void) {
    plain();
    close(2);
}

static void close_all(void) {
    plain();
    close(0);
    close(1);
    close(2);
}

static void closed_descriptors(void) {
    compare(close_0, "name", state());
    compare(close_1, "name", state());
    compare(close_2, "name", state());
    compare(close_all, "name", state());
}

static void open_many(void) {
    plain();
    for (int fd = 3; fd < 20; fd++) {
        if (fd != 5) {
            dup2(fd % 2, fd);
        }
    }
    fcntl(7, F_SETFD, FD_CLOEXEC);
    lseek(0, 3, SEEK_SET);
}

static void open_descriptors(void) {
    compare(open_many, "name", state());
}

static void mask_signals(void) {
    plain();
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigaddset(&blocked, SIGCHLD);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGRTMIN + 3);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    signal(SIGHUP, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGTERM);
}

static void signal_mask_and_dispositions(void) {
    compare(mask_signals, "name", state());
}

static void mask_only(void) {
    plain();
    sigset_t blocked;
    sigfillset(&blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

static void all_signals_blocked(void) {
    compare(mask_only, "name", state());
}

static void tight_umask(void) {
    plain();
    umask(0777);
}

static void open_umask(void) {
    plain();
    umask(0);
}

static void umasks(void) {
    compare(tight_umask, "name", state());
    compare(open_umask, "name", state());
}

static void limit(int which, rlim_t soft, rlim_t hard) {
    struct rlimit limit = {soft, hard};
    if (setrlimit((__rlimit_resource_t) which, &limit) != 0) {
        _exit(96);
    }
}

static void set_limits(void) {
    plain();
    limit(RLIMIT_NOFILE, 40, 50);
    limit(RLIMIT_CORE, 4096, 8192);
    limit(RLIMIT_STACK, 1 << 20, 1 << 21);
    limit(RLIMIT_CPU, 1000, 2000);
    nice(3);
}

static void limits_and_nice(void) {
    compare(set_limits, "name", state());
}

static void lead_session(void) {
    plain();
    setsid();
}

static void lead_group(void) {
    plain();
    setpgid(0, 0);
}

static void session_and_group(void) {
    compare(lead_session, "name", state());
    compare(lead_group, "name", state());
}

static void stand_in_nothing(void) {
    plain();
    if (mkdir("gone", 0700) != 0 || chdir("gone") != 0 || rmdir("../gone") != 0) {
        _exit(95);
    }
}

static void removed_directory(void) {
    compare(stand_in_nothing, "name", state());
}

static void set_timer(void) {
    plain();
    struct itimerval timer = {.it_value = {3600, 0}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void timer(void) {
    compare(set_timer, "name", state());
}

static void have_child(void) {
    plain();
    if (fork() == 0) {
        for (int fd = 0; fd < 1024; fd++) {
            close(fd);
        }
        pause();
        _exit(0);
    }
}

/* Children that a process has had before it became ours are the command's. */
static void children_of_before(void) {
    if (forks) {
        skip("they are not a forked command's");
    }
    compare(have_child, "name", state());
}

/* A pipe ends when the command has closed it, although we still wait. */
static void pipes_end(void) {
    struct words line = run_words("name", "-c", "exec >&- 2>&-; read -r line", NULL);
    struct process process = start(&line, NULL);
    CHECK_TEXT(read_all(process.out), "");
    CHECK_TEXT(read_all(process.err), "");
    CHECK(is_held());
    CHECK_INT(shell_status(finish(&process)), 1);
}

static void environment_is_told_if_asked(void) {
    struct words line = run_words(
            "--env", "name", "-c", "echo \"$PVLOCK_NAME $PVLOCK_TOKEN $PVLOCK_OWNER_DIED ${PVLOCK_WAITED_NS:+waited}\"", NULL);
    CHECK_TEXT(run(&line, NULL).out, "name 1 0 waited\n");
    CHECK_TEXT(run(&line, NULL).out, "name 2 0 waited\n");
}

static const struct test tests[] = {
    {"in_a_shell", in_a_shell},
    {"empty_environment_and_utf8", empty_environment_and_utf8},
    {"any_bytes", any_bytes},
    {"closed_descriptors", closed_descriptors},
    {"open_descriptors", open_descriptors},
    {"signal_mask_and_dispositions", signal_mask_and_dispositions},
    {"all_signals_blocked", all_signals_blocked},
    {"umasks", umasks},
    {"limits_and_nice", limits_and_nice},
    {"session_and_group", session_and_group},
    {"removed_directory", removed_directory},
    {"timer", timer},
    {"children_of_before", children_of_before},
    {"pipes_end", pipes_end},
    {"environment_is_told_if_asked", environment_is_told_if_asked},
};

TESTS_MAIN(tests)
