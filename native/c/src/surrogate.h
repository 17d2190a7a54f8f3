/*
 * For pvlock-run, which holds locks for a program that knows nothing of them. Not in pvlock.h: whoever uses it must know what a
 * process entry and its witness are.
 */
#ifndef PVLOCK_SURROGATE_H
#define PVLOCK_SURROGATE_H

#include "region.h"

/* What others see of this process from now on: whose locks these are. Not ordered: it is for people. */
void pv_show_command(struct pvlock_region *region, const char *text);

/* In a process that was forked without pvlock's knowledge, by _Fork(): it acts for its parent, which does nothing with the region any more. */
void pv_adopt(struct pvlock_region *region);

/* Gives the pages of the region back to the kernel, which has them from the file again when they are needed: for who has nothing to do for long. */
void pv_rest(struct pvlock_region *region);

/*
 * Declares this process dead, whoever has copies of its witness: what the borrowed slot holds goes to the next one, who is told. Nothing is
 * to be done with the region any more.
 */
void pv_die(struct pvlock_vcpu *vcpu);

/* What the name stands for, one of PVLOCK_TYPE: PVLOCK_OK; PVLOCK_NOT_FOUND, or an error. */
int pv_type_of(struct pvlock_region *region, const char *name, size_t length, uint32_t *type);

/* The lock inside a read-write lock, with its token and its deaths. Whoever writes has it, and whoever waits to write. */
struct pvlock_lock_s *pv_monitor(pvlock_rwlock *rwlock);

/* Whether the lock has been taken out of the region since it was looked up. */
bool pv_was_removed(const struct pvlock_lock_s *lock);

/* A process in the region, as its entry says; proved alive by nothing but the byte `index`. */
struct pv_process {
    uint32_t index;
    pid_t pid;
    int64_t start_time;
    uint64_t pid_namespace;
    /* The slot's: with which it holds something. */
    uint32_t owner;
    bool borrowed;
    char thread_name[PVLOCK_THREAD_NAME_MAX + 1];
};

/* Whose slot holds the lock; false if nobody's does. */
bool pv_holder(const struct pvlock_lock_s *lock, struct pv_process *process);

/* The first that reads of the slots from `vcpu` on, which is then the one behind it; false if there is none. */
bool pv_reader(const pvlock_rwlock *rwlock, int *vcpu, struct pv_process *process);

/* Whether it is the open file of `fd`, and no other one, that keeps the process alive. */
bool pv_is_witness(const struct pvlock_region *region, const struct pv_process *process, int fd);

#endif
