#include "tree.h"

#include "surrogate.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* State and parent of a process; false if there is none that can be seen. */
static bool look_at(pid_t pid, char *state, pid_t *parent) {
    char path[64];
    char text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    /* The name is in parentheses, and may have some itself. */
    const char *behind_name = strrchr(text, ')');
    return behind_name != NULL && sscanf(behind_name, ") %c %d", state, parent) == 2;
}

static pid_t parent_of(pid_t pid) {
    char state;
    pid_t parent;
    return look_at(pid, &state, &parent) ? parent : 0;
}

static bool is_ancestor(const struct pv_process *holder) {
    if (holder->pid_namespace != pv_pid_namespace()) {
        return false;
    }
    for (pid_t pid = getpid(); pid > 0; pid = parent_of(pid)) {
        if (pid == holder->pid) {
            return holder->start_time >= 0 && pv_start_time(pid) == holder->start_time;
        }
    }
    return false;
}

static bool has_inherited_witness(const pvlock_t *lock, const struct pv_process *holder) {
    DIR *descriptors = opendir("/proc/self/fd");
    bool found = false;
    struct dirent *entry;
    while (descriptors != NULL && !found && (entry = readdir(descriptors)) != NULL) {
        int fd = atoi(entry->d_name);
        found = entry->d_name[0] != '.' && fd != lock->region->core.fd && pv_is_witness(lock->region, holder, fd);
    }
    if (descriptors != NULL) {
        closedir(descriptors);
    }
    return found;
}

static bool is_command(const pvlock_t *lock) {
    pvlock_owner_info owner;
    return pvlock_owner(lock, &owner) == PVLOCK_OK && owner.borrowed && strcmp(owner.thread_name, TREE_THREAD_NAME) == 0;
}

bool tree_holds(const pvlock_t *lock, pid_t *pid) {
    struct pv_process holder;
    if (!pv_holder(lock, &holder)) {
        return false;
    }
    *pid = holder.pid;
    return (is_command(lock) && is_ancestor(&holder)) || has_inherited_witness(lock, &holder);
}

static bool has_ended(const struct pv_process *process) {
    char state;
    pid_t parent;
    return !look_at(process->pid, &state, &parent) || state == 'Z' || state == 'X'
        || pv_start_time(process->pid) != process->start_time;
}

bool tree_is_ending(const pvlock_t *lock) {
    struct pv_process holder, still;
    if (!pv_holder(lock, &holder)) {
        return true;
    }
    if (holder.pid_namespace == pv_pid_namespace() && is_command(lock) && has_ended(&holder)) {
        return true;
    }
    /* It may have given the lock back while we looked. */
    return !pv_holder(lock, &still) || still.pid != holder.pid || still.start_time != holder.start_time;
}
