/**
 * pvlock: crash-tolerant locks between processes, for C and C++. The other side of the Java library of the same name:
 * both work on the same region file at the same time.
 *
 *     pvlock_region *region;
 *     pvlock_vcpu *me;
 *     pvlock_t *orders;
 *     if (pvlock_open("/dev/shm/desk.pvlock", NULL, &region) != PVLOCK_OK
 *             || pvlock_attach(region, &me) != PVLOCK_OK
 *             || pvlock_find(region, "orders", 6, NULL, &orders) != PVLOCK_OK) {
 *         fprintf(stderr, "%s\n", pvlock_error_detail());
 *         exit(1);
 *     }
 *     switch (pvlock_lock(orders, me)) {
 *     case PVLOCK_OWNER_DIED:      // held, too: whoever had it died, the data may be damaged
 *         repair();
 *         pvlock_consistent(orders, me);
 *         // fall through
 *     case PVLOCK_OK:
 *         work();
 *         pvlock_unlock(orders, me);
 *     }
 *
 * A region is a file. Processes that open it trust each other. Each thread that locks attaches first, and gets a vCPU:
 * a slot of the region. When a thread ends, or its process is killed, whatever it held is given to the next one, who is
 * told.
 *
 * Rules
 *   - A vCPU is used by the thread that attached it, and by no other; it ends with that thread at the latest.
 *   - A lock is not reentrant.
 *   - After fork() the child is not attached: every handle that it inherits says PVLOCK_UNAVAILABLE. It opens the
 *     region anew.
 *   - A thread that ends, or is cancelled, while it holds a lock is a dead owner, as if it had been killed. No function
 *     here is a cancellation point, as pthread_mutex_lock() is none; asynchronous cancellation is not for threads that
 *     call them.
 *   - No function is async-signal-safe but pvlock_cancel().
 *   - The library's descriptors stay open: whoever closes all that are open, as daemons do, opens its regions
 *     afterwards. Without them others take the process for dead; it takes nothing any more as soon as that is noticed.
 *   - There is no thread behind it. That the file has lost its name is noticed by whoever opens, attaches, looks a name
 *     up, or waits: after 50 ms, and then ever less often, each 20 s at least; from then on nothing can be taken.
 *   - Names are bytes: UTF-8, 1 to PVLOCK_NAME_MAX of them, without a terminator.
 *   - Times are CLOCK_MONOTONIC.
 *
 * Functions return an outcome, 0 to 15, or an error, from 16 on; each says which it may return. After an error
 * pvlock_error_detail() says what happened, with which values, and what to do.
 */
#ifndef PVLOCK_H
#define PVLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PVLOCK_VERSION_MAJOR 0
#define PVLOCK_VERSION_MINOR 1
#define PVLOCK_VERSION_PATCH 0

#if defined(__GNUC__)
#define PVLOCK_API __attribute__((visibility("default")))
#define PVLOCK_CHECKED __attribute__((warn_unused_result))
#else
#define PVLOCK_API
#define PVLOCK_CHECKED
#endif

/** Longest name, in bytes of UTF-8. */
#define PVLOCK_NAME_MAX 80
/** Longest name of a thread that others can see, in bytes. */
#define PVLOCK_THREAD_NAME_MAX 60
/** Longest name of a program that others can see, in bytes. */
#define PVLOCK_COMMAND_MAX 56

/** An open region. */
typedef struct pvlock_region pvlock_region;
/** A thread in a region. */
typedef struct pvlock_vcpu pvlock_vcpu;
/** A lock of a region, as this process knows it. Any thread may use it, each with its own vCPU. */
typedef struct pvlock_lock_s pvlock_t;
/** An array of locks under one name. */
typedef struct pvlock_array pvlock_array;
/** A record of fixed length that is read without a lock. */
typedef struct pvlock_record pvlock_record;
/** A sequence lock. */
typedef struct pvlock_seqlock pvlock_seqlock;
/** A read-write lock. */
typedef struct pvlock_rwlock pvlock_rwlock;
/** A semaphore. */
typedef struct pvlock_semaphore pvlock_semaphore;

/** What a function returns. */
enum pvlock_outcome {
    /** Done; of a lock: held. */
    PVLOCK_OK = 0,
    /** Held; but an owner died, and nobody has declared the data repaired since: see pvlock_consistent(). */
    PVLOCK_OWNER_DIED = 1,
    /** Not held: it cannot be had now. Of pvlock_close(): threads are still attached. */
    PVLOCK_BUSY = 2,
    /** Not held: the time is over. */
    PVLOCK_TIMED_OUT = 3,
    /** Not held: to wait would be for ever. The thread holds it itself, or a circle of threads wait for each other. */
    PVLOCK_DEADLOCK = 4,
    /** Not held, and nobody ever will: it was given up, see pvlock_abandon(), or its name was removed. */
    PVLOCK_NOT_RECOVERABLE = 5,
    /** Not held: pvlock_cancel() has ended the wait. */
    PVLOCK_CANCELLED = 6,
    /** There is no such name, and it was not to be made. */
    PVLOCK_NOT_FOUND = 7,
    /**
     * Not held, nothing has begun: a writer died writing, and nobody has declared the data repaired since. Only of who
     * wants to read, of a read-write lock or a sequence lock.
     */
    PVLOCK_INCONSISTENT = 8,

    /** Errors begin here. A failure of the system that has no better name. */
    PVLOCK_ERROR = 16,
    /**
     * The caller asks for what cannot be: a bad name, a capacity out of range, a vCPU of another region, another kind
     * of object.
     */
    PVLOCK_INVALID = 17,
    /** The caller does not hold the lock. Nothing is changed. */
    PVLOCK_NOT_OWNER = 18,
    /**
     * The environment stands in the way: permissions, space, a missing directory, a file that cannot be trusted, a
     * fork.
     */
    PVLOCK_UNAVAILABLE = 19,
    /** Not a region, or a damaged one: the file must go. */
    PVLOCK_CORRUPT = 20,
    /** A region, but of another version, layout or byte order: the programs must agree, the file is sound. */
    PVLOCK_INCOMPATIBLE = 21,
    /** A table of the region is full. */
    PVLOCK_FULL = 22
};

/** Whether `outcome` means that the lock is held. */
static inline bool pvlock_is_held(int outcome) {
    return outcome == PVLOCK_OK || outcome == PVLOCK_OWNER_DIED;
}

/** Whether `outcome` is an error, of which pvlock_error_detail() says more. */
static inline bool pvlock_is_error(int outcome) {
    return outcome >= PVLOCK_ERROR;
}

/** What an outcome means, in a few words; never NULL. */
PVLOCK_API const char *pvlock_strerror(int outcome);

/**
 * What the calling thread's last failed call ran into, in full, with what to do about it; never NULL, valid until its
 * next failure.
 */
PVLOCK_API const char *pvlock_error_detail(void);

/** Monotonic nanoseconds now. */
PVLOCK_API int64_t pvlock_now_ns(void);

/** Instead of a deadline: for ever. */
#define PVLOCK_FOREVER INT64_MAX

/* ---- regions */

/** No group, for pvlock_options. */
#define PVLOCK_NO_GROUP ((gid_t) -1)

/**
 * How to open a region, and how large to make it if it does not exist. Capacities, permissions and group only matter to
 * the process that creates the file. Begin with PVLOCK_OPTIONS_INIT.
 */
typedef struct pvlock_options {
    /** sizeof(pvlock_options): later versions have more fields. */
    size_t size;
    /** Processes that can be attached at the same time. */
    int max_processes;
    /** Threads, of all processes together, that can be attached at the same time. */
    int max_vcpus;
    /** Named locks and other objects. */
    int max_locks;
    /** Events that the region remembers. */
    int event_capacity;
    /** Bytes for what named objects need besides a lock. */
    int object_bytes;
    /** Bytes of user data, see pvlock_data(). */
    int data_bytes;
    /** An error if the file does not exist, instead of making it. */
    bool must_exist;
    /**
     * Permissions of a new file; whatever the umask says. Also whom to trust: a file that its group, or everybody, can
     * write is used only if this says so.
     */
    mode_t mode;
    /** Group of a new file; files of this group are trusted, and may be writable by it. PVLOCK_NO_GROUP for none. */
    gid_t group;
    /** Users whose files are trusted, besides root's and one's own. */
    const uid_t *trusted_owners;
    size_t trusted_owner_count;
} pvlock_options;

/** The defaults: those of the Java library. */
#define PVLOCK_OPTIONS_INIT \
    { sizeof(pvlock_options), 256, 1024, 1024, 256, 1048576, 4096, false, 0600, PVLOCK_NO_GROUP, NULL, 0 }

/**
 * Opens the region at `path`, and makes it first if it is missing and the options allow it. Any number of threads and
 * processes may do so at the same time: all get the same file. A file that is no region, or not one of a trusted user,
 * is left as it is.
 *
 * `options` may be NULL, for the defaults. Returns PVLOCK_OK, or UNAVAILABLE, CORRUPT, INCOMPATIBLE, FULL, INVALID,
 * ERROR; then `*region` is NULL.
 */
PVLOCK_API int pvlock_open(const char *path, const pvlock_options *options, pvlock_region **region) PVLOCK_CHECKED;

/**
 * Takes this process out of the region, and frees all its handles. The calling thread's own vCPU is given back.
 * PVLOCK_BUSY, and nothing is done, if another thread is attached that has not ended, or if the calling one holds a
 * lock: the file must stay mapped for it.
 */
PVLOCK_API int pvlock_close(pvlock_region *region);

/** The path of the file: absolute, without symbolic links. */
PVLOCK_API const char *pvlock_path(const pvlock_region *region);

/** Random: tells a region from another one that was created later at the same path. */
PVLOCK_API int64_t pvlock_region_id(const pvlock_region *region);

/** The user's data: `options.data_bytes` of the creator, rounded up to a page. */
PVLOCK_API void *pvlock_data(const pvlock_region *region, size_t *bytes);

/**
 * The descriptor whose byte lock says that this process lives. It can only read, and is closed on exec. Whoever has a
 * copy of it, made by dup(2) and inherited by a command, counts as this process until it is closed: so the slot of
 * pvlock_attach_borrowed() and what it holds live as long as that command. The library closes its own descriptor in a
 * forked child, not the copies.
 */
PVLOCK_API int pvlock_witness_fd(const pvlock_region *region);

/* ---- threads */

/**
 * Attaches the calling thread. The kernel tells the others of its end, whatever ends it. A thread that is attached
 * already gets the vCPU that it has; as many pvlock_detach() give it back. Waits for up to 2 s for a slot. PVLOCK_OK,
 * or FULL, UNAVAILABLE, ERROR.
 *
 * Where the kernel has no robust lists, as in emulators, the slot is one of pvlock_attach_borrowed(): then others
 * notice the end of the process, and not that of a thread.
 */
PVLOCK_API int pvlock_attach(pvlock_region *region, pvlock_vcpu **vcpu) PVLOCK_CHECKED;

/**
 * Like pvlock_attach(), but the slot is not the thread's: it lives as long as the process does, or a copy of
 * pvlock_witness_fd(), and any thread of the process may use it, one at a time. For programs that hold a lock for
 * another one.
 */
PVLOCK_API int pvlock_attach_borrowed(pvlock_region *region, pvlock_vcpu **vcpu) PVLOCK_CHECKED;

/**
 * Gives the vCPU back. PVLOCK_BUSY, and nothing is done, if it holds something; PVLOCK_INVALID if it is another
 * thread's.
 */
PVLOCK_API int pvlock_detach(pvlock_vcpu *vcpu);

/** The index of the slot: what others see of the thread. */
PVLOCK_API int pvlock_vcpu_index(const pvlock_vcpu *vcpu);

/**
 * Makes the present wait of `vcpu`, and every later one, end with PVLOCK_CANCELLED, until pvlock_uncancel(). By any
 * thread, as long as `vcpu` exists: after pvlock_detach(), or the end of the thread that attached it, this is a use after
 * free. So the thread that waits says under a lock of the program's that its vCPU is there, and under the same lock that
 * it is not any more, before it detaches or ends. Async-signal-safe.
 */
PVLOCK_API void pvlock_cancel(pvlock_vcpu *vcpu);

/** Undoes pvlock_cancel(); under the same rule. */
PVLOCK_API void pvlock_uncancel(pvlock_vcpu *vcpu);

/* ---- locks */

/** Who may overtake a waiting queue head. */
enum pvlock_policy {
    /** Whatever the lock has; of a new lock: HYBRID. */
    PVLOCK_ANY_POLICY = 0,
    /**
     * Newcomers may, for about 0.4 ms for each head that sleeps, or as pvlock_lock_options.overtake_us says: nearly the
     * throughput of an unfair lock, with the longest waits of a queue.
     */
    PVLOCK_HYBRID = 1,
    /** Nobody: first come, first served. */
    PVLOCK_FAIR = 2,
    /** Everybody, at any time, unless the head is awake and insists. */
    PVLOCK_THROUGHPUT = 3,
    /** As HYBRID; and on machines with several NUMA nodes the lock stays for a while among the waiters of one. */
    PVLOCK_NUMA = 4
};

/** What a waiter of this process does while it waits. */
enum pvlock_wait_mode {
    /** Spins for about as long as sleeping and waking take, then sleeps. */
    PVLOCK_WAIT_AUTO = 0,
    /** Spins for ever; sleeps at once where there is one processor. */
    PVLOCK_WAIT_SPIN = 1,
    /** Spins a little, then gives the processor away again and again. */
    PVLOCK_WAIT_YIELD = 2,
    /** Sleeps at once. */
    PVLOCK_WAIT_PARK = 3
};

/**
 * What to do about a circle of threads, each of which waits for a lock that the next one holds. It is looked for after
 * 50 ms of a wait, and then ever less often.
 */
enum pvlock_on_deadlock {
    /** Go on waiting; once for each wait it is an event of the region. */
    PVLOCK_DEADLOCK_REPORT = 0,
    /** Go on waiting, and do not look. */
    PVLOCK_DEADLOCK_IGNORE = 1,
    /** End the wait with PVLOCK_DEADLOCK; it is an event, too. */
    PVLOCK_DEADLOCK_FAIL = 2
};

/** What a lock is, and how this process uses it. Begin with PVLOCK_LOCK_OPTIONS_INIT. */
typedef struct pvlock_lock_options {
    /** sizeof(pvlock_lock_options). */
    size_t size;
    /** enum pvlock_policy: of the lock; PVLOCK_INVALID if it exists with another one. */
    int policy;
    /** enum pvlock_wait_mode: of this process. */
    int wait_mode;
    /** enum pvlock_on_deadlock: of this process. */
    int on_deadlock;
    /** PVLOCK_NOT_FOUND if there is no such lock, instead of making it. */
    bool must_exist;
    /**
     * For how long newcomers may take the lock past the head of its queue, in microseconds; 0: whatever the lock has, of
     * a new one what its policy says. Of the lock: PVLOCK_INVALID if it exists with another time. For HYBRID, which is
     * meant if `policy` says nothing, and NUMA only: not at all is FAIR, without limit is THROUGHPUT. The last of n in
     * the queue waits about n times as long as this, a hold and a hand-over take together.
     */
    int overtake_us;
} pvlock_lock_options;

#define PVLOCK_LOCK_OPTIONS_INIT \
    { sizeof(pvlock_lock_options), PVLOCK_ANY_POLICY, PVLOCK_WAIT_AUTO, PVLOCK_DEADLOCK_REPORT, false, 0 }

/**
 * Finds the lock of that name, or makes it. `options` may be NULL. The handle is this process's, counts as one until
 * pvlock_forget(), and ends with the region at the latest. PVLOCK_OK, NOT_FOUND, or INVALID, FULL, CORRUPT,
 * UNAVAILABLE, ERROR.
 *
 * Only locks of the kind PV are known here, which is what Java makes unless asked for another; for others
 * PVLOCK_INVALID.
 */
PVLOCK_API int pvlock_find(
        pvlock_region *region, const char *name, size_t length, const pvlock_lock_options *options, pvlock_t **lock)
        PVLOCK_CHECKED;

/** Gives the handle back, which nobody of this process uses any more. Who holds the lock goes on holding it. */
PVLOCK_API void pvlock_forget(pvlock_t *lock);

/**
 * Takes the lock, and waits for it if need be. Without contention this is one compare-and-set.
 *
 * PVLOCK_OK or OWNER_DIED: held. DEADLOCK: the caller has it already, or see pvlock_lock_options. NOT_RECOVERABLE,
 * CANCELLED; or INVALID, UNAVAILABLE (region closed, file lost, fork), CORRUPT.
 */
PVLOCK_API int pvlock_lock(pvlock_t *lock, pvlock_vcpu *vcpu) PVLOCK_CHECKED;

/** Takes the lock if it can be had without waiting for anybody alive: as pvlock_lock(), or PVLOCK_BUSY. */
PVLOCK_API int pvlock_trylock(pvlock_t *lock, pvlock_vcpu *vcpu) PVLOCK_CHECKED;

/**
 * As pvlock_lock(), or PVLOCK_TIMED_OUT, not before `deadline_ns`: an instant as pvlock_now_ns() gives it,
 * PVLOCK_FOREVER for none. A deadline in the past does not wait.
 */
PVLOCK_API int pvlock_timedlock_ns(pvlock_t *lock, pvlock_vcpu *vcpu, int64_t deadline_ns) PVLOCK_CHECKED;

/** pvlock_timedlock_ns() with an instant of CLOCK_MONOTONIC. */
PVLOCK_API int pvlock_timedlock(pvlock_t *lock, pvlock_vcpu *vcpu, const struct timespec *deadline) PVLOCK_CHECKED;

/** Gives the lock back. PVLOCK_OK; PVLOCK_NOT_OWNER, and nothing is done. */
PVLOCK_API int pvlock_unlock(pvlock_t *lock, pvlock_vcpu *vcpu);

/**
 * Declares the data repaired: whoever comes later is not told of the death any more. By the owner; else
 * PVLOCK_NOT_OWNER.
 */
PVLOCK_API int pvlock_consistent(pvlock_t *lock, pvlock_vcpu *vcpu);

/**
 * Gives the lock up for good: whoever waits or comes later is told PVLOCK_NOT_RECOVERABLE. By the owner, who has it no
 * longer.
 */
PVLOCK_API int pvlock_abandon(pvlock_t *lock, pvlock_vcpu *vcpu);

/**
 * A fencing token, greater than all that were handed out for this lock before. It also writes down since when the lock
 * is held, for others to see. By the owner; else PVLOCK_NOT_OWNER.
 */
PVLOCK_API int pvlock_token(pvlock_t *lock, pvlock_vcpu *vcpu, int64_t *token);

/** Whether `vcpu` holds the lock. */
PVLOCK_API bool pvlock_is_held_by(const pvlock_t *lock, const pvlock_vcpu *vcpu);

/* ---- snapshots: racy, each was true when it was read */

/** Who holds a lock. */
typedef struct pvlock_owner_info {
    /** Index of the slot. */
    int vcpu;
    /** Process and thread, in their own pid namespace. */
    pid_t pid;
    pid_t tid;
    /** Whether it has not been proved dead. */
    bool alive;
    /** Whether its slot is one of pvlock_attach_borrowed(), or of a virtual thread. */
    bool borrowed;
    /** Since when, in monotonic nanoseconds, if it has drawn a token; else 0. */
    int64_t since_ns;
    char thread_name[PVLOCK_THREAD_NAME_MAX + 1];
    char command[PVLOCK_COMMAND_MAX + 1];
} pvlock_owner_info;

/** Who holds the lock: PVLOCK_OK; NOT_FOUND if nobody does. */
PVLOCK_API int pvlock_owner(const pvlock_t *lock, pvlock_owner_info *owner);

/** What a waiter does. */
enum pvlock_waiter_state {
    PVLOCK_WAITER_SPINNING = 0,
    /** Asleep, not head. */
    PVLOCK_WAITER_HALTED = 1,
    /** Asleep at the head of the queue. */
    PVLOCK_WAITER_HASHED = 2,
    /** Gone; its place is given away when its turn comes. */
    PVLOCK_WAITER_ABANDONED = 3
};

/** One place in a lock's queue. */
typedef struct pvlock_waiter_info {
    int vcpu;
    pid_t pid;
    pid_t tid;
    bool alive;
    /** enum pvlock_waiter_state */
    int state;
    /** Since when it queues, in monotonic nanoseconds. */
    int64_t since_ns;
    char thread_name[PVLOCK_THREAD_NAME_MAX + 1];
} pvlock_waiter_info;

/** The queue, its head first: up to `capacity` places are written, how many there are is returned. */
PVLOCK_API size_t pvlock_queue(const pvlock_t *lock, pvlock_waiter_info *waiters, size_t capacity);

/** An owner that died. */
typedef struct pvlock_death {
    /** In its own pid namespace; 0 if not known. */
    pid_t pid;
    pid_t tid;
    /** When it was replaced, epoch milliseconds. */
    int64_t at_epoch_ms;
    /** The last fencing token that was handed out before. */
    int64_t token;
} pvlock_death;

/**
 * The last owner that died: PVLOCK_OK; NOT_FOUND if none did, or if it is not known. `count`, unless NULL: how many
 * did.
 */
PVLOCK_API int pvlock_last_death(const pvlock_t *lock, pvlock_death *death, int64_t *count);

/* ---- arrays of locks */

/**
 * Finds the array of that name, or makes it, of `locks` PV locks of policy HYBRID. `options` may be NULL; their
 * `overtake_us` is of all locks of the array. As pvlock_find(); PVLOCK_INVALID, too, if it exists with another length,
 * or if `options` ask for another policy.
 */
PVLOCK_API int pvlock_array_find(
        pvlock_region *region,
        const char *name,
        size_t length,
        int locks,
        const pvlock_lock_options *options,
        pvlock_array **array) PVLOCK_CHECKED;

PVLOCK_API void pvlock_array_forget(pvlock_array *array);

/** As the functions of one lock; `index` from 0 on, PVLOCK_INVALID if there is no such lock. */
PVLOCK_API int pvlock_array_lock(pvlock_array *array, int index, pvlock_vcpu *vcpu) PVLOCK_CHECKED;
PVLOCK_API int pvlock_array_trylock(pvlock_array *array, int index, pvlock_vcpu *vcpu) PVLOCK_CHECKED;
PVLOCK_API int pvlock_array_timedlock_ns(
        pvlock_array *array, int index, pvlock_vcpu *vcpu, int64_t deadline_ns) PVLOCK_CHECKED;
PVLOCK_API int pvlock_array_unlock(pvlock_array *array, int index, pvlock_vcpu *vcpu);
PVLOCK_API int pvlock_array_consistent(pvlock_array *array, int index, pvlock_vcpu *vcpu);
PVLOCK_API int pvlock_array_abandon(pvlock_array *array, int index, pvlock_vcpu *vcpu);
/** A token that no other lock of the array has had. */
PVLOCK_API int pvlock_array_token(pvlock_array *array, int index, pvlock_vcpu *vcpu, int64_t *token);
PVLOCK_API int pvlock_array_length(const pvlock_array *array);

/* ---- records */

/**
 * Finds the record of that name, or makes it, of `bytes` bytes. With `many_writers` a lock keeps writers apart; else a
 * second writer gets PVLOCK_BUSY. PVLOCK_INVALID if it exists otherwise.
 */
PVLOCK_API int pvlock_record_find(
        pvlock_region *region, const char *name, size_t length, int bytes, bool many_writers, pvlock_record **record)
        PVLOCK_CHECKED;

PVLOCK_API void pvlock_record_forget(pvlock_record *record);

/**
 * Copies the record as it is now to `to`; returns how often it had been written. Waits for nobody, and needs no vCPU.
 */
PVLOCK_API int64_t pvlock_record_read(const pvlock_record *record, void *to);

/** How often it has been written. */
PVLOCK_API int64_t pvlock_record_version(const pvlock_record *record);

/**
 * Begins a write: `*copy` is the record as it is, to be changed in place. Readers see it when pvlock_record_publish()
 * has been called; a writer that dies before has written nothing. PVLOCK_OK, BUSY; or as pvlock_lock().
 */
PVLOCK_API int pvlock_record_begin(pvlock_record *record, pvlock_vcpu *vcpu, void **copy) PVLOCK_CHECKED;
PVLOCK_API int pvlock_record_publish(pvlock_record *record, pvlock_vcpu *vcpu);
/** Ends the write; nothing is written. */
PVLOCK_API int pvlock_record_discard(pvlock_record *record, pvlock_vcpu *vcpu);

/* ---- sequence locks */

/**
 * Finds the sequence lock of that name, or makes it. With `own_lock` writers wait for each other; else a second writer
 * gets PVLOCK_BUSY. PVLOCK_INVALID if it exists otherwise.
 */
PVLOCK_API int pvlock_seqlock_find(
        pvlock_region *region, const char *name, size_t length, bool own_lock, pvlock_seqlock **seqlock) PVLOCK_CHECKED;

PVLOCK_API void pvlock_seqlock_forget(pvlock_seqlock *seqlock);

/**
 * Begins a write. PVLOCK_OWNER_DIED: begun, too, but a writer died writing: repair the data and call
 * pvlock_seqlock_consistent(). Until somebody has, readers are told.
 */
PVLOCK_API int pvlock_seqlock_write_begin(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu) PVLOCK_CHECKED;
PVLOCK_API int pvlock_seqlock_consistent(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu);
PVLOCK_API int pvlock_seqlock_write_end(pvlock_seqlock *seqlock, pvlock_vcpu *vcpu);

/**
 * Begins to read, as soon as nobody writes; needs no vCPU. PVLOCK_OK; PVLOCK_INCONSISTENT: a writer died writing, the
 * data are torn, and nothing has begun.
 */
PVLOCK_API int pvlock_seqlock_read_begin(const pvlock_seqlock *seqlock, int64_t *begin) PVLOCK_CHECKED;
/** Whether what was read since `begin` may be torn, and must be read again. */
PVLOCK_API bool pvlock_seqlock_read_retry(const pvlock_seqlock *seqlock, int64_t begin);

/* ---- read-write locks */

/**
 * Finds the read-write lock of that name, or makes it. It is fair and waits as PVLOCK_WAIT_AUTO: PVLOCK_INVALID if
 * `options`, which may be NULL, ask for another policy, for a time, or for another way to wait. Java's update lock and optimistic reads are not
 * here; who has the former in Java keeps writers out, and is seen by them as one.
 */
PVLOCK_API int pvlock_rwlock_find(
        pvlock_region *region, const char *name, size_t length, const pvlock_lock_options *options,
        pvlock_rwlock **rwlock)
        PVLOCK_CHECKED;

PVLOCK_API void pvlock_rwlock_forget(pvlock_rwlock *rwlock);

/**
 * Takes the lock for reading, as often as is wished. PVLOCK_OK; TIMED_OUT, not before `deadline_ns`; INCONSISTENT: not
 * held, a writer died writing and nobody has repaired the data. DEADLOCK, CANCELLED; or an error.
 */
PVLOCK_API int pvlock_rwlock_read(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns) PVLOCK_CHECKED;
/** As pvlock_rwlock_read(), or PVLOCK_BUSY. */
PVLOCK_API int pvlock_rwlock_tryread(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) PVLOCK_CHECKED;
/** Gives a read hold back. PVLOCK_OK; PVLOCK_NOT_OWNER. */
PVLOCK_API int pvlock_rwlock_unread(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu);

/**
 * Takes the lock for writing. PVLOCK_OK; PVLOCK_OWNER_DIED: held, too, but a writer died writing: repair the data and
 * call pvlock_rwlock_consistent(). DEADLOCK: the caller has it, for reading or writing. TIMED_OUT, CANCELLED; or an
 * error.
 */
PVLOCK_API int pvlock_rwlock_write(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu, int64_t deadline_ns) PVLOCK_CHECKED;
/** As pvlock_rwlock_write(), or PVLOCK_BUSY. */
PVLOCK_API int pvlock_rwlock_trywrite(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu) PVLOCK_CHECKED;
PVLOCK_API int pvlock_rwlock_consistent(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu);
/** Gives the write lock back. PVLOCK_OK; PVLOCK_NOT_OWNER. */
PVLOCK_API int pvlock_rwlock_unwrite(pvlock_rwlock *rwlock, pvlock_vcpu *vcpu);

/* ---- semaphores */

/** Finds the semaphore of that name, or makes it. PVLOCK_INVALID if it exists with others of these parameters. */
PVLOCK_API int pvlock_semaphore_find(
        pvlock_region *region, const char *name, size_t length, int permits, bool fair, pvlock_semaphore **semaphore)
        PVLOCK_CHECKED;

PVLOCK_API void pvlock_semaphore_forget(pvlock_semaphore *semaphore);

/**
 * Takes `n` permits; they are the vCPU's, and free again when it dies. PVLOCK_OK, TIMED_OUT, CANCELLED; or an error.
 */
PVLOCK_API int pvlock_semaphore_acquire(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n, int64_t deadline_ns)
        PVLOCK_CHECKED;
/** PVLOCK_OK, BUSY; or an error. */
PVLOCK_API int pvlock_semaphore_tryacquire(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n) PVLOCK_CHECKED;
/** PVLOCK_OK; PVLOCK_NOT_OWNER if the vCPU holds fewer. */
PVLOCK_API int pvlock_semaphore_release(pvlock_semaphore *semaphore, pvlock_vcpu *vcpu, int n);
/** How many could be had now. */
PVLOCK_API int pvlock_semaphore_available(const pvlock_semaphore *semaphore);

#ifdef __cplusplus
}
#endif

#endif
