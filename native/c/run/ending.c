#include "ending.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000LL

/* linux/pidfd.h of Linux 6.15; the header of the machine that builds may be older. */
struct pidfd_info_v1 {
    uint64_t mask;
    uint64_t cgroup;
    uint32_t pid, tgid, ppid;
    uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
    uint32_t coredump[2];
};
#define GET_INFO _IOWR(0xff, 11, struct pidfd_info_v1)
#define INFO_EXIT (1u << 3)
#define FIRST_MAJOR 6
#define FIRST_MINOR 15

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

bool ending_is_told(void) {
    struct utsname system;
    int major = 0;
    int minor = 0;
    if (uname(&system) != 0 || sscanf(system.release, "%d.%d", &major, &minor) != 2) {
        return false;
    }
    return major > FIRST_MAJOR || (major == FIRST_MAJOR && minor >= FIRST_MINOR);
}

bool ending_watch_self(struct watched *self) {
    self->pidfd = (int) syscall(SYS_pidfd_open, getpid(), 0);
    if (self->pidfd < 0) {
        return false;
    }
    self->proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return true;
}

bool ending_await(const struct watched *process, long long deadline_ns) {
    while (true) {
        struct timespec left;
        if (deadline_ns != INT64_MAX) {
            struct timespec now;
            clock_gettime(CLOCK_MONOTONIC, &now);
            long long ns = deadline_ns - (now.tv_sec * NS_PER_SECOND + now.tv_nsec);
            ns = ns > 0 ? ns : 0;
            left.tv_sec = (time_t) (ns / NS_PER_SECOND);
            left.tv_nsec = (long) (ns % NS_PER_SECOND);
        }
        struct pollfd poll = {.fd = process->pidfd, .events = POLLIN};
        int ready = ppoll(&poll, 1, deadline_ns == INT64_MAX ? NULL : &left, NULL);
        if (ready >= 0) {
            return ready > 0;
        }
    }
}

/* Known from when the parent has asked on. */
static bool told_by_pidfd(int pidfd, int *status) {
    struct pidfd_info_v1 info = {.mask = INFO_EXIT};
    if (ioctl(pidfd, GET_INFO, &info) != 0 || (info.mask & INFO_EXIT) == 0) {
        return false;
    }
    *status = info.exit_code;
    return true;
}

static bool read_file(int directory, const char *name, char *text, size_t room) {
    int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    size_t length = 0;
    ssize_t bytes;
    while (length < room - 1 && (bytes = read(file, text + length, room - 1 - length)) > 0) {
        length += (size_t) bytes;
    }
    close(file);
    text[length] = '\0';
    return length > 0;
}

/* Whether its ids are all ours: then the kernel does not hide its status. It hides it as 0. */
static bool is_ours(int proc) {
    char text[4096];
    unsigned uid[4], gid[4];
    if (!read_file(proc, "status", text, sizeof text)) {
        return false;
    }
    const char *uids = strstr(text, "\nUid:");
    const char *gids = strstr(text, "\nGid:");
    if (uids == NULL || gids == NULL
            || sscanf(uids, " Uid: %u %u %u %u", &uid[0], &uid[1], &uid[2], &uid[3]) != 4
            || sscanf(gids, " Gid: %u %u %u %u", &gid[0], &gid[1], &gid[2], &gid[3]) != 4) {
        return false;
    }
    bool ours = true;
    for (int i = 0; i < 4; i++) {
        ours = ours && uid[i] == geteuid() && gid[i] == getegid();
    }
    return ours;
}

/* Known until the parent has asked: /proc/PID/stat, field 52, the last one. */
static bool told_by_proc(int proc, int *status) {
    char text[4096];
    if (proc < 0 || !read_file(proc, "stat", text, sizeof text)) {
        return false;
    }
    /* The name is in parentheses, and may have some itself. */
    const char *behind_name = strrchr(text, ')');
    const char *last = strrchr(text, ' ');
    if (behind_name == NULL || last == NULL || strncmp(behind_name, ") Z ", 4) != 0) {
        return false;
    }
    int code = atoi(last + 1);
    if (code == 0 && !is_ours(proc)) {
        return false;
    }
    *status = code;
    return true;
}

bool ending_status(const struct watched *process, int *status) {
    if (told_by_pidfd(process->pidfd, status) || told_by_proc(process->proc, status)
            || told_by_pidfd(process->pidfd, status)) {
        return true;
    }
    if (!ending_is_told()) {
        return false;
    }
    struct pollfd poll_hangup = {.fd = process->pidfd, .events = 0};
    while (poll(&poll_hangup, 1, -1) < 0 && errno == EINTR) {
    }
    return told_by_pidfd(process->pidfd, status);
}
