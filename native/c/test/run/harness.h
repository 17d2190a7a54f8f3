/*
 * Tests of pvlock-run as programs see it. Each file is a program: cases, run one after the other, each in both forms that
 * pvlock-run has. A case has a directory and a region of its own, in which it stands. What hangs is ended by a watchdog.
 */
#ifndef TEST_RUN_HARNESS_H
#define TEST_RUN_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Absolute paths of the programs, all built beside each other. */
extern char run_path[];
extern char probe_path[];
/* The region of this case. */
extern char region_path[];
/* What this case runs pvlock-run with: "-F" or "--fork"; NULL for whatever it chooses itself. Whether it forks. */
extern const char *form;
extern bool forks;

struct test {
    const char *name;
    void (*run)(void);
};

/* Runs all in both forms, or in one where this kernel does not tell how a process ended, or those that the command line names. Returns the status of main. */
int tests_main(int argc, char **argv, const struct test *tests, size_t count);
#define TESTS_MAIN(tests) \
    int main(int argc, char **argv) { return tests_main(argc, argv, tests, sizeof tests / sizeof *tests); }

/* Ends the case: it has failed. */
_Noreturn __attribute__((format(printf, 3, 4))) void fail(const char *file, int line, const char *format, ...);
#define CHECK(condition) ((condition) ? (void) 0 : fail(__FILE__, __LINE__, "%s", #condition))
#define CHECK_INT(actual, wanted) check_int(__FILE__, __LINE__, #actual, (actual), (wanted))
#define CHECK_TEXT(actual, wanted) check_text(__FILE__, __LINE__, (actual), (wanted))
#define CHECK_CONTAINS(actual, wanted) check_contains(__FILE__, __LINE__, (actual), (wanted))
void check_int(const char *file, int line, const char *what, long long actual, long long wanted);
void check_text(const char *file, int line, const char *actual, const char *wanted);
void check_contains(const char *file, int line, const char *actual, const char *wanted);

/* Ends the case, which cannot be tried here; the reason is printed. */
_Noreturn void skip(const char *reason);

/* Words of a command line. */
#define WORDS_MAX 64
struct words {
    char *word[WORDS_MAX];
    int count;
};

/* "pvlock-run -f REGION [--fork]" and more, up to NULL. */
struct words run_words(const char *first, ...) __attribute__((sentinel));
/* Just these. */
struct words words(const char *first, ...) __attribute__((sentinel));

/* A process that was started, and what it says; its standard input is a pipe from us. */
struct process {
    pid_t pid;
    int in;
    int out;
    int err;
};

/* Status of a process that could not be started. */
#define NOT_STARTED 98

/* Starts it; `setup` is called in it before, unless NULL. */
struct process start(const struct words *words, void (*setup)(void));
/* The next line of `fd` without its end; fails at the end of the file. */
const char *read_line(int fd, char *line, size_t room);
/* Everything up to the end of file; to be freed. */
char *read_all(int fd);
/* Closes its input and waits for its end: the status of waitpid. Closes all. */
int finish(struct process *process);
/* Status as the shell has it: 128 + n for signal n. */
int shell_status(int status);

/* Starts it, lets it end. The texts are to be freed by nobody: a case is short. */
struct result {
    int status;
    char *out;
    char *err;
};
struct result run(const struct words *words, void (*setup)(void));

/* Starts pvlock-run with the probe "defaults" holding "name"; returns when it holds. `command`: the pid of the probe. */
struct process hold_name(pid_t *command, void (*setup)(void));
/* Whether the lock "name" is held, by -n and a command that does nothing. And whether a death is told then. */
bool is_held(void);
bool is_death_told(void);
/* Waits until it is free. */
void await_free(void);

/* Waits until `condition` is true: looks every millisecond. */
#define AWAIT(condition) \
    while (!(condition)) { \
        pause_briefly(); \
    }
void pause_briefly(void);

/* Processes whose name is `name` and that have our region open; up to `room` of them. */
size_t helpers(const char *name, pid_t *pids, size_t room);
/* The state of a process in /proc: 'R', 'S', 'T', 'Z', ... or 0 if there is none. */
char state_of(pid_t pid);

/* The whole file; to be freed. */
char *file_text(const char *path);

#endif
