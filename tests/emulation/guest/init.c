/*
 * The first and only program of a machine that has nothing else: runs each program in /tests, says how it ended, and switches the
 * machine off. See native.sh.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_up(void) {
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    mkdir("/tmp", 01777);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sysfs", "/sys", "sysfs", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    mkdir("/dev/shm", 01777);
    mount("shm", "/dev/shm", "tmpfs", 0, NULL);
    mount("tmp", "/tmp", "tmpfs", 0, NULL);
    int console = open("/dev/console", O_RDWR);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        dup2(console, fd);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
}

static void run(const char *name) {
    char path[300];
    snprintf(path, sizeof path, "/tests/%s", name);
    printf("BEGIN %s\n", name);
    pid_t child = fork();
    if (child == 0) {
        execl(path, path, (char *) NULL);
        _exit(127);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) {
        printf("END %s: signal %d\n", name, WTERMSIG(status));
    } else {
        printf("END %s: status %d\n", name, WEXITSTATUS(status));
    }
}

int main(void) {
    set_up();
    struct utsname machine;
    uname(&machine);
    printf("MACHINE %s, Linux %s, %ld processors, pages of %ld\n",
            machine.machine, machine.release, sysconf(_SC_NPROCESSORS_ONLN), sysconf(_SC_PAGESIZE));
    struct dirent **tests;
    int count = scandir("/tests", &tests, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (tests[i]->d_name[0] != '.') {
            run(tests[i]->d_name);
        }
    }
    printf("DONE\n");
    sync();
    reboot(RB_POWER_OFF);
}
