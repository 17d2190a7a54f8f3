#include "say.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* write(2), but a SIGPIPE that it causes is taken back: it is not meant for the command, which might find it pending. */
static void write_quietly(const char *text, size_t length) {
    sigset_t pipe_only, before, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    sigprocmask(SIG_BLOCK, &pipe_only, &before);
    ssize_t written = write(STDERR_FILENO, text, length);
    if (written < 0 && !sigismember(&pending, SIGPIPE)) {
        struct timespec now = {0, 0};
        sigtimedwait(&pipe_only, NULL, &now);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void vsay(const char *format, va_list values) {
    char *text = NULL;
    char *line = NULL;
    if (vasprintf(&text, format, values) < 0) {
        return;
    }
    int length = asprintf(&line, "pvlock: %s\n", text);
    if (length >= 0) {
        write_quietly(line, (size_t) length);
        free(line);
    }
    free(text);
}

void say(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsay(format, values);
    va_end(values);
}

void die(int status, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsay(format, values);
    va_end(values);
    _exit(status);
}

void die_of_usage(const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsay(format, values);
    va_end(values);
    static const char hint[] = "Try 'pvlock run --help'.\n";
    write_quietly(hint, sizeof hint - 1);
    _exit(STATUS_USAGE);
}
