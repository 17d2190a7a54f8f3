/* What went wrong, in words; and the way out of damaged memory. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "region.h"

#define DETAIL_BYTES 1024

_Thread_local struct pv_trap *pv_innermost_trap;

static _Thread_local char detail[DETAIL_BYTES];

const char *pvlock_error_detail(void) {
    return detail;
}

const char *pvlock_strerror(int outcome) {
    switch (outcome) {
        case PVLOCK_OK: return "done";
        case PVLOCK_OWNER_DIED: return "held, but an owner died and the data may be damaged";
        case PVLOCK_BUSY: return "cannot be had now";
        case PVLOCK_TIMED_OUT: return "the time is over";
        case PVLOCK_DEADLOCK: return "to wait would be for ever";
        case PVLOCK_NOT_RECOVERABLE: return "was given up as not recoverable";
        case PVLOCK_CANCELLED: return "the wait was cancelled";
        case PVLOCK_NOT_FOUND: return "there is none";
        case PVLOCK_INCONSISTENT: return "not held: a writer died writing, and the data may be damaged";
        case PVLOCK_ERROR: return "a system call failed";
        case PVLOCK_INVALID: return "was asked for what cannot be";
        case PVLOCK_NOT_OWNER: return "the caller does not hold it";
        case PVLOCK_UNAVAILABLE: return "the environment stands in the way";
        case PVLOCK_CORRUPT: return "not a region, or a damaged one";
        case PVLOCK_INCOMPATIBLE: return "a region of another version or layout";
        case PVLOCK_FULL: return "a table of the region is full";
        default: return "unknown outcome";
    }
}

int pv_fail(int outcome, const char *format, ...) {
    /* By way of another buffer: an argument may be the text of before. */
    char text[DETAIL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    memcpy(detail, text, sizeof detail);
    return outcome;
}

const char *pv_remedy(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
            return "; a region never has holes: free some space there, ask for smaller capacities, or choose another directory";
        case EFBIG: return "; raise the limit on the size of files (ulimit -f), or ask for smaller capacities";
        case ENOMEM: return "; too little address space is left, or there are too many mappings (ulimit -v, vm.max_map_count)";
        case EMFILE:
        case ENFILE: return "; raise the limit (ulimit -n), or close some";
        case EROFS: return "; choose a directory on a writable one";
        case ENOLCK: return "; its file system has no locks: choose a local one, such as /dev/shm";
        default: return "";
    }
}

int pv_fail_errno(int outcome, int error, const char *format, ...) {
    char text[DETAIL_BYTES];
    char reason[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return pv_fail(outcome, "%s: %s%s", text, strerror_r(error, reason, sizeof reason), pv_remedy(error));
}

void pv_corrupt(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    if (pv_innermost_trap == NULL) {
        fprintf(stderr, "pvlock: %s\n", detail);
        abort();
    }
    longjmp(pv_innermost_trap->out, 1);
}

int pv_fail_corrupt(const struct pvlock_region *region) {
    return pv_fail(PVLOCK_CORRUPT, "%s: %s", region->path, detail);
}
