/* The status is the command's; own failures have statuses of their own: the contract's lines 3 and 5. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct result run_command(const char *first, const char *second, const char *third) {
    struct words line = run_words("name", "--", first, second, third, NULL);
    return run(&line, NULL);
}

static void of_the_command(void) {
    static const char *const statuses[] = {"0", "1", "2", "42", "64", "126", "255"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct result result = run_command(probe_path, "status", statuses[i]);
        CHECK(WIFEXITED(result.status));
        CHECK_INT(WEXITSTATUS(result.status), atoi(statuses[i]));
        CHECK_TEXT(result.err, "");
        CHECK_TEXT(result.out, "");
    }
}

static void of_its_death(void) {
    static const int signals[] = {SIGTERM, SIGKILL, SIGSEGV, SIGUSR1, SIGHUP, SIGPIPE, SIGINT, SIGABRT, 40};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        char number[8];
        snprintf(number, sizeof number, "%d", signals[i]);
        struct words line = run_words("--on-owner-died", "accept", "name", "--", probe_path, "signal", number, NULL);
        struct result result = run(&line, NULL);
        CHECK(WIFSIGNALED(result.status));
        CHECK_INT(WTERMSIG(result.status), signals[i]);
    }
}

static void of_the_shell(void) {
    struct words before = run_words("-c", "exit 5", "name", NULL);
    CHECK_INT(shell_status(run(&before, NULL).status), 5);
    struct words behind = run_words("name", "-c", "exit 6", NULL);
    CHECK_INT(shell_status(run(&behind, NULL).status), 6);
}

/* A directory of it that may not be searched would make it "not executable", as execvp(3) and env(1) have it. */
static void with_a_short_path(void) {
    setenv("PATH", "/usr/bin:/bin", 1);
}

static void not_found(void) {
    struct result result = run_command("/no/such/program", NULL, NULL);
    CHECK_INT(shell_status(result.status), 127);
    CHECK_CONTAINS(result.err, "/no/such/program");
    struct words line = run_words("name", "--", "no-such-program-anywhere", NULL);
    CHECK_INT(shell_status(run(&line, with_a_short_path).status), 127);
    CHECK(!is_death_told());
}

static void not_executable(void) {
    struct result result = run_command(region_path, NULL, NULL);
    CHECK_INT(shell_status(result.status), 126);
    CHECK_CONTAINS(result.err, region_path);
    CHECK_INT(shell_status(run_command("/", NULL, NULL).status), 126);
    CHECK(!is_death_told());
}

/* As shells do it. */
static void script_without_a_first_line(void) {
    int file = open("script", O_WRONLY | O_CREAT, 0700);
    CHECK(file >= 0 && write(file, "exit 9\n", 7) == 7 && close(file) == 0);
    CHECK_INT(shell_status(run_command("./script", NULL, NULL).status), 9);
}

/* ---- own ones */

static void check_own(struct words line, void (*setup)(void), int status, const char *reason) {
    struct result result = run(&line, setup);
    CHECK_CONTAINS(result.err, reason);
    CHECK(strncmp(result.err, "pvlock: ", 8) == 0);
    CHECK_INT(shell_status(result.status), status);
    CHECK_TEXT(result.out, "");
}

static void usage(void) {
    check_own(run_words(NULL, NULL), NULL, 64, "the name of the lock is missing");
    check_own(run_words("name", NULL), NULL, 64, "a command is missing");
    check_own(run_words("name", "--", NULL), NULL, 64, "a command is missing");
    check_own(run_words("-n", "9", NULL), NULL, 64, "a descriptor, as flock(1) has it");
    check_own(run_words("-c", "true", "name", "true", NULL), NULL, 64, "two commands");
    check_own(run_words("-E", "256", "name", "true", NULL), NULL, 64, "-E=256: allowed are 0 to 255");
    check_own(run_words("-E", "-1", "name", "true", NULL), NULL, 64, "-E=-1");
    check_own(run_words("-E", "", "name", "true", NULL), NULL, 64, "-E=");
    check_own(run_words("--no-such", "name", "true", NULL), NULL, 64, "--no-such");
    check_own(run_words("-q", "name", "true", NULL), NULL, 64, "-q");
    check_own(run_words("-w", NULL), NULL, 64, "-w needs a value");
    check_own(run_words("-u", "name", "true", NULL), NULL, 64, "-u");
    check_own(run_words("--on-owner-died", "panic", "name", "true", NULL), NULL, 64, "run, fail and accept");
    check_own(run_words("--on-overrun", "panic", "name", "true", NULL), NULL, 64, "warn, term and kill");
    check_own(run_words("--mode", "0444", "name", "true", NULL), NULL, 64, "the owner must be able to read and to write");
    check_own(run_words("--mode", "rw", "name", "true", NULL), NULL, 64, "--mode=rw");
    check_own(run_words("--group", "no-such-group", "name", "true", NULL), NULL, 64, "no such group");
    check_own(run_words("--trust", "no-such-user", "name", "true", NULL), NULL, 64, "no such user");
    /* Nothing was made. */
    CHECK(access(region_path, F_OK) != 0);
}

static void durations(void) {
    static const char *const wrong[] = {
        "-1", "+1", "soon", "", ".", "1e3", "0x10", "inf", "nan", " 1", "1 ", "1,5", "1.5.2", "1s", "1000000001", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        check_own(run_words("-w", wrong[i], "name", "true", NULL), NULL, 64, "wanted are seconds");
        check_own(run_words("--max-hold", wrong[i], "name", "true", NULL), NULL, 64, "wanted are seconds");
    }
    static const char *const right[] = {"0", "1", "0.5", ".5", "3.", "1000000000", "0.0000000001", "007"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct words line = run_words("-w", right[i], "name", "--", probe_path, "status", "7", NULL);
        CHECK_INT(shell_status(run(&line, NULL).status), 7);
    }
}

static void names(void) {
    char longest[82];
    memset(longest, 'n', 81);
    longest[81] = '\0';
    check_own(run_words("", "true", NULL), NULL, 64, "lock name '' has 0 bytes");
    check_own(run_words(longest, "true", NULL), NULL, 64, "has 81 bytes");
    static const char *const wrong[] = {
        "\xff", "a\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "name\xe9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        check_own(run_words(wrong[i], "true", NULL), NULL, 64, "is not UTF-8");
    }
    CHECK(access(region_path, F_OK) != 0);
    longest[80] = '\0';
    static const char *const right[] = {"\xc3\xbc", "\xe9\x8e\xb1", "\xf0\x9f\x94\x92", "\xef\xbf\xbd", "\n", "a b"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct words line = run_words("--", right[i], probe_path, "status", "7", NULL);
        CHECK_INT(shell_status(run(&line, NULL).status), 7);
    }
    struct words line = run_words("--", longest, probe_path, "status", "7", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 7);
}

static void region_unusable(void) {
    int file = open(region_path, O_WRONLY | O_CREAT, 0600);
    CHECK(file >= 0 && write(file, "this is no region", 17) == 17 && close(file) == 0);
    check_own(run_words("name", "true", NULL), NULL, 69, region_path);
}

static void region_of_a_directory(void) {
    CHECK_INT(mkdir(region_path, 0700), 0);
    check_own(run_words("name", "true", NULL), NULL, 69, region_path);
}

static void region_writable_by_all(void) {
    struct words line = run_words("name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 0);
    CHECK_INT(chmod(region_path, 0666), 0);
    check_own(run_words("name", "true", NULL), NULL, 69, region_path);
    struct words shared = run_words("--mode", "0666", "name", "true", NULL);
    CHECK_INT(shell_status(run(&shared, NULL).status), 0);
}

static void cannot_create(void) {
    struct words line = words(run_path, "-f", "/no/such/directory/region.pvl", "name", "true", NULL);
    check_own(line, NULL, 73, "/no/such/directory");
}

static void none_may_be_written(void) {
    struct rlimit none = {4096, 4096};
    setrlimit(RLIMIT_FSIZE, &none);
}

static void file_size_limit(void) {
    check_own(run_words("name", "true", NULL), none_may_be_written, 73, region_path);
}

static void few_descriptors(void) {
    struct rlimit few = {4, 4};
    setrlimit(RLIMIT_NOFILE, &few);
}

static void descriptor_limit(void) {
    struct words line = run_words("name", "true", NULL);
    struct result result = run(&line, few_descriptors);
    int status = shell_status(result.status);
    CHECK(status == 69 || status == 71 || status == 73);
    CHECK(strncmp(result.err, "pvlock: ", 8) == 0);
    CHECK(!is_death_told());
}

static void little_memory(void) {
    struct rlimit little = {4 << 20, 4 << 20};
    setrlimit(RLIMIT_AS, &little);
}

static void memory_limit(void) {
    /* The region is as large as that: it cannot be mapped. */
    struct words line = run_words("name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 0);
    struct result result = run(&line, little_memory);
    int status = shell_status(result.status);
    /* 127: the loader of the C library does not come so far. */
    CHECK(status == 69 || status == 71 || status == 127);
    CHECK(!is_death_told());
}

static void be_nobody_with_one_process(void) {
    struct rlimit one = {1, 1};
    if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0) {
        _exit(94);
    }
    setrlimit(RLIMIT_NPROC, &one);
}

static void process_limit(void) {
    if (getuid() != 0) {
        skip("root only: as another user whose limit counts");
    }
    struct words make = run_words("--mode", "0666", "name", "true", NULL);
    CHECK_INT(shell_status(run(&make, NULL).status), 0);
    struct words line = run_words("--mode", "0666", "name", "true", NULL);
    struct result result = run(&line, be_nobody_with_one_process);
    if (shell_status(result.status) == NOT_STARTED) {
        skip("another user cannot reach the program");
    }
    CHECK_INT(shell_status(result.status), 71);
    CHECK_CONTAINS(result.err, "cannot fork");
    struct words again = run_words("--mode", "0666", "--on-owner-died", "fail", "name", "true", NULL);
    CHECK_INT(shell_status(run(&again, NULL).status), 0);
}

/* ---- not in time */

static void conflict(void) {
    pid_t command;
    struct process holder = hold_name(&command, NULL);
    struct words line = run_words("-n", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 1);
    line = run_words("-w", "0", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 1);
    line = run_words("-w", "0.01", "-E", "9", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 9);
    CHECK_TEXT(run(&line, NULL).err, "");
    line = run_words("-w", "0.01", "--verbose", "name", "true", NULL);
    struct result result = run(&line, NULL);
    CHECK_CONTAINS(result.err, "could not be had in 0.");
    CHECK_TEXT(result.out, "");
    line = run_words("-n", "-E", "0", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 0);
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(&holder);
}

static void verbose(void) {
    struct words line = run_words("--verbose", "name", "echo", "x", NULL);
    struct result result = run(&line, NULL);
    CHECK_CONTAINS(result.err, "getting lock 'name' took 0.");
    CHECK_CONTAINS(result.err, "executing echo x\n");
    CHECK_TEXT(result.out, "x\n");
}

static void read_nothing(void) {
    int none[2];
    if (pipe(none) != 0) {
        _exit(93);
    }
    close(none[0]);
    dup2(none[1], STDERR_FILENO);
    close(none[1]);
}

/* Nobody reads what we say: that is no reason to end, and no signal that the command finds. */
static void nobody_listens(void) {
    struct words line = run_words("--verbose", "name", "--", probe_path, "status", "4", NULL);
    CHECK_INT(shell_status(run(&line, read_nothing).status), 4);
}

static void close_error(void) {
    close(STDERR_FILENO);
}

/* With no standard error, what we say must not be written into the file that got its number. */
static void closed_error(void) {
    struct words line = run_words("--verbose", "name", "--", probe_path, "status", "4", NULL);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(shell_status(run(&line, close_error).status), 4);
    }
    struct words wrong = run_words("name", "/no/such/program", NULL);
    CHECK_INT(shell_status(run(&wrong, close_error).status), 127);
}

static void help(void) {
    struct words line = words(run_path, "--help", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 0);
    CHECK_CONTAINS(result.out, "Usage: pvlock run");
    line = words(run_path, "-V", NULL);
    CHECK_CONTAINS(run(&line, NULL).out, "pvlock-run");
}

static const struct test tests[] = {
    {"of_the_command", of_the_command},
    {"of_its_death", of_its_death},
    {"of_the_shell", of_the_shell},
    {"not_found", not_found},
    {"not_executable", not_executable},
    {"script_without_a_first_line", script_without_a_first_line},
    {"usage", usage},
    {"durations", durations},
    {"names", names},
    {"region_unusable", region_unusable},
    {"region_of_a_directory", region_of_a_directory},
    {"region_writable_by_all", region_writable_by_all},
    {"cannot_create", cannot_create},
    {"file_size_limit", file_size_limit},
    {"descriptor_limit", descriptor_limit},
    {"memory_limit", memory_limit},
    {"process_limit", process_limit},
    {"conflict", conflict},
    {"verbose", verbose},
    {"nobody_listens", nobody_listens},
    {"closed_error", closed_error},
    {"help", help},
};

TESTS_MAIN(tests)
