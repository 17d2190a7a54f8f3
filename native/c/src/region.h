/* An open region as this process sees it, and what its parts have for each other. */
#ifndef PVLOCK_REGION_H
#define PVLOCK_REGION_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core.h"
#include "pvlock.h"

/* ---- error.c */

/* Keeps the text for pvlock_error_detail(); returns outcome. */
int pv_fail(int outcome, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Like pv_fail() with ": " and the text of an errno, and a remedy where one is known. */
int pv_fail_errno(int outcome, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What pv_corrupt() said last on this thread, as an outcome: with the region's path before it. */
int pv_fail_corrupt(const struct pvlock_region *region);
/* What is to be done about it; "" if nothing is known. */
const char *pv_remedy(int error);

/* ---- layout.c: where the sections are */

struct pv_layout {
    int max_processes;
    int max_vcpus;
    int max_locks;
    int event_capacity;
    int object_bytes;
    int data_bytes;
    /* Buckets of the directory. */
    uint32_t buckets;
    uint32_t section_at[PVLOCK_HEADER_SECTIONS + 1];
    uint32_t section_bytes[PVLOCK_HEADER_SECTIONS];
};

/* Computes the sections; PVLOCK_INVALID if a capacity is out of range, or the region would reach 2 GiB. */
int pv_layout_init(struct pv_layout *layout);
/* Whether an extent can be there: what an entry says may be damaged. */
bool pv_holds_extent(const struct pv_layout *layout, int64_t offset, int64_t length);
uint32_t pv_statistics_blocks(int max_locks);

static inline uint32_t pv_length(const struct pv_layout *layout) {
    return layout->section_at[PVLOCK_HEADER_SECTIONS];
}

/* ---- threads and handles */

struct pvlock_vcpu {
    /*
     * The region, as long as fast paths may be taken; else NULL, and the slow paths find out why. Others set it to
     * NULL.
     */
    const struct pvlock_region *_Atomic fast;
    /* Pages of arrays in which it has ever locked: bit n for the pages whose number is n modulo 64. */
    uint64_t array_pages;
    struct pv_me me;
    struct pvlock_region *region;
    struct pvlock_vcpu *next;
    pid_t tid;
    bool borrowed;
    /* How often it has been attached. */
    int uses;
    /* Locks held of which others can see since when: as long as there are any, no fast path. */
    int guards;
    /* Parts of objects held: permits, writes. */
    int holds;
    /* enum pvlock_on_deadlock of the wait under way. */
    int on_deadlock;
    /* The cell whose hold is timed, 0 for none: until it is given back, no fast path. Since when, and for how many it stands. */
    uint32_t timed_cell;
    int64_t timed_since_ns;
    uint32_t timed_times;
    /* Of a sequence of numbers that look like random ones; 0 before the first. */
    uint32_t random;
};

struct pvlock_lock_s {
    const struct pvlock_region *fast;
    _Atomic uint64_t *cell;
    struct pvlock_region *region;
    uint32_t cell_at;
    /* Index of the entry; whether the cell is the entry's own. */
    uint32_t entry;
    bool own_cell;
    struct pv_policy policy;
    int on_deadlock;
    /* In the list of all locks of the region; what leads here. */
    struct pvlock_lock_s *next;
    struct pvlock_lock_s **link;
};

struct pvlock_region {
    struct pv_core core;
    struct pv_layout layout;
    char *path;
    int64_t region_id;
    int usable_cpus;
    bool several_numa_nodes;
    /* Process that has it open; others have forked off. */
    pid_t pid;
    /* Guards what follows. */
    pthread_mutex_t mutex;
    struct pvlock_vcpu *vcpus;
    /* How many handles this process has of each entry. */
    int *handles;
    /* A bit for each entry of which it ever had one. */
    _Atomic uint64_t *ever;
    struct pvlock_lock_s *locks;
    /* Whatever is freed with the region. */
    struct pv_object *objects;
    /* Who has the byte lock that is exclusive between processes. */
    pthread_mutex_t exclusive;
    struct pvlock_region *next;
};

/* Whether vcpu may take the fast paths of a lock of region. */
static inline bool pv_is_fast(const struct pvlock_vcpu *vcpu, const struct pvlock_region *region) {
    return atomic_load_explicit(&vcpu->fast, memory_order_relaxed) == region;
}

static inline void pv_set_fast(struct pvlock_vcpu *vcpu, const struct pvlock_region *region) {
    atomic_store_explicit(&vcpu->fast, region, memory_order_relaxed);
}

static inline struct pvlock_region *pv_region_of(struct pv_core *core) {
    return (struct pvlock_region *) core; /* its first member */
}

static inline uint32_t pv_section(const struct pvlock_region *region, int section) {
    return region->layout.section_at[section];
}

/*
 * Looks whether the file still has its name: PVLOCK_OK if something can be taken in the region now; else why not, with
 * a text.
 */
int pv_check_usable(struct pvlock_region *region);
/* Without a system call: whether vcpu is of this region, which is usable as far as is known. */
int pv_check_vcpu(struct pvlock_region *region, struct pvlock_vcpu *vcpu);
/* For whoever gives something back: whether vcpu is of this region, which was not forked. */
int pv_check_holder(struct pvlock_region *region, struct pvlock_vcpu *vcpu);
/* May take fast paths again, unless the region is lost. */
void pv_allow_fast_paths(struct pvlock_vcpu *vcpu);
/* Of an outcome of the algorithm: what pvlock.h calls it. */
int pv_public_outcome(struct pvlock_region *region, int outcome);

/* ---- machine.c */

pid_t pv_gettid(void);
/* For about so long; a signal may end it. No cancellation point. */
void pv_sleep(int64_t ns);
int64_t pv_epoch_ms(void);
int64_t pv_epoch_ns(void);
/*
 * open(2), but not for a standard descriptor, even if one is free: what the program prints there would get into the
 * file.
 */
int pv_open_high(const char *path, int flags, mode_t mode);
/* The boot id as two words, most significant half first; false if it cannot be read. */
bool pv_boot_id(uint64_t id[2]);
/* Clock ticks since boot; -1 if there is no such process. */
int64_t pv_start_time(pid_t pid);
uint64_t pv_pid_namespace(void);
int64_t pv_clock_shift(void);
/* The kernel's short name of this process. */
void pv_command_name(char *name, size_t size);
/* CPUs that can run threads of this process at the same time: affinity or quota, at least 1. */
int pv_usable_cpus(void);
bool pv_several_numa_nodes(void);
int pv_current_numa_node(void);
void pv_random(void *to, size_t bytes);
/* CRC32C of Castagnoli, as java.util.zip has it. */
uint32_t pv_crc32c(const void *bytes, size_t length);
/* Writes text into a fixed place of the file, its length in bytes first; cut at a character's edge. */
void pv_put_text(unsigned char *base, uint32_t at, size_t max_bytes, const char *text);
/* Reads what pv_put_text() wrote, terminated; to has max_bytes + 1. */
void pv_get_text(unsigned char *base, uint32_t at, size_t max_bytes, char *to);

/* ---- liveness.c */

/* Whether the slot is still in the generation that owner_word names. */
bool pv_is_tenant(struct pv_core *core, uint32_t owner_word);
/* Whether the process named in a slot's state is gone. */
bool pv_is_slot_process_dead(struct pv_core *core, uint64_t state);
/* Offset of the futex word of the slot's sentinel. */
uint32_t pv_sentinel_at(struct pv_core *core, int vcpu);
/* Asks the kernel to wake a waiter on the sentinel's word when its holder dies; the word as it is then. */
uint32_t pv_watch_sentinel(struct pv_core *core, int vcpu);
#define PV_SENTINEL_TID_MASK UINT32_C(0x3fffffff)
#define PV_SENTINEL_OWNER_DIED UINT32_C(0x40000000)
#define PV_SENTINEL_WAITERS UINT32_C(0x80000000)
/* Wakes all who sleep and depend on vcpu, which is dead; false if some may not be known to the kernel. park.c */
bool pv_wake_watchers(struct pv_core *core, int vcpu);
/* Marks the slot of a thread if it is dead, and tells those who depend on it. */
void pv_notice_death(struct pv_core *core, int vcpu);
void pv_notice_deaths(struct pv_core *core);
void pv_mark_ghosts(struct pv_core *core);
/* Whether a slot still has the dead user that owner_word names: nobody has begun to reclaim it. */
bool pv_is_dead_user(struct pv_core *core, uint32_t owner_word);

/* ---- process.c */

bool pv_try_byte(int fd, int64_t byte, int *error);
void pv_unlock_byte(int fd, int64_t byte);
bool pv_is_byte_locked_by_other(int fd, int64_t byte);
/* Enters this process; core->fd is open. */
int pv_enter_process(struct pvlock_region *region);
void pv_leave_process(struct pvlock_region *region);
/*
 * Whether the descriptor still is that of the region's file. If the program has closed it, others take this process for
 * dead.
 */
bool pv_has_witness(const struct pvlock_region *region);
/* Keeps which file core->fd is of. False if that is not open. */
bool pv_identify(struct pv_core *core);
/* Whether a descriptor is one of that file. */
bool pv_is_file(const struct pv_core *core, int fd);
bool pv_is_process_dead(struct pv_core *core, uint32_t process, uint32_t generation);
/* Whether some process is in the region with that index. */
bool pv_is_process_entered(struct pv_core *core, uint32_t process);
/* Keeps everybody else, in this process or another, out of here until pv_end_exclusive(). */
int pv_begin_exclusive(struct pvlock_region *region);
bool pv_try_exclusive(struct pvlock_region *region);
void pv_end_exclusive(struct pvlock_region *region);

/* ---- bell.c */

/* Tells the process of a virtual thread that its vcpu has a permit now. */
void pv_ring_for(struct pv_core *core, int vcpu);
/* A slot is not in use any more, as its state says by now: tells whoever may wait for one. */
void pv_slots_may_have_come(struct pv_core *core);

/* ---- slot.c, reclaim.c */

bool pv_nodes_are_free(struct pv_core *core, int vcpu);
/* Whether the kernel tells of threads that end. */
bool pv_robust_supported(void);
/* -1: there is no slot now. */
int pv_claim_slot(struct pvlock_region *region);
/* Reclaims every dead slot that can be; how many were freed. */
int pv_reclaim_dead(struct pvlock_region *region);
/*
 * Whether its thread has ended without giving it back. Not before the kernel has walked its robust list: until then the
 * file stays mapped.
 */
bool pv_has_ended(const struct pvlock_vcpu *vcpu);
/* Gives back a slot that nobody uses; false if it is left to the survivors, for it has places in queues. */
bool pv_give_slot_back(struct pvlock_region *region, int vcpu, bool locked);

/* ---- directory.c, extent.c, users.c, orphan.c */

struct pv_name {
    const unsigned char *bytes;
    size_t length;
    uint64_t hash;
};

/* What a name shall stand for if it does not exist. */
struct pv_template {
    uint32_t policy;
    /* For how long a head may be overtaken; 0: as the policy says. */
    uint32_t overtake_us;
    uint32_t wait_mode;
    uint32_t type;
    /* Of an object: PVLOCK_NOT_FOUND instead of making it. */
    bool must_exist;
    /* Of the extent; less than 0 for none. */
    int64_t body_bytes;
    int parameter_count;
    uint64_t parameters[PVLOCK_EXTENT_MAX_PARAMETERS];
};

/* PVLOCK_INVALID if no object can have that name; says why. */
int pv_name_init(struct pv_name *name, const char *bytes, size_t length);
/*
 * The entry of that name, made if need be and create says so: this process counts as its user until pv_drop_handle().
 */
int pv_find_entry(
        struct pvlock_region *region, const struct pv_name *name, const struct pv_template *template, bool create,
        uint32_t *entry);
void pv_drop_handle(struct pvlock_region *region, uint32_t entry);
void pv_drop_all_handles(struct pvlock_region *region);
/* Whether the name of an entry of which this process has a handle has been removed. */
bool pv_is_removed(struct pvlock_region *region, uint32_t entry);
/* The name of the lock whose cell is at `cell`, `name[index]` of an array's; false if there is none. */
bool pv_name_of_cell(struct pvlock_region *region, uint32_t cell, char *to, size_t size);
/*
 * The first cell that owner_word, of this process, owns; 0 if it owns none. Looks where this process ever had handles, and
 * at those pages of arrays.
 */
uint32_t pv_cell_owned_by(struct pvlock_region *region, uint32_t owner_word, uint64_t pages);
/* Shows every cell that is not 0; stops when visitor says true, and returns that cell. */
uint32_t pv_first_cell(
        struct pvlock_region *region, uint64_t pages, bool (*visitor)(void *context, uint32_t cell), void *context);
bool pv_is_paravirt(struct pvlock_region *region, uint32_t cell);

static inline uint32_t pv_entry_at(const struct pvlock_region *region, uint32_t entry) {
    return pv_section(region, PVLOCK_SECTION_ENTRIES) + entry * PVLOCK_ENTRY_LENGTH;
}

/* The entry whose cell is at offset; -1 if the cell is one of an array's. */
int64_t pv_entry_of_cell(const struct pvlock_region *region, uint32_t cell);
uint64_t pv_token_floor(struct pvlock_region *region);
/* PVLOCK_CORRUPT if the extent is not where extents are, or too short. */
int pv_check_extent(struct pvlock_region *region, uint32_t entry, int64_t body_bytes);
uint32_t pv_extent_at(struct pvlock_region *region, uint32_t entry);
uint32_t pv_extent_length(struct pvlock_region *region, uint32_t entry);
/* From one lock in the extent to the next; 0 if there are none. */
uint32_t pv_cell_stride(struct pvlock_region *region, uint32_t entry);

/* Slots of dead threads that one reclaimer has taken. */
struct pv_dead_slots {
    int capacity;
    bool *slots;
    bool *kept;
    /* Taken, and not kept. */
    bool *goes;
    uint64_t *before;
};

/* Clears what the dead have left in the words of objects; whether there was anything. */
bool pv_forget_words(struct pvlock_region *region, struct pv_dead_slots *dead);

/* ---- entry.c, event.c */

struct pv_death {
    uint32_t owner;
    uint32_t pid;
    uint32_t tid;
    int64_t at_epoch_ms;
    uint64_t token;
};

/* What is known about a dead owner, before its slot is used anew. */
struct pv_death pv_death_of(struct pv_core *core, uint32_t owner, uint64_t token);
void pv_record_death(struct pvlock_region *region, uint32_t entry, const struct pv_death *death);
bool pv_last_death(struct pvlock_region *region, uint32_t entry, struct pv_death *death);
uint64_t pv_last_token(struct pvlock_region *region, uint32_t entry);
void pv_put_held_since(struct pvlock_region *region, uint32_t entry, int64_t since_ns);
int64_t pv_held_since(struct pvlock_region *region, uint32_t entry);

void pv_event_died(struct pv_core *core, int vcpu);
void pv_event_of_slot(struct pvlock_region *region, int type, int vcpu, uint32_t cell, uint32_t owner, int taker);
void pv_event_owner_replaced(struct pvlock_region *region, const struct pv_death *death, uint32_t cell, int taker);
void pv_event_file_gone(struct pvlock_region *region);

/* ---- statistics.c: what is counted of waits and holds, while the lock is held */

/* What a vCPU had begun and counted before an attempt. */
struct pv_watch {
    uint32_t waits;
    uint64_t steals;
};

void pv_clear_statistics(struct pvlock_region *region, uint32_t entry, uint64_t first_token);
struct pv_watch pv_watch_begin(const struct pvlock_vcpu *vcpu);
void pv_watch_taken(struct pvlock_lock_s *lock, struct pvlock_vcpu *vcpu, struct pv_watch begun);
bool pv_watch_releasing(struct pvlock_lock_s *lock, struct pvlock_vcpu *vcpu, int64_t guarded_since_ns);

/* ---- object.c */

void pv_free_objects(struct pvlock_region *region);

/* ---- deadlock.c */

void pv_look_for_deadlock(struct pv_core *core, struct pv_me *me);

/* ---- file.c, header.c, create.c */

int pv_open_file(struct pvlock_region *region, const char *path, const pvlock_options *options);
/* What has happened to the name of the file; NULL if others still find it there. */
const char *pv_loss_of_name(const struct pvlock_region *region);
int pv_read_header(int fd, const char *path, struct pv_layout *layout, int64_t *region_id);
void pv_encode_header(unsigned char *page, const struct pv_layout *layout, int64_t region_id, int64_t created_at_ms,
        uint32_t creator, const uint64_t boot_id[2]);
int pv_create_file(const char *path, const struct pv_layout *layout, mode_t mode, gid_t group);

/* ---- options.c */

/*
 * The options that were given, which may be none, or those of an older header, made whole. PVLOCK_INVALID if there are no
 * such options; says why.
 */
int pv_take_options(pvlock_lock_options *options, const pvlock_lock_options *given);
/* Likewise, for what has locks of one policy only. */
int pv_take_object_options(
        pvlock_lock_options *options, const pvlock_lock_options *given, int policy, const char *what);
/* Whether the lock of an entry is overtaken for as long as was asked for: PVLOCK_INVALID; CORRUPT if it cannot be. */
int pv_check_same_time(
        struct pvlock_region *region, uint32_t entry, const char *name, size_t length, int overtake_us);
/* How this process waits for the lock that an entry has inside, or for those of its array. */
void pv_policy_init(struct pv_policy *policy, struct pvlock_region *region, uint32_t entry, int wait_mode);

/* ---- locks.c */

/* The lock that an entry has inside, without a handle of its own. */
void pv_lock_init(struct pvlock_lock_s *lock, struct pvlock_region *region, uint32_t entry);
/* The lock of a cell of an array, likewise. */
int pv_lock_cell(
        struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu, int64_t deadline_ns, bool no_wait);
/* For whoever must have the lock to end what was begun under it: also in a lost region, and though cancelled. */
int pv_lock_to_end(struct pvlock_lock_s *lock, struct pvlock_vcpu *vcpu);
int pv_unlock_cell(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu);
int pv_consistent_cell(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu);
int pv_abandon_cell(struct pvlock_lock_s *lock, uint32_t cell, struct pvlock_vcpu *vcpu);
/* The monitor of an object, whatever recovery it needs after a death is none: PVLOCK_OK or an error. */
int pv_enter_monitor(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu);
int pv_enter_monitor_to_end(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu);
void pv_exit_monitor(struct pvlock_lock_s *monitor, struct pvlock_vcpu *vcpu);
/* What type an object is, for people. */
const char *pv_type_name(uint32_t type);

#endif
