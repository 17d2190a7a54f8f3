/* What the machine says: clocks, processes, processors, checksums. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "region.h"

int64_t pv_now(void) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_hooks.now_ns != NULL) {
        return pvlock_hooks.now_ns();
    }
#endif
    return pvlock_now_ns();
}

static int64_t ns_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t pvlock_now_ns(void) {
    return ns_of(CLOCK_MONOTONIC);
}

int64_t pv_epoch_ns(void) {
    return ns_of(CLOCK_REALTIME);
}

int64_t pv_epoch_ms(void) {
    return pv_epoch_ns() / 1000000;
}

/* Not nanosleep(), which is a cancellation point: who sleeps here may have to give something back. */
void pv_sleep(int64_t ns) {
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL);
}

pid_t pv_gettid(void) {
    return (pid_t) syscall(SYS_gettid);
}

int pv_open_high(const char *path, int flags, mode_t mode) {
    int fd = open(path, flags, mode);
    if (fd < 0 || fd > STDERR_FILENO) {
        return fd;
    }
    int high = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    close(fd);
    errno = error;
    return high;
}

/* ---- small files */

/* The file's beginning, terminated; its length, or -1. */
static ssize_t read_file(const char *path, char *to, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    size_t length = 0;
    while (length < size - 1) {
        ssize_t got = read(fd, to + length, size - 1 - length);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        length += (size_t) got;
    }
    close(fd);
    to[length] = '\0';
    return (ssize_t) length;
}

bool pv_boot_id(uint64_t id[2]) {
    char text[64];
    if (read_file("/proc/sys/kernel/random/boot_id", text, sizeof text) < 36) {
        return false;
    }
    int digits = 0;
    id[0] = id[1] = 0;
    for (const char *at = text; *at != '\0' && digits < 32; at++) {
        char digit[2] = {*at, '\0'};
        if (strchr("0123456789abcdefABCDEF", *at) != NULL) {
            id[digits / 16] = id[digits / 16] << 4 | strtoul(digit, NULL, 16);
            digits++;
        }
    }
    return digits == 32;
}

int64_t pv_start_time(pid_t pid) {
    char path[64];
    char stat[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    if (read_file(path, stat, sizeof stat) <= 0) {
        return -1;
    }
    /*
     * The name stands in parentheses and may itself contain them: only the last one ends it. Then the 22nd field, from
     * the 3rd.
     */
    char *field = strrchr(stat, ')');
    for (int number = 2; field != NULL && number < 22; number++) {
        field = strchr(field + 1, ' ');
    }
    return field == NULL ? -1 : strtoll(field + 1, NULL, 10);
}

uint64_t pv_pid_namespace(void) {
    struct stat facts;
    return stat("/proc/self/ns/pid", &facts) == 0 ? facts.st_ino : 0;
}

/*
 * What this process's time namespace adds to CLOCK_MONOTONIC, in nanoseconds; INT64_MIN if it cannot be known. The file is
 * of the children's namespace.
 */
int64_t pv_clock_shift(void) {
    char offsets[256];
    struct stat mine;
    struct stat of_children;
    ssize_t length = read_file("/proc/self/timens_offsets", offsets, sizeof offsets);
    if (length <= 0) {
        return 0; /* before Linux 5.6 */
    }
    long long seconds;
    long long nanos;
    bool is_same = stat("/proc/self/ns/time", &mine) == 0
        && stat("/proc/self/ns/time_for_children", &of_children) == 0
        && mine.st_ino == of_children.st_ino;
    return is_same && sscanf(offsets, "monotonic %lld %lld", &seconds, &nanos) == 2
        ? seconds * 1000000000 + nanos
        : INT64_MIN;
}

void pv_command_name(char *name, size_t size) {
    ssize_t length = read_file("/proc/self/comm", name, size);
    if (length < 0) {
        name[0] = '\0';
    } else if (length > 0 && name[length - 1] == '\n') {
        name[length - 1] = '\0';
    }
}

/* ---- processors */

static int affinity(void) {
    for (size_t cpus = 1024; cpus <= 512 * 1024; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (set == NULL) {
            return 1;
        }
        size_t size = CPU_ALLOC_SIZE(cpus);
        int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        bool larger = count == 0 && errno == EINVAL;
        CPU_FREE(set);
        if (!larger) {
            return count > 0 ? count : 1;
        }
    }
    return 1;
}

/* Quota of one group of version 2, in CPUs rounded up; INT32_MAX for none. */
static int quota_of(const char *directory) {
    char path[1200];
    char text[64];
    long long quota;
    long long period;
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (read_file(path, text, sizeof text) > 0 && sscanf(text, "%lld %lld", &quota, &period) == 2
            && quota > 0 && period > 0) {
        return (int) ((quota - 1) / period + 1);
    }
    return INT32_MAX;
}

/* The smallest quota from the process's own control group up to the visible root; version 2 only, where it is
   usually mounted. A group limits everything below it. */
static int cgroup_quota(void) {
    char groups[2048];
    if (read_file("/proc/self/cgroup", groups, sizeof groups) <= 0) {
        return INT32_MAX;
    }
    const char *own = strstr(groups, "0::/");
    if (own == NULL || strncmp(own + 3, "/..", 3) == 0) {
        return quota_of("/sys/fs/cgroup");
    }
    char directory[1024];
    int prefix = snprintf(directory, sizeof directory, "/sys/fs/cgroup%.900s", own + 3);
    directory[strcspn(directory, "\n")] = '\0';
    int least = INT32_MAX;
    for (size_t root = strlen("/sys/fs/cgroup"); prefix > 0 && strlen(directory) >= root;) {
        int quota = quota_of(directory);
        least = quota < least ? quota : least;
        char *slash = strrchr(directory, '/');
        if (strlen(directory) == root || slash == NULL) {
            break;
        }
        *slash = '\0';
    }
    return least;
}

int pv_usable_cpus(void) {
    int cpus = affinity();
    if (cpus > 1) {
        int quota = cgroup_quota();
        cpus = quota < cpus ? quota : cpus;
    }
    return cpus > 1 ? cpus : 1;
}

/* As the kernel writes a list of nodes with processors: "0", "0-1", "0,2". */
bool pv_several_numa_nodes(void) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_tuning.numa_node != 0) {
        return true;
    }
#endif
    char nodes[64];
    return read_file("/sys/devices/system/node/has_cpu", nodes, sizeof nodes) > 0 && strpbrk(nodes, "-,") != NULL;
}

int pv_current_numa_node(void) {
#ifdef PVLOCK_TEST_HOOKS
    if (pvlock_tuning.numa_node != 0) {
        return pvlock_tuning.numa_node - 1;
    }
#endif
    unsigned cpu;
    unsigned node;
    return syscall(SYS_getcpu, &cpu, &node, NULL) == 0 ? (int) node : -1;
}

/* ---- numbers */

void pv_random(void *to, size_t bytes) {
    if (getrandom(to, bytes, GRND_NONBLOCK) != (ssize_t) bytes) {
        /* Early in the boot, or forbidden: what tells files apart need not be a secret. */
        uint64_t mixed = (uint64_t) pv_epoch_ns() * UINT64_C(0x9E3779B97F4A7C15);
        mixed ^= (uint64_t) getpid() << 32 ^ (uintptr_t) to;
        for (size_t i = 0; i < bytes; i++) {
            mixed ^= mixed >> 33;
            mixed *= UINT64_C(0xff51afd7ed558ccd);
            ((unsigned char *) to)[i] = (unsigned char) (mixed >> 56);
        }
    }
}

uint32_t pv_crc32c(const void *bytes, size_t length) {
    uint32_t crc = UINT32_MAX;
    for (const unsigned char *at = bytes; length > 0; at++, length--) {
        crc ^= *at;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0x82F63B78) : 0);
        }
    }
    return ~crc;
}

/* ---- text in the file */

void pv_put_text(unsigned char *base, uint32_t at, size_t max_bytes, const char *text) {
    size_t all = strlen(text);
    size_t length = all < max_bytes ? all : max_bytes;
    while (length > 0 && length < all && ((unsigned char) text[length] & 0xc0) == 0x80) {
        length--;
    }
    memcpy(base + at + 4, text, length);
    pv_put32(base, at, (uint32_t) length);
}

void pv_get_text(unsigned char *base, uint32_t at, size_t max_bytes, char *to) {
    int32_t said = (int32_t) pv_get32(base, at);
    size_t length = said < 0 ? 0 : (size_t) said > max_bytes ? max_bytes : (size_t) said;
    memcpy(to, base + at + 4, length);
    to[length] = '\0';
}
