/*
 * The processes that have the region open: io.pvlock.internal.slot.ProcessTable. Each holds an OFD byte lock at its
 * index of the table: the kernel drops it when the process is gone and not before, so it is the proof; pid, start time
 * and name are for people.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "region.h"

/* Each of the others takes its turn for less than a millisecond, once it has a processor. */
#define PATIENCE_NS 30000000000
#define GATE_PAUSE_NS 100000

static int lock_call(int fd, int command, short *type, int64_t byte) {
    struct flock lock = {.l_type = *type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    if (fcntl(fd, command, &lock) < 0) {
        return errno;
    }
    *type = lock.l_type;
    return 0;
}

/* False if another open file has it; or if `*error` is not 0. */
bool pv_try_byte(int fd, int64_t byte, int *error) {
    short type = F_WRLCK;
    *error = lock_call(fd, F_OFD_SETLK, &type, byte);
    if (*error == EAGAIN || *error == EACCES) {
        *error = 0;
        return false;
    }
    return *error == 0;
}

void pv_unlock_byte(int fd, int64_t byte) {
    short type = F_UNLCK;
    lock_call(fd, F_OFD_SETLK, &type, byte);
}

/*
 * Whether another open file, of this or any other process, holds it. What cannot be asked counts as held: nobody is
 * dead by guess.
 */
bool pv_is_byte_locked_by_other(int fd, int64_t byte) {
    short type = F_WRLCK;
    return lock_call(fd, F_OFD_GETLK, &type, byte) != 0 || type != F_UNLCK;
}

/* Behind the last process's byte: whoever holds it is entering, or repairs the region and lets nobody in. */
static int64_t gate(const struct pvlock_region *region) {
    return (int64_t) region->layout.max_processes + PVLOCK_BYTE_GATE_BEHIND;
}

static int64_t exclusive_byte(const struct pvlock_region *region) {
    return (int64_t) region->layout.max_processes + PVLOCK_BYTE_EXCLUSIVE_BEHIND;
}

/* Locks a byte of which everybody has need for a moment only. */
static int await_byte(struct pvlock_region *region, int64_t byte, const char *otherwise) {
    int64_t begin = pvlock_now_ns();
    int error;
    while (!pv_try_byte(region->core.fd, byte, &error)) {
        if (error != 0) {
            return pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot lock byte %lld of %s", (long long) byte, region->path);
        }
        if (pv_difference(pvlock_now_ns(), begin) > PATIENCE_NS) {
            return pv_fail(PVLOCK_UNAVAILABLE, otherwise, region->path);
        }
        pv_sleep(GATE_PAUSE_NS);
    }
    return PVLOCK_OK;
}

/*
 * The byte of this process goes to an open file of its own, that can only read: a command may inherit it, and be
 * another user's by then. Locked to read it is as locked as to write for all others, who want to write. It is locked
 * all the time.
 */
static int take_witness(struct pvlock_region *region, int process) {
    struct pv_core *core = &region->core;
    core->witness = pv_open_high(region->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    int error = core->witness < 0 ? errno : pv_is_file(core, core->witness) ? 0 : ESTALE;
    const int files[] = {core->fd, core->witness};
    for (int i = 0; i < 2 && error == 0; i++) {
        short type = F_RDLCK;
        error = lock_call(files[i], F_OFD_SETLK, &type, process);
    }
    pv_unlock_byte(core->fd, process);
    return error;
}

static uint32_t process_at(const struct pv_core *core, uint32_t process) {
    return core->processes_at + process * PVLOCK_PROCESS_LENGTH;
}

/*
 * The byte lock is held, so nobody else writes this entry. Its generation is new, so that slots of its former user,
 * which is dead, are not taken for ours.
 */
static uint32_t describe(struct pvlock_region *region, uint32_t at, const uint64_t boot_id[2]) {
    unsigned char *base = region->core.base;
    uint64_t previous = pv_load64(base, at + PVLOCK_PROCESS_STATE_OFFSET); /* P12 acquire; pairs with P12 below */
    uint32_t generation = ((uint32_t) (previous >> PVLOCK_PROCESS_GENERATION_SHIFT) + 1) & 0xffff;
    char command[64];
    pv_command_name(command, sizeof command);
    pv_put32(base, at + PVLOCK_PROCESS_PID_OFFSET, (uint32_t) getpid());
    pv_put64(base, at + PVLOCK_PROCESS_START_TIME_OFFSET, (uint64_t) pv_start_time(getpid()));
    pv_put64(base, at + PVLOCK_PROCESS_BOOT_ID_OFFSET, boot_id[0]);
    pv_put64(base, at + PVLOCK_PROCESS_BOOT_ID_OFFSET + 8, boot_id[1]);
    pv_put64(base, at + PVLOCK_PROCESS_PID_NAMESPACE_OFFSET, pv_pid_namespace());
    pv_put64(base, at + PVLOCK_PROCESS_ATTACHED_SINCE_OFFSET, (uint64_t) pv_epoch_ms());
    pv_put64(base, at + PVLOCK_PROCESS_CLOCK_SHIFT_OFFSET, (uint64_t) pv_clock_shift());
    pv_put_text(base, at + PVLOCK_PROCESS_COMMAND_LENGTH_OFFSET, PVLOCK_PROCESS_COMMAND_MAX_BYTES, command);
    pv_put32(base, at + PVLOCK_PROCESS_BELL_OFFSET, 0); /* what was told to its former user */
    /* P12 release: who it is before the generation that announces it; pairs with P12 acquire in pv_is_process_dead. */
    uint64_t state = (uint64_t) generation << PVLOCK_PROCESS_GENERATION_SHIFT | PVLOCK_PROCESS_LIVE;
    pv_release64(base, at + PVLOCK_PROCESS_STATE_OFFSET, state);
    return generation;
}

static int full(struct pvlock_region *region) {
    int mine = 0;
    for (int process = 0; process < region->layout.max_processes; process++) {
        uint32_t at = process_at(&region->core, (uint32_t) process);
        mine += pv_get32(region->core.base, at + PVLOCK_PROCESS_PID_OFFSET) == (uint32_t) getpid();
    }
    return pv_fail(
        PVLOCK_FULL,
        "%s: %d of %d process entries are in use by live processes, %d of them by this one; let some end (pvlock vcpus shows their"
        " threads), or make the region anew with a larger max_processes",
        region->path, region->layout.max_processes, region->layout.max_processes, mine);
}

static int enter_now(struct pvlock_region *region) {
    uint64_t boot_id[2];
    if (!pv_boot_id(boot_id)) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot read /proc/sys/kernel/random/boot_id");
    }
    for (int process = 0; process < region->layout.max_processes; process++) {
        int error;
        if (pv_try_byte(region->core.fd, process, &error)) {
            error = take_witness(region, process);
            if (error != 0) {
                return pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot open region %s", region->path);
            }
            PVLOCK_KILL_POINT(PROCESS_ENTERED, -1);
            region->core.process = process;
            region->core.process_generation =
                describe(region, process_at(&region->core, (uint32_t) process), boot_id);
            return PVLOCK_OK;
        }
        if (error != 0) {
            return pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot lock byte %d of %s", process, region->path);
        }
    }
    return full(region);
}

int pv_enter_process(struct pvlock_region *region) {
    int outcome = await_byte(
        region, gate(region), "%s is being repaired, or entered by a process that is stopped; try again later");
    if (outcome == PVLOCK_OK) {
        outcome = enter_now(region);
        pv_unlock_byte(region->core.fd, gate(region));
    }
    return outcome;
}

/* All slots of this process must have been given back. */
void pv_leave_process(struct pvlock_region *region) {
    struct pv_core *core = &region->core;
    /* P12 release: after the last use of the region; pairs with P12 acquire in pv_is_process_dead. */
    uint64_t state = (uint64_t) core->process_generation << PVLOCK_PROCESS_GENERATION_SHIFT | PVLOCK_PROCESS_FREE;
    pv_release64(core->base, process_at(core, (uint32_t) core->process) + PVLOCK_PROCESS_STATE_OFFSET, state);
    /* By name, not by the end of the descriptor, of which others may have copies. */
    pv_unlock_byte(core->witness, core->process);
}

bool pv_is_process_dead(struct pv_core *core, uint32_t process, uint32_t generation) {
    if (process >= core->max_processes) {
        return true;
    }
    /* P12 acquire; pairs with P12 release in describe. */
    uint64_t state = pv_load64(core->base, process_at(core, process) + PVLOCK_PROCESS_STATE_OFFSET);
    if (((uint32_t) (state >> PVLOCK_PROCESS_GENERATION_SHIFT) & 0xffff) != generation
            || ((uint32_t) state & 0xff) != PVLOCK_PROCESS_LIVE) {
        return true;
    }
    return !pv_is_process_entered(core, process);
}

bool pv_is_process_entered(struct pv_core *core, uint32_t process) {
    return (int) process == core->process
        || pv_is_byte_locked_by_other(core->fd, process)
        || !pv_is_file(core, core->fd); /* that was asked of another file */
}

/*
 * By the system call: compiled with a young libc, fstat() asks for a young one where it runs. The kernel's struct is libc's
 * on machines of 64 bits.
 */
static bool look_at(int fd, struct stat *facts) {
    return fd >= 0 && syscall(SYS_fstat, fd, facts) == 0;
}

bool pv_identify(struct pv_core *core) {
    struct stat facts;
    bool is_open = look_at(core->fd, &facts);
    core->device = is_open ? facts.st_dev : 0;
    core->inode = is_open ? facts.st_ino : 0;
    return is_open;
}

bool pv_is_file(const struct pv_core *core, int fd) {
    struct stat facts;
    return look_at(fd, &facts) && facts.st_dev == core->device && facts.st_ino == core->inode;
}

bool pv_has_witness(const struct pvlock_region *region) {
    return pv_is_file(&region->core, region->core.fd) && pv_is_file(&region->core, region->core.witness);
}

/* ---- one at a time */

int pv_begin_exclusive(struct pvlock_region *region) {
    pthread_mutex_lock(&region->exclusive);
    int outcome = await_byte(
        region,
        exclusive_byte(region),
        "a process is making an object in %s and has not finished for 30 s; is it stopped? Let it run or end it");
    if (outcome != PVLOCK_OK) {
        pthread_mutex_unlock(&region->exclusive);
    }
    return outcome;
}

bool pv_try_exclusive(struct pvlock_region *region) {
    if (pthread_mutex_trylock(&region->exclusive) != 0) {
        return false;
    }
    int error;
    bool locked = pv_try_byte(region->core.fd, exclusive_byte(region), &error);
    if (!locked) {
        pthread_mutex_unlock(&region->exclusive);
    }
    return locked;
}

void pv_end_exclusive(struct pvlock_region *region) {
    pv_unlock_byte(region->core.fd, exclusive_byte(region));
    pthread_mutex_unlock(&region->exclusive);
}
