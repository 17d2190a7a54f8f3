#include "descriptors.h"

#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_NOT_OF_SCRIPTS 10

void descriptors_fill_standard(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) {
            continue;
        }
        /* Not /dev/null, which a container may not have: this answers EBADF to reads and writes, as a closed one does. */
        if (open("/", O_PATH | O_CLOEXEC) != fd) {
            die(STATUS_SYSTEM, "no descriptor is left (ulimit -n): %s", strerror(errno));
        }
    }
}

int descriptors_inherit(int witness) {
    int fd = fcntl(witness, F_DUPFD, FIRST_NOT_OF_SCRIPTS);
    return fd >= 0 ? fd : fcntl(witness, F_DUPFD, STDERR_FILENO + 1);
}

static void close_range_or_all(unsigned first, unsigned last) {
    if (first > last) {
        return;
    }
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, last, 0) == 0) {
        return;
    }
#endif
    struct rlimit limit;
    unsigned end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < 1u << 20 ? (unsigned) limit.rlim_max : 1u << 20;
    for (unsigned fd = first; fd <= last && fd < end; fd++) {
        close((int) fd);
    }
}

void descriptors_close_others(const int *keep, size_t count) {
    /* From each kept one to the next greater. */
    unsigned first = 0;
    while (true) {
        int next = -1;
        for (size_t i = 0; i < count; i++) {
            if (keep[i] >= 0 && (unsigned) keep[i] >= first && (next < 0 || keep[i] < next)) {
                next = keep[i];
            }
        }
        if (next < 0) {
            close_range_or_all(first, ~0u);
            return;
        }
        if (next > 0) {
            close_range_or_all(first, (unsigned) next - 1);
        }
        first = (unsigned) next + 1;
    }
}
