/* Opening and closing: what this process knows of a region. io.pvlock.internal.session.Session. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "region.h"
#include "vcpu.h"

/* ---- all open regions, for fork */

static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct pvlock_region *all;
static pthread_once_t at_fork = PTHREAD_ONCE_INIT;

static void lock_all(void) {
    pthread_mutex_lock(&all_mutex);
}

static void unlock_all(void) {
    pthread_mutex_unlock(&all_mutex);
}

/* So that the child finds no list half changed. */
static void before_fork(void) {
    lock_all();
    for (struct pvlock_region *region = all; region != NULL; region = region->next) {
        pthread_mutex_lock(&region->mutex);
    }
}

static void after_fork(void) {
    for (struct pvlock_region *region = all; region != NULL; region = region->next) {
        pthread_mutex_unlock(&region->mutex);
    }
    unlock_all();
}

/*
 * The child is not attached: its threads are not those in the slots. It keeps the mappings and the memory until it
 * closes, but not the descriptor: as long as that is open somewhere, the parent does not look dead.
 */
static void in_child(void) {
    for (struct pvlock_region *region = all; region != NULL; region = region->next) {
        atomic_store_explicit(&region->core.lost, true, memory_order_relaxed);
        for (struct pvlock_vcpu *vcpu = region->vcpus; vcpu != NULL; vcpu = vcpu->next) {
            pv_set_fast(vcpu, NULL);
        }
        close(region->core.fd);
        close(region->core.witness);
        region->core.fd = region->core.witness = -1;
    }
    after_fork();
}

static void watch_forks(void) {
    pthread_atfork(before_fork, after_fork, in_child);
}

/* ---- may it be used */

static bool is_fork(const struct pvlock_region *region) {
    return region->core.fd < 0;
}

static int fail_fork(const struct pvlock_region *region) {
    return pv_fail(
        PVLOCK_UNAVAILABLE, "region %s was opened by process %d, of which this one is a fork: it is not attached; open the region again",
        region->path, (int) region->pid);
}

static int fail_lost(const struct pvlock_region *region, const char *known) {
    const char *how = known == NULL ? pv_loss_of_name(region) : known;
    return pv_fail(
        PVLOCK_UNAVAILABLE,
        "region %s lost its file while in use (%s): others may hold the same locks in another file of that name; unlock what is held, close"
        " the region and open it again",
        region->path, how == NULL ? "deleted or moved away" : how);
}

/*
 * The file has lost its name: whoever opens it next gets another one, and two may hold "the same" lock. From now on
 * nobody of this process takes anything in this region; what is held can be given back.
 */
static void lose(struct pvlock_region *region) {
    bool first = !atomic_exchange(&region->core.lost, true);
    pthread_mutex_lock(&region->mutex);
    for (struct pvlock_vcpu *vcpu = region->vcpus; vcpu != NULL; vcpu = vcpu->next) {
        pv_set_fast(vcpu, NULL);
        pv_kick(&region->core, vcpu->me.index);
    }
    pthread_mutex_unlock(&region->mutex);
    if (first) {
        pv_event_file_gone(region);
    }
}

int pv_check_usable(struct pvlock_region *region) {
    if (is_fork(region) || region->pid != getpid()) {
        return fail_fork(region);
    }
    const char *how = pv_loss_of_name(region);
    if (how != NULL) {
        lose(region);
    }
    return how != NULL || region->core.lost ? fail_lost(region, how) : PVLOCK_OK;
}

int pv_check_holder(struct pvlock_region *region, struct pvlock_vcpu *vcpu) {
    if (vcpu == NULL || vcpu->region != region) {
        return vcpu == NULL
            ? pv_fail(PVLOCK_INVALID, "there is no vCPU: pvlock_attach() first")
            : pv_fail(
                PVLOCK_INVALID, "vcpu=%d belongs to %s, not to %s", vcpu->me.index, vcpu->region->path, region->path);
    }
    return is_fork(region) ? fail_fork(region) : PVLOCK_OK;
}

int pv_check_vcpu(struct pvlock_region *region, struct pvlock_vcpu *vcpu) {
    int outcome = pv_check_holder(region, vcpu);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    return atomic_load_explicit(&region->core.lost, memory_order_relaxed) ? fail_lost(region, NULL) : PVLOCK_OK;
}

void pv_allow_fast_paths(struct pvlock_vcpu *vcpu) {
    /* Under the mutex: who forbids them comes before the look or after the store. */
    pthread_mutex_lock(&vcpu->region->mutex);
    if (!vcpu->region->core.lost && vcpu->guards == 0 && vcpu->timed_cell == 0) {
        pv_set_fast(vcpu, vcpu->region);
    }
    pthread_mutex_unlock(&vcpu->region->mutex);
}

/* After each sleep that nothing has ended, and about every 50 ms of a wait that does not sleep. */
static void long_wait(struct pv_core *core, struct pv_me *me) {
    struct pvlock_region *region = pv_region_of(core);
    if (!core->lost && pv_loss_of_name(region) != NULL) {
        lose(region);
    }
    pv_look_for_deadlock(core, me);
}

/* ---- open */

static void free_region(struct pvlock_region *region) {
    if (region->core.base != NULL) {
        munmap(region->core.base, pv_length(&region->layout));
    }
    if (pv_is_file(&region->core, region->core.witness)) {
        close(region->core.witness); /* the kernel drops the lock that says that this process is in */
    }
    if (pv_is_file(&region->core, region->core.fd)) {
        close(region->core.fd);
    }
    free(region->handles);
    free(region->ever);
    free(region->path);
    free(region);
}

static int enter(struct pvlock_region *region) {
    struct pv_core *core = &region->core;
    core->length = pv_length(&region->layout);
    core->vcpus_at = pv_section(region, PVLOCK_SECTION_VCPUS);
    core->vcpus = region->layout.max_vcpus;
    core->hash_at = pv_section(region, PVLOCK_SECTION_HASH);
    core->hash_lines = pv_hash_capacity(core->vcpus) / PVLOCK_HASH_ENTRIES_PER_LINE;
    core->processes_at = pv_section(region, PVLOCK_SECTION_PROCESSES);
    core->max_processes = (uint32_t) region->layout.max_processes;
    core->long_wait = long_wait;
    core->died = pv_event_died;
    region->handles = calloc((size_t) region->layout.max_locks, sizeof *region->handles);
    region->ever = calloc((size_t) region->layout.max_locks / 64 + 1, sizeof *region->ever);
    if (region->handles == NULL || region->ever == NULL) {
        return pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory for a region");
    }
    int outcome = pv_enter_process(region);
    if (outcome == PVLOCK_OK) {
        pv_mark_ghosts(core);
    }
    return outcome;
}

static int read_options(pvlock_options *to, const pvlock_options *options) {
    static const pvlock_options defaults = PVLOCK_OPTIONS_INIT;
    *to = defaults;
    if (options == NULL) {
        return PVLOCK_OK;
    }
    if (options->size < sizeof options->size || options->size > sizeof *to) {
        return pv_fail(
            PVLOCK_INVALID, "options.size=%zu, this library knows %zu bytes of them; begin with PVLOCK_OPTIONS_INIT",
            options->size, sizeof *to);
    }
    memcpy(to, options, options->size);
    return PVLOCK_OK;
}

static int open_region(const char *path, const pvlock_options *options, pvlock_region **opened) {
    pvlock_options wanted;
    *opened = NULL;
    pthread_once(&at_fork, watch_forks);
    int outcome = read_options(&wanted, options);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    struct pvlock_region *region = calloc(1, sizeof *region);
    if (region == NULL) {
        return pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory for a region");
    }
    region->core.fd = region->core.witness = -1;
    region->core.process = -1;
    region->pid = getpid();
    pthread_mutex_init(&region->mutex, NULL);
    pthread_mutex_init(&region->exclusive, NULL);
    outcome = pv_open_file(region, path, &wanted);
    if (outcome == PVLOCK_OK) {
        outcome = enter(region);
    }
    if (outcome != PVLOCK_OK) {
        free_region(region);
        return outcome;
    }
    region->usable_cpus = pv_usable_cpus();
    region->several_numa_nodes = pv_several_numa_nodes();
    lock_all();
    region->next = all;
    all = region;
    unlock_all();
    *opened = region;
    return PVLOCK_OK;
}

/* ---- close */

static void unlink_region(struct pvlock_region *region) {
    lock_all();
    struct pvlock_region **at = &all;
    while (*at != NULL && *at != region) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = region->next;
    }
    unlock_all();
}

/*
 * Whether a thread is attached that is neither the calling one nor known to have ended; gives back the calling one's.
 */
static int leave_threads(struct pvlock_region *region) {
    pid_t tid = pv_gettid();
    for (struct pvlock_vcpu *vcpu = region->vcpus; vcpu != NULL;) {
        struct pvlock_vcpu *next = vcpu->next;
        bool ended = pv_has_ended(vcpu);
        if (!ended && !vcpu->borrowed && vcpu->tid != tid) {
            return pv_fail(
                PVLOCK_BUSY, "thread %d is still attached to %s as vcpu=%d; it detaches first, or ends",
                (int) vcpu->tid, region->path, vcpu->me.index);
        }
        if (!ended) {
            vcpu->uses = 1;
            int outcome = pvlock_detach(vcpu);
            if (outcome != PVLOCK_OK) {
                return outcome;
            }
        }
        vcpu = next;
    }
    return PVLOCK_OK;
}

static void free_threads(struct pvlock_region *region) {
    while (region->vcpus != NULL) {
        struct pvlock_vcpu *vcpu = region->vcpus;
        region->vcpus = vcpu->next;
        pv_me_free(&vcpu->me);
        free(vcpu);
    }
}

static int close_region(pvlock_region *region) {
    if (!is_fork(region)) {
        int outcome = leave_threads(region);
        if (outcome != PVLOCK_OK) {
            return outcome;
        }
        /* Else the place in the table may be another's by now. */
        if (pv_has_witness(region)) {
            pv_drop_all_handles(region);
            pv_leave_process(region);
        }
    }
    unlink_region(region);
    free_threads(region);
    while (region->locks != NULL) {
        struct pvlock_lock_s *lock = region->locks;
        region->locks = lock->next;
        free(lock);
    }
    pv_free_objects(region);
    free_region(region);
    return PVLOCK_OK;
}

/* A lock of this name says that the region is one host's part of a cluster, which only Java speaks with. */
static int refuse_cluster(pvlock_region **opened) {
    static const char mark[] = "pvlock/cluster";
    struct pv_name name;
    uint32_t entry;
    if (pv_name_init(&name, mark, sizeof mark - 1) != PVLOCK_OK
        || pv_find_entry(*opened, &name, NULL, false, &entry) != PVLOCK_OK) {
        return PVLOCK_OK;
    }
    pv_drop_handle(*opened, entry);
    int outcome = pv_fail(
        PVLOCK_INCOMPATIBLE,
        "%s is one host's part of a cluster: a lock taken here only would exclude no other host; use it from Java, by"
        " io.pvlock.cluster.ClusterRegion, or use another file",
        (*opened)->path);
    close_region(*opened);
    *opened = NULL;
    return outcome;
}

int pvlock_open(const char *path, const pvlock_options *options, pvlock_region **opened) {
    /* A cancelled thread would leave files open, and a temporary one behind. */
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    int outcome = open_region(path, options, opened);
    if (outcome == PVLOCK_OK) {
        outcome = refuse_cluster(opened);
    }
    pthread_setcancelstate(before, NULL);
    return outcome;
}

int pvlock_close(pvlock_region *region) {
    int before;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    int outcome = region == NULL ? PVLOCK_OK : close_region(region);
    pthread_setcancelstate(before, NULL);
    return outcome;
}

/* ---- what it is */

const char *pvlock_path(const pvlock_region *region) {
    return region->path;
}

int64_t pvlock_region_id(const pvlock_region *region) {
    return region->region_id;
}

void *pvlock_data(const pvlock_region *region, size_t *bytes) {
    if (bytes != NULL) {
        *bytes = region->layout.section_bytes[PVLOCK_SECTION_DATA];
    }
    return region->core.base + pv_section(region, PVLOCK_SECTION_DATA);
}

int pvlock_witness_fd(const pvlock_region *region) {
    return region->core.witness;
}
