/*
 * How long a command takes under pvlock-run, in both forms, and under flock(1), one after the other in each round: least, median and 90th
 * percentile. Not a test: a busy machine says anything.
 */
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 400

extern char **environ;

struct candidate {
    const char *name;
    char *line[8];
    double us[ROUNDS];
};

static double time_one(char **line) {
    struct timespec begin, end;
    pid_t pid;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (posix_spawn(&pid, line[0], NULL, NULL, line, environ) != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "%s fails\n", line[0]);
        exit(1);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double) (end.tv_sec - begin.tv_sec) * 1e6 + (double) (end.tv_nsec - begin.tv_nsec) / 1e3;
}

static int compare(const void *left, const void *right) {
    double one = *(const double *) left;
    double other = *(const double *) right;
    return (one > other) - (one < other);
}

int main(void) {
    char run[PATH_MAX] = "";
    char region[] = "/dev/shm/pvlock-start-bench-XXXXXX";
    char file[] = "/dev/shm/pvlock-start-bench-flock";
    ssize_t length = readlink("/proc/self/exe", run, sizeof run - 64);
    run[length] = '\0';
    strcpy(strrchr(run, '/'), "/../../pvlock-run");
    int made = mkstemp(region);
    close(made);
    unlink(region);
    struct candidate all[] = {
        {.name = "nothing", .line = {"/bin/true"}},
        {.name = "flock", .line = {"/usr/bin/flock", file, "/bin/true"}},
        {.name = "pvlock-run -F", .line = {run, "-F", "-f", region, "name", "/bin/true"}},
        {.name = "pvlock-run --fork", .line = {run, "--fork", "-f", region, "name", "/bin/true"}},
    };
    size_t count = sizeof all / sizeof *all;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            all[i].us[round] = time_one(all[i].line);
        }
    }
    for (size_t i = 0; i < count; i++) {
        qsort(all[i].us, ROUNDS, sizeof *all[i].us, compare);
        printf("%-18s %6.0f %6.0f %6.0f us\n", all[i].name, all[i].us[0], all[i].us[ROUNDS / 2], all[i].us[ROUNDS * 9 / 10]);
    }
    unlink(region);
    unlink(file);
    return 0;
}
