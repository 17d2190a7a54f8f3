/*
 * A command that says what it finds itself in, byte for byte, or what happens to it. To compare a run under pvlock-run with one without.
 *
 *     probe state           everything that it has inherited, to descriptor 1, or to the file that the environment variable OUT names
 *     probe signals         "ready", then a line for each signal that it gets, also for one that was blocked before; ends at the end of its standard input
 *     probe defaults        "ready" and its pid, then waits for signals with their defaults
 *     probe status N        ends with status N
 *     probe signal N        ends by signal N
 *     probe alone FILE      status 0; 3 if another one does the same at the same time
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Nothing is opened before everything has been looked at. */
static char report[1 << 20];
static size_t used;

static void add(const char *format, ...) {
    va_list values;
    va_start(values, format);
    used += (size_t) vsnprintf(report + used, sizeof report - used, format, values);
    va_end(values);
}

static void add_bytes(const char *what, const char *text) {
    add("%s=", what);
    for (const unsigned char *at = (const unsigned char *) text; *at != 0; at++) {
        add(*at > 0x20 && *at < 0x7f ? "%c" : "\\%02x", *at);
    }
    add("\n");
}

static void add_descriptors(void) {
    for (int fd = 0; fd < 1024; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0) {
            continue;
        }
        struct stat file;
        fstat(fd, &file);
        add("fd %d flags=%x cloexec=%d dev=%llx ino=%llu offset=%lld\n",
            fd,
            flags,
            fcntl(fd, F_GETFD),
            (unsigned long long) file.st_dev,
            (unsigned long long) file.st_ino,
            (long long) lseek(fd, 0, SEEK_CUR));
    }
}

static void add_limits(void) {
    for (int which = 0; which < RLIM_NLIMITS; which++) {
        struct rlimit limit;
        if (getrlimit((__rlimit_resource_t) which, &limit) == 0) {
            add("limit %d=%llx %llx\n", which, (unsigned long long) limit.rlim_cur, (unsigned long long) limit.rlim_max);
        }
    }
}

static void add_signals(void) {
    sigset_t blocked, pending;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    sigpending(&pending);
    for (int signal = 1; signal < _NSIG; signal++) {
        struct sigaction action;
        if (sigaction(signal, NULL, &action) != 0) {
            continue;
        }
        add("signal %d blocked=%d pending=%d ignored=%d default=%d\n",
            signal,
            sigismember(&blocked, signal),
            sigismember(&pending, signal),
            action.sa_handler == SIG_IGN,
            action.sa_handler == SIG_DFL);
    }
    struct itimerval timer;
    getitimer(ITIMER_REAL, &timer);
    add("timer set=%d\n", timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0);
}

/* Its place among processes. */
static void add_place(void) {
    add("parent %d\n", (int) getppid());
    add("leads group=%d session=%d\n", getpgrp() == getpid(), getsid(0) == getpid());
    add("parent's group=%d session=%d\n", getpgrp() == getpgid(getppid()), getsid(0) == getsid(getppid()));
    int tty = open("/dev/tty", O_RDONLY | O_CLOEXEC);
    add("terminal=%d", tty >= 0);
    if (tty >= 0) {
        add(" foreground=%d", tcgetpgrp(tty) == getpgrp());
        close(tty);
    }
    add("\n");
    errno = 0;
    int any = (int) waitpid(-1, NULL, WNOHANG | __WALL);
    add("children=%d errno=%d\n", any, errno);
    add("nice=%d umask=", getpriority(PRIO_PROCESS, 0));
    mode_t mask = umask(0);
    umask(mask);
    add("%o\n", mask);
}

static void add_all(int argc, char **argv) {
    char directory[4096];
    for (int i = 0; i < argc; i++) {
        add_bytes("arg", argv[i]);
    }
    for (char **variable = environ; *variable != NULL; variable++) {
        add_bytes("env", *variable);
    }
    add_bytes("directory", getcwd(directory, sizeof directory) != NULL ? directory : "?");
    add_descriptors();
    add_signals();
    add_limits();
    add_place();
}

static void write_all(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0) {
            _exit(99);
        }
        text += written;
        length -= (size_t) written;
    }
}

static int state(int argc, char **argv) {
    add_all(argc, argv);
    const char *to = getenv("OUT");
    int fd = argc > 2 && argv[2][0] == '/' ? open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600) : STDOUT_FILENO;
    if (to != NULL) {
        fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    write_all(fd, report, used);
    return 0;
}

/* One line a signal: "15 code 0 value 0". */
static void record(int signal, siginfo_t *info, void *context) {
    char line[100];
    int length = snprintf(
            line, sizeof line, "%d code %d value %d\n", signal, info->si_code, info->si_code == SI_QUEUE ? info->si_value.sival_int : 0);
    (void) context;
    write_all(STDOUT_FILENO, line, (size_t) length);
}

static int signals(void) {
    for (int signal = 1; signal < _NSIG; signal++) {
        struct sigaction action = {.sa_sigaction = record, .sa_flags = SA_SIGINFO | SA_RESTART};
        sigfillset(&action.sa_mask);
        sigaction(signal, &action, NULL);
    }
    char line[64];
    int length = snprintf(line, sizeof line, "ready %d\n", (int) getpid());
    write_all(STDOUT_FILENO, line, (size_t) length);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    char byte;
    ssize_t bytes;
    do {
        bytes = read(STDIN_FILENO, &byte, 1);
        if (bytes == 1) {
            /* An echo: whoever reads it knows that what was sent before has been told. */
            write_all(STDOUT_FILENO, "echo\n", 5);
        }
    } while (bytes == 1 || (bytes < 0 && errno == EINTR));
    return 0;
}

static _Noreturn void defaults(void) {
    char line[64];
    int length = snprintf(line, sizeof line, "ready %d\n", (int) getpid());
    write_all(STDOUT_FILENO, line, (size_t) length);
    while (1) {
        pause();
    }
}

/* The file is there while somebody is here. */
static int alone(const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0) {
        return 3;
    }
    sched_yield();
    close(fd);
    return unlink(path) == 0 ? 0 : 3;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "state") == 0) {
        return state(argc, argv);
    }
    if (strcmp(what, "signals") == 0) {
        return signals();
    }
    if (strcmp(what, "defaults") == 0) {
        defaults();
    }
    if (strcmp(what, "status") == 0 && argc > 2) {
        return atoi(argv[2]);
    }
    if (strcmp(what, "alone") == 0 && argc > 2) {
        return alone(argv[2]);
    }
    if (strcmp(what, "signal") == 0 && argc > 2) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        kill(getpid(), atoi(argv[2]));
    }
    return 99;
}
