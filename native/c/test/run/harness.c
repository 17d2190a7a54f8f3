#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 180
#define SKIPPED 77

char run_path[PATH_MAX];
char probe_path[PATH_MAX];
char region_path[PATH_MAX];
const char *form;
bool forks;

static char directory[PATH_MAX];

/* ---- cases */

void fail(const char *file, int line, const char *format, ...) {
    va_list values;
    fprintf(stderr, "%s:%d: ", file, line);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fprintf(stderr, "\n");
    exit(1);
}

void check_int(const char *file, int line, const char *what, long long actual, long long wanted) {
    if (actual != wanted) {
        fail(file, line, "%s is %lld, wanted %lld", what, actual, wanted);
    }
}

void check_text(const char *file, int line, const char *actual, const char *wanted) {
    if (strcmp(actual, wanted) != 0) {
        fail(file, line, "is\n%s\nwanted\n%s", actual, wanted);
    }
}

void check_contains(const char *file, int line, const char *actual, const char *wanted) {
    if (strstr(actual, wanted) == NULL) {
        fail(file, line, "is\n%s\nwanted in it\n%s", actual, wanted);
    }
}

void skip(const char *reason) {
    printf("  skipped: %s\n", reason);
    fflush(stdout);
    _exit(SKIPPED);
}

static int remove_one(const char *path, const struct stat *file, int type, struct FTW *ftw) {
    (void) file;
    (void) type;
    (void) ftw;
    return remove(path);
}

/* All that the case has left: whoever is a child of ours by now. We are a subreaper, so orphans are given to us. */
static void reap_all(void) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int) getpid());
    while (1) {
        char *children = file_text(path);
        bool any = false;
        char *rest = children;
        char *word;
        while ((word = strsep(&rest, " ")) != NULL) {
            pid_t child = atoi(word);
            if (child > 0) {
                any = true;
                kill(child, SIGKILL);
                waitpid(child, NULL, __WALL);
            }
        }
        free(children);
        if (!any) {
            return;
        }
    }
}

static void programs(void) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    /* build/test/run/x_test */
    char *slash = strrchr(self, '/');
    *slash = '\0';
    snprintf(probe_path, sizeof probe_path, "%.4000s/probe", self);
    snprintf(run_path, sizeof run_path, "%.4000s/../../pvlock-run", self);
    char *resolved = realpath(run_path, NULL);
    if (resolved == NULL) {
        fail(__FILE__, __LINE__, "%s: %s", run_path, strerror(errno));
    }
    snprintf(run_path, sizeof run_path, "%s", resolved);
    free(resolved);
}

static int run_case(const struct test *test) {
    snprintf(directory, sizeof directory, "%s/pvlock-run-test.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(directory) == NULL || chmod(directory, 0711) != 0) {
        fail(__FILE__, __LINE__, "%s: %s", directory, strerror(errno));
    }
    snprintf(region_path, sizeof region_path, "%.4000s/region.pvl", directory);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (chdir(directory) != 0) {
            fail(__FILE__, __LINE__, "%s: %s", directory, strerror(errno));
        }
        signal(SIGPIPE, SIG_IGN);
        alarm(WATCHDOG_SECONDS);
        test->run();
        fflush(stdout);
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    reap_all();
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return shell_status(status);
}

static bool is_chosen(int argc, char **argv, const char *name) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0) {
            return true;
        }
    }
    return argc <= 1;
}

/* Whether this kernel tells how a process ended that is not a child. */
static bool kernel_tells(void) {
    struct utsname system;
    int major = 0;
    int minor = 0;
    uname(&system);
    sscanf(system.release, "%d.%d", &major, &minor);
    return major > 6 || (major == 6 && minor >= 15);
}

int tests_main(int argc, char **argv, const struct test *tests, size_t count) {
    static const char *const forms[] = {"-F", "--fork"};
    int failed = 0;
    size_t first = kernel_tells() ? 0 : 1;
    if (first > 0) {
        printf("skipped  -F: this kernel does not tell how a process ended (Linux 6.15 does)\n");
    }
    programs();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (size_t i = 0; i < count; i++) {
        for (size_t f = first; f < sizeof forms / sizeof *forms && is_chosen(argc, argv, tests[i].name); f++) {
            form = forms[f];
            forks = f > 0;
            int status = run_case(&tests[i]);
            const char *word = status == 0 ? "ok" : status == SKIPPED ? "skipped" : status == 128 + SIGALRM ? "HANGS" : "FAILED";
            printf("%-8s %s %s\n", word, tests[i].name, forms[f]);
            fflush(stdout);
            failed += status != 0 && status != SKIPPED;
        }
    }
    return failed > 0;
}

/* ---- command lines */

static void append(struct words *words, const char *word) {
    if (words->count == WORDS_MAX - 1) {
        fail(__FILE__, __LINE__, "too many words");
    }
    words->word[words->count++] = (char *) word;
    words->word[words->count] = NULL;
}

static void append_all(struct words *words, const char *first, va_list more) {
    for (const char *word = first; word != NULL; word = va_arg(more, const char *)) {
        append(words, word);
    }
}

struct words words(const char *first, ...) {
    struct words words = {.count = 0};
    va_list more;
    va_start(more, first);
    append_all(&words, first, more);
    va_end(more);
    return words;
}

struct words run_words(const char *first, ...) {
    struct words words = {.count = 0};
    va_list more;
    append(&words, run_path);
    append(&words, "-f");
    append(&words, region_path);
    if (form != NULL) {
        append(&words, form);
    }
    va_start(more, first);
    append_all(&words, first, more);
    va_end(more);
    return words;
}

/* ---- processes */

/* Who runs tests in the background, or from a JVM, has ignored or blocked some. */
static void reset_signals(void) {
    sigset_t none;
    for (int number = 1; number < _NSIG; number++) {
        signal(number, SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

struct process start(const struct words *words, void (*setup)(void)) {
    int in[2], out[2], err[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        fail(__FILE__, __LINE__, "pipe: %s", strerror(errno));
    }
    pid_t pid = fork();
    if (pid < 0) {
        fail(__FILE__, __LINE__, "fork: %s", strerror(errno));
    }
    if (pid == 0) {
        alarm(0);
        reset_signals();
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        if (setup != NULL) {
            setup();
        }
        execv(words->word[0], words->word);
        _exit(NOT_STARTED);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    return (struct process) {.pid = pid, .in = in[1], .out = out[0], .err = err[0]};
}

const char *read_line(int fd, char *line, size_t room) {
    size_t used = 0;
    while (used < room - 1) {
        ssize_t bytes = read(fd, line + used, 1);
        if (bytes < 0 && errno == EINTR) {
            continue;
        }
        if (bytes != 1) {
            line[used] = '\0';
            fail(__FILE__, __LINE__, "the end of the file instead of a line; before it: '%s'", line);
        }
        if (line[used] == '\n') {
            break;
        }
        used++;
    }
    line[used] = '\0';
    return line;
}

char *read_all(int fd) {
    size_t room = 1 << 16;
    size_t used = 0;
    char *text = malloc(room);
    while (1) {
        if (used == room - 1) {
            room *= 2;
            text = realloc(text, room);
        }
        ssize_t bytes = read(fd, text + used, room - 1 - used);
        if (bytes < 0 && errno == EINTR) {
            continue;
        }
        if (bytes <= 0) {
            text[used] = '\0';
            return text;
        }
        used += (size_t) bytes;
    }
}

int finish(struct process *process) {
    int status;
    if (process->in >= 0) {
        close(process->in);
    }
    while (waitpid(process->pid, &status, 0) < 0) {
        if (errno != EINTR) {
            fail(__FILE__, __LINE__, "waitpid %d: %s", (int) process->pid, strerror(errno));
        }
    }
    close(process->out);
    close(process->err);
    return status;
}

int shell_status(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct result run(const struct words *words, void (*setup)(void)) {
    struct process process = start(words, setup);
    struct result result;
    close(process.in);
    process.in = -1;
    result.out = read_all(process.out);
    result.err = read_all(process.err);
    result.status = finish(&process);
    return result;
}

struct process hold_name(pid_t *command, void (*setup)(void)) {
    struct words line = run_words("name", "--", probe_path, "defaults", NULL);
    struct process process = start(&line, setup);
    char text[64];
    int pid;
    if (sscanf(read_line(process.out, text, sizeof text), "ready %d", &pid) != 1) {
        fail(__FILE__, __LINE__, "the probe says '%s'", text);
    }
    *command = pid;
    return process;
}

bool is_held(void) {
    struct words line = run_words("-n", "-E", "55", "name", "--", probe_path, "status", "0", NULL);
    int status = shell_status(run(&line, NULL).status);
    CHECK(status == 0 || status == 55);
    return status == 55;
}

bool is_death_told(void) {
    struct words line = run_words("--on-owner-died", "accept", "name", "--", probe_path, "status", "0", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 0);
    return strstr(result.err, "died holding it") != NULL;
}

/* Without taking it, so that a death stays to be told. */
void await_free(void) {
    struct words line = run_words("--on-owner-died", "fail", "-n", "-E", "55", "name", "--", probe_path, "status", "0", NULL);
    AWAIT(shell_status(run(&line, NULL).status) != 55)
}

void pause_briefly(void) {
    struct timespec millisecond = {0, 1000000};
    nanosleep(&millisecond, NULL);
}

static bool has_region(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", (int) pid);
    char *maps = file_text(path);
    bool has = strstr(maps, region_path) != NULL;
    free(maps);
    return has;
}

static bool is_named(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/comm", (int) pid);
    char *comm = file_text(path);
    size_t length = strlen(name);
    bool named = strncmp(comm, name, length) == 0 && comm[length] == '\n';
    free(comm);
    return named;
}

size_t helpers(const char *name, pid_t *pids, size_t room) {
    DIR *proc = opendir("/proc");
    size_t found = 0;
    struct dirent *entry;
    while (found < room && (entry = readdir(proc)) != NULL) {
        pid_t pid = atoi(entry->d_name);
        if (pid > 0 && is_named(pid, name) && has_region(pid)) {
            pids[found++] = pid;
        }
    }
    closedir(proc);
    return found;
}

char state_of(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    char *stat = file_text(path);
    char *end = strrchr(stat, ')');
    char state = end == NULL ? 0 : end[2];
    free(stat);
    return state;
}

char *file_text(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return calloc(1, 1);
    }
    char *text = read_all(fd);
    close(fd);
    return text;
}
