/*
 * A process of the kill matrix, whose parent is KillMatrixIT: a host of threads, each of which does what the parent
 * tells it by lines on standard input, and can be stopped or killed at a kill point. It speaks as KillWorker.java
 * does, of which the parent cannot tell it:
 *
 *   to it                                   from it
 *   actor verb argument...                  actor answer...
 *   actor !arm POINT n FREEZE|KILL          actor armed; then "actor at POINT" when it is there
 *   actor !go, !die, !end, !interrupt       (none)
 *
 * usage: actor [max_sleep_ns stall_ns overtake_ns numa_node]
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hooks.h"
#include "pvlock.h"

enum { WORDS = 8, GUARDED_BYTES = 128, MAX_HELD = 16, MAX_LINE = 512, MAX_WORDS = 8 };

enum effect { FREEZE, KILL };
enum thaw { GO, DIE, END };

struct command {
    struct command *next;
    int count;
    char *words[MAX_WORDS];
    char line[MAX_LINE];
};

struct held {
    char *name;
    pvlock_t *lock;
};

struct actor {
    struct actor *next;
    char *name;
    int64_t id;
    pthread_mutex_t mutex;
    pthread_cond_t told;
    struct command *first;
    struct command **last;
    sem_t thawed;
    _Atomic int thaw;
    /* Of the armed point: -1 for none, PVLOCK_KILL_POINT_END for any. */
    _Atomic int armed;
    _Atomic int hits_to_go;
    _Atomic int effect;
    pvlock_vcpu *_Atomic vcpu;
    struct held held[MAX_HELD];
    bool forgotten;
};

static pthread_mutex_t out = PTHREAD_MUTEX_INITIALIZER;
static struct actor *actors;
static pvlock_region *region;
static _Thread_local struct actor *self;

#define NAME(point) [PVLOCK_KILL_POINT_##point] = #point,
static const char *const points[] = {PVLOCK_KILL_POINT_LIST(NAME)};

static void say(const struct actor *actor, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(const struct actor *actor, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&out);
    printf("> %s ", actor->name);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    pthread_mutex_unlock(&out);
    va_end(arguments);
}

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "actor: %s: %s\n", what, pvlock_error_detail());
    if (self) {
        say(self, "failed %s: %s", what, pvlock_error_detail());
    }
    for (;;) {
        pause();
    }
}

/* ---- kill points */

static _Noreturn void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

struct witness {
    struct actor *actor;
    char task[64];
};

static void *await_end(void *argument) {
    struct witness *witness = argument;
    while (access(witness->task, F_OK) == 0) {
        usleep(1000);
    }
    say(witness->actor, "ended");
    free(witness);
    return NULL;
}

/* The kernel's thread ends, past everything that would tidy up. */
static _Noreturn void end_here(void) {
    struct witness *witness = calloc(1, sizeof *witness);
    if (!witness) {
        abort();
    }
    witness->actor = self;
    snprintf(witness->task, sizeof witness->task, "/proc/self/task/%ld", syscall(SYS_gettid));
    pthread_t thread;
    pthread_create(&thread, NULL, await_end, witness);
    syscall(SYS_exit, 0);
    abort();
}

static int reached(int point, int vcpu) {
    (void) vcpu;
    if (!self || self->armed < 0 || (self->armed != PVLOCK_KILL_POINT_END && self->armed != point)
            || --self->hits_to_go > 0) {
        return PVLOCK_HOOK_GO_ON;
    }
    self->armed = -1;
    say(self, "at %s", points[point]);
    if (self->effect == KILL) {
        die();
    }
    while (sem_wait(&self->thawed) != 0) {
        /* interrupted by a signal */
    }
    if (self->thaw == DIE) {
        die();
    }
    if (self->thaw == END) {
        end_here();
    }
    return PVLOCK_HOOK_GO_ON;
}

/* ---- what a lock guards, see GuardedData.java */

static volatile int64_t *guarded(const char *name) {
    return (volatile int64_t *) (void *) ((char *) pvlock_data(region, NULL) + atol(name + 1) * GUARDED_BYTES);
}

static void check(bool right, const char *what, int64_t value) {
    if (!right) {
        say(self, "failed mutual exclusion is broken: %s %" PRIx64, what, value);
        for (;;) {
            pause();
        }
    }
}

static void go_in(const char *name, bool owner_died) {
    volatile int64_t *data = guarded(name);
    int64_t other = data[0];
    data[0] = self->id;
    if (!owner_died) {
        check(other == 0, "inside, too, and nobody said that it died:", other);
        for (int i = 2; i <= WORDS; i++) {
            check(data[1] == data[i], "the words differ, one is", data[i]);
        }
    }
}

static void go_out(const char *name) {
    volatile int64_t *data = guarded(name);
    for (int i = 0; i < WORDS; i++) {
        if (i == WORDS / 2) {
            pvlock_hook_kill_point(PVLOCK_KILL_POINT_CRITICAL_SECTION, -1);
        }
        data[1 + i]++;
    }
    check(data[0] == self->id, "came in while I was:", data[0]);
    data[0] = 0;
}

static void mend(const char *name) {
    volatile int64_t *data = guarded(name);
    for (int i = 2; i <= WORDS; i++) {
        data[i] = data[1];
    }
}

/* ---- commands */

static pvlock_vcpu *me(void) {
    if (!self->vcpu) {
        pvlock_vcpu *vcpu;
        if (pvlock_attach(region, &vcpu) != PVLOCK_OK) {
            fail("attach");
        }
        self->vcpu = vcpu;
    }
    return self->vcpu;
}

static pvlock_t *find(const char *name, const char *wait_mode, const char *policy) {
    static const char *const modes[] = {"AUTO", "SPIN", "YIELD", "PARK"};
    static const char *const policies[] = {"", "HYBRID", "FAIR", "THROUGHPUT", "NUMA"};
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    for (int i = 0; wait_mode && i < 4; i++) {
        options.wait_mode = strcmp(wait_mode, modes[i]) == 0 ? i : options.wait_mode;
    }
    for (int i = 0; policy && i < 5; i++) {
        options.policy = strcmp(policy, policies[i]) == 0 ? i : options.policy;
    }
    pvlock_t *lock;
    if (pvlock_find(region, name, strlen(name), &options, &lock) != PVLOCK_OK) {
        fail(name);
    }
    return lock;
}

static struct held *holding(const char *name) {
    for (int i = 0; i < MAX_HELD; i++) {
        if (self->held[i].name && strcmp(self->held[i].name, name) == 0) {
            return &self->held[i];
        }
    }
    fail("it does not hold that lock");
}

static void drop(const char *name) {
    struct held *held = holding(name);
    go_out(name);
    if (pvlock_unlock(held->lock, me()) != PVLOCK_OK) {
        fail("unlock");
    }
    pvlock_hook_kill_point(PVLOCK_KILL_POINT_UNLOCKED, -1);
    pvlock_forget(held->lock);
    free(held->name);
    *held = (struct held){NULL, NULL};
}

/* Writes "held OWNER_DIED TOKEN", or why not. */
static bool take(const char *name, const char *wait_mode, int64_t deadline_ns, char *answer, size_t length) {
    pvlock_vcpu *vcpu = me();
    pvlock_t *lock = find(name, wait_mode, NULL);
    int outcome = pvlock_timedlock_ns(lock, vcpu, deadline_ns);
    if (!pvlock_is_held(outcome)) {
        pvlock_forget(lock);
        snprintf(
            answer, length, "%s",
            outcome == PVLOCK_TIMED_OUT         ? "timeout"
            : outcome == PVLOCK_CANCELLED       ? "interrupted"
            : outcome == PVLOCK_NOT_RECOVERABLE ? "unrecoverable"
                                                : "failed");
        if (outcome == PVLOCK_CANCELLED) {
            pvlock_uncancel(vcpu);
        } else if (strcmp(answer, "failed") == 0) {
            fail(pvlock_strerror(outcome));
        }
        return false;
    }
    int64_t token;
    if (pvlock_token(lock, vcpu, &token) != PVLOCK_OK) {
        fail("token");
    }
    struct held *held = self->held;
    while (held->name) {
        if (++held == self->held + MAX_HELD) {
            fail("it holds too many locks");
        }
    }
    *held = (struct held){strdup(name), lock};
    go_in(name, outcome == PVLOCK_OWNER_DIED);
    snprintf(answer, length, "held %s %" PRId64, outcome == PVLOCK_OWNER_DIED ? "true" : "false", token);
    return true;
}

static void try_once(const char *name) {
    pvlock_vcpu *vcpu = me();
    pvlock_t *lock = find(name, NULL, NULL);
    bool taken = pvlock_is_held(pvlock_trylock(lock, vcpu));
    if (taken) {
        (void) pvlock_unlock(lock, vcpu);
    }
    pvlock_forget(lock);
    say(self, taken ? "taken" : "busy");
}

static void rounds(const char *name, const char *wait_mode, int count) {
    char answer[64];
    int died = 0;
    for (int i = 0; i < count; i++) {
        if (!take(name, wait_mode, PVLOCK_FOREVER, answer, sizeof answer)) {
            fail(answer);
        }
        if (strncmp(answer, "held true", 9) == 0) {
            died++;
            mend(name);
            if (pvlock_consistent(holding(name)->lock, me()) != PVLOCK_OK) {
                fail("consistent");
            }
        }
        drop(name);
    }
    say(self, "rounds %d %d", count, died);
}

static void permit(const char *name, bool acquire) {
    pvlock_vcpu *vcpu = me();
    pvlock_semaphore *semaphore;
    if (pvlock_semaphore_find(region, name, strlen(name), 1, false, &semaphore) != PVLOCK_OK) {
        fail(name);
    }
    if (acquire) {
        say(self, "permit %s", pvlock_semaphore_tryacquire(semaphore, vcpu, 1) == PVLOCK_OK ? "true" : "false");
    } else if (pvlock_semaphore_release(semaphore, vcpu, 1) == PVLOCK_OK) {
        say(self, "released");
    } else {
        fail("release");
    }
    pvlock_semaphore_forget(semaphore);
}

static void open_region(const char *path, bool create) {
    pvlock_options options = PVLOCK_OPTIONS_INIT;
    options.must_exist = !create;
    if (pvlock_open(path, &options, &region) != PVLOCK_OK) {
        fail(path);
    }
}

/* False: the thread ends. */
static bool perform(struct command *command) {
    char **words = command->words;
    const char *verb = words[1];
    char answer[128];
    if (strcmp(verb, "open") == 0 || strcmp(verb, "create") == 0) {
        bool create = strcmp(verb, "create") == 0;
        open_region(words[2], create);
        say(self, create ? "created" : "opened");
    } else if (strcmp(verb, "attach") == 0) {
        say(self, "attached %d", pvlock_vcpu_index(me()));
    } else if (strcmp(verb, "detach") == 0) {
        if (pvlock_detach(me()) != PVLOCK_OK) {
            fail("detach");
        }
        self->vcpu = NULL;
        say(self, "detached");
    } else if (strcmp(verb, "name") == 0) {
        pvlock_forget(find(words[2], NULL, command->count > 3 ? words[3] : NULL));
        say(self, "named PV");
    } else if (strcmp(verb, "take") == 0) {
        take(words[2], words[3], PVLOCK_FOREVER, answer, sizeof answer);
        say(self, "%s", answer);
    } else if (strcmp(verb, "timed") == 0) {
        take(words[2], words[3], pvlock_now_ns() + atoll(words[4]) * 1000000, answer, sizeof answer);
        say(self, "%s", answer);
    } else if (strcmp(verb, "pass") == 0) {
        if (take(words[2], words[3], PVLOCK_FOREVER, answer, sizeof answer)) {
            drop(words[2]);
        }
        say(self, "%s", answer);
    } else if (strcmp(verb, "try") == 0) {
        try_once(words[2]);
    } else if (strcmp(verb, "drop") == 0) {
        drop(words[2]);
        say(self, "dropped");
    } else if (strcmp(verb, "abandon") == 0) {
        struct held *held = holding(words[2]);
        if (pvlock_abandon(held->lock, me()) != PVLOCK_OK) {
            fail("abandon");
        }
        held->name = NULL;
        say(self, "abandoned");
    } else if (strcmp(verb, "repair") == 0) {
        mend(words[2]);
        if (pvlock_consistent(holding(words[2])->lock, me()) != PVLOCK_OK) {
            fail("consistent");
        }
        say(self, "repaired");
    } else if (strcmp(verb, "permit") == 0 || strcmp(verb, "release") == 0) {
        permit(words[2], strcmp(verb, "permit") == 0);
    } else if (strcmp(verb, "rounds") == 0) {
        rounds(words[2], words[3], atoi(words[4]));
    } else if (strcmp(verb, "end") == 0) {
        say(self, "ended");
        return false;
    } else {
        fail(verb);
    }
    return true;
}

static void *act(void *argument) {
    self = argument;
    for (bool more = true; more;) {
        pthread_mutex_lock(&self->mutex);
        while (!self->first) {
            pthread_cond_wait(&self->told, &self->mutex);
        }
        struct command *command = self->first;
        self->first = command->next;
        if (!self->first) {
            self->last = &self->first;
        }
        pthread_mutex_unlock(&self->mutex);
        more = perform(command);
        free(command);
    }
    return NULL;
}

/* ---- the thread that reads the commands */

static struct actor *actor_named(const char *name) {
    static int actors_so_far;
    for (struct actor *actor = actors; actor; actor = actor->next) {
        if (!actor->forgotten && strcmp(actor->name, name) == 0) {
            return actor;
        }
    }
    struct actor *actor = calloc(1, sizeof *actor);
    if (!actor) {
        abort();
    }
    actor->name = strdup(name);
    actor->id = (int64_t) getpid() << 32 | ++actors_so_far;
    actor->last = &actor->first;
    actor->armed = -1;
    pthread_mutex_init(&actor->mutex, NULL);
    pthread_cond_init(&actor->told, NULL);
    sem_init(&actor->thawed, 0, 0);
    actor->next = actors;
    actors = actor;
    pthread_t thread;
    if (pthread_create(&thread, NULL, act, actor) != 0) {
        abort();
    }
    return actor;
}

static void arm(struct actor *actor, char **words) {
    int point = 0;
    while (point < PVLOCK_KILL_POINT_END && strcmp(words[2], points[point]) != 0) {
        point++;
    }
    actor->hits_to_go = atoi(words[3]);
    actor->effect = strcmp(words[4], "KILL") == 0 ? KILL : FREEZE;
    actor->armed = point;
    say(actor, "armed");
}

static void thaw(struct actor *actor, enum thaw how) {
    actor->thaw = how;
    sem_post(&actor->thawed);
}

static void tell(struct actor *actor, struct command *command) {
    pthread_mutex_lock(&actor->mutex);
    *actor->last = command;
    actor->last = &command->next;
    pthread_cond_signal(&actor->told);
    pthread_mutex_unlock(&actor->mutex);
}

static void serve(struct command *command) {
    char **words = command->words;
    struct actor *actor = actor_named(words[0]);
    bool ends = strcmp(words[1], "end") == 0 || strcmp(words[1], "!end") == 0;
    if (strcmp(words[1], "!arm") == 0) {
        arm(actor, words);
    } else if (strcmp(words[1], "!go") == 0) {
        thaw(actor, GO);
    } else if (strcmp(words[1], "!die") == 0) {
        thaw(actor, DIE);
    } else if (strcmp(words[1], "!end") == 0) {
        thaw(actor, END);
    } else if (strcmp(words[1], "!interrupt") == 0) {
        pvlock_cancel(actor->vcpu);
    } else {
        tell(actor, command);
        command = NULL;
    }
    /* A later actor of this name is another thread. */
    actor->forgotten = actor->forgotten || ends;
    free(command);
}

int main(int argc, char **argv) {
    pvlock_hooks.kill_point = reached;
    if (argc > 4) {
        pvlock_tuning.max_sleep_ns = atoll(argv[1]);
        pvlock_tuning.stall_ns = atoll(argv[2]);
        pvlock_tuning.hybrid_overtake_ns = atoll(argv[3]);
        pvlock_tuning.numa_node = atoi(argv[4]) + 1;
    }
    printf("> worker ready\n");
    fflush(stdout);
    for (;;) {
        struct command *command = calloc(1, sizeof *command);
        if (!command || !fgets(command->line, sizeof command->line, stdin)) {
            _exit(0);
        }
        command->line[strcspn(command->line, "\n")] = '\0';
        char *rest = command->line;
        for (char *word; command->count < MAX_WORDS && (word = strtok_r(rest, " ", &rest));) {
            command->words[command->count++] = word;
        }
        if (command->count > 1) {
            serve(command);
        } else {
            free(command);
        }
    }
}
