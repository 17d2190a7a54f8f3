#include "tree.h"

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

static bool has_inherited_witness(const pvlock_region *region, const struct pv_process *holder) {
    DIR *descriptors = opendir("/proc/self/fd");
    bool found = false;
    struct dirent *entry;
    while (descriptors != NULL && !found && (entry = readdir(descriptors)) != NULL) {
        int fd = atoi(entry->d_name);
        found = entry->d_name[0] != '.' && fd != region->core.fd && pv_is_witness(region, holder, fd);
    }
    if (descriptors != NULL) {
        closedir(descriptors);
    }
    return found;
}

static bool is_command(const struct pv_process *holder) {
    return holder->borrowed && strcmp(holder->thread_name, TREE_THREAD_NAME) == 0;
}

bool tree_has(const pvlock_region *region, const struct pv_process *holder) {
    return (is_command(holder) && is_ancestor(holder)) || has_inherited_witness(region, holder);
}

static bool has_ended(const struct pv_process *process) {
    char state;
    pid_t parent;
    return !look_at(process->pid, &state, &parent) || state == 'Z' || state == 'X'
        || pv_start_time(process->pid) != process->start_time;
}

bool tree_is_ending(const struct pv_process *holder) {
    return holder->pid_namespace == pv_pid_namespace() && is_command(holder) && has_ended(holder);
}
