#include "surrogate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buckets.h"
#include "object.h"
#include "vcpu.h"

static uint32_t process_at(const struct pv_core *core, uint32_t process) {
    return core->processes_at + process * PVLOCK_PROCESS_LENGTH;
}

void pv_show_command(struct pvlock_region *region, const char *text) {
    uint32_t at = process_at(&region->core, (uint32_t) region->core.process) + PVLOCK_PROCESS_COMMAND_LENGTH_OFFSET;
    pv_put_text(region->core.base, at, PVLOCK_PROCESS_COMMAND_MAX_BYTES, text);
}

void pv_adopt(struct pvlock_region *region) {
    region->pid = getpid();
}

void pv_rest(struct pvlock_region *region) {
    madvise(region->core.base, pv_length(&region->layout), MADV_DONTNEED);
}

void pv_die(struct pvlock_vcpu *vcpu) {
    struct pv_core *core = &vcpu->region->core;
    /* The byte belongs to the open file, of which others may have copies: unlocked here it is unlocked there. */
    pv_unlock_byte(core->witness, core->process);
    /* From now on this process looks at its entry as others do. */
    core->process = -1;
    pv_notice_death(core, vcpu->me.index);
}

int pv_type_of(struct pvlock_region *region, const char *name, size_t length, uint32_t *type) {
    struct pv_name wanted;
    uint32_t entry;
    int outcome = pv_name_init(&wanted, name, length);
    if (outcome == PVLOCK_OK) {
        outcome = pv_find_entry(region, &wanted, NULL, false, &entry);
    }
    if (outcome == PVLOCK_OK) {
        *type = pv_entry_field(region, entry, PVLOCK_ENTRY_TYPE_OFFSET);
        pv_drop_handle(region, entry);
    }
    return outcome;
}

bool pv_was_removed(const struct pvlock_lock_s *lock) {
    return pv_is_removed(lock->region, lock->entry);
}

struct pvlock_lock_s *pv_monitor(pvlock_rwlock *rwlock) {
    return &((struct pv_object *) rwlock)->monitor;
}

/* Who has that owner word; false if that is no slot, or a dead one's. */
static bool process_of(struct pv_core *core, uint32_t owner, struct pv_process *process) {
    int vcpu = pv_owner_vcpu(owner);
    if (owner == PV_NOT_RECOVERABLE_OWNER || vcpu < 0 || vcpu >= core->vcpus || pv_owner_dead(core, owner)) {
        return false;
    }
    uint64_t state = pv_state(core, vcpu);
    process->owner = owner;
    process->borrowed = pv_slot_status(state) == PVLOCK_SLOT_BORROWED;
    pv_get_text(
        core->base, pv_slot_at(core, vcpu) + PVLOCK_VCPU_SLOT_NAME_OFFSET, PVLOCK_VCPU_SLOT_NAME_MAX_BYTES, process->thread_name);
    process->index = pv_slot_process(state);
    if (process->index >= core->max_processes) {
        return false;
    }
    uint32_t at = process_at(core, process->index);
    process->pid = (pid_t) pv_get32(core->base, at + PVLOCK_PROCESS_PID_OFFSET);
    process->start_time = (int64_t) pv_get64(core->base, at + PVLOCK_PROCESS_START_TIME_OFFSET);
    process->pid_namespace = pv_get64(core->base, at + PVLOCK_PROCESS_PID_NAMESPACE_OFFSET);
    return true;
}

bool pv_holder(const struct pvlock_lock_s *lock, struct pv_process *process) {
    struct pv_core *core = &lock->region->core;
    return process_of(core, pv_owner(pv_read_cell(core, lock->cell_at)), process);
}

bool pv_reader(const pvlock_rwlock *rwlock, int *vcpu, struct pv_process *process) {
    struct pv_core *core = &((const struct pv_object *) rwlock)->monitor.region->core;
    uint32_t owner;
    while ((owner = pv_next_reader(rwlock, *vcpu)) != 0) {
        *vcpu = pv_owner_vcpu(owner) + 1;
        if (process_of(core, owner, process)) {
            return true;
        }
    }
    return false;
}

bool pv_is_witness(const struct pvlock_region *region, const struct pv_process *process, int fd) {
    /*
     * A lock is no hindrance to the open file that has it. Whether there is a lock at all is asked last: one that is given back in
     * between is nobody's.
     */
    return pv_is_file(&region->core, fd) && !pv_is_byte_locked_by_other(fd, process->index)
        && pv_is_byte_locked_by_other(region->core.fd, process->index);
}
