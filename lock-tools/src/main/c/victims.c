/*
 * Processes with locks in C that are killed by the scorecard. Usage: victims LOCK, told by lines on standard input what to do, as
 * RivalWorker.java is; the answers are on the board, KillBoardDescriptor.java. Usage: victims --reuse PID, a process of that pid.
 * Both end with their input.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/wait.h>

#include "locks.h"

enum { MEMBERS = 4, HOLD_US = 200, POLL_US = 1000, THINK_US = 50 };
enum { STARTING, READY, WAITING, INSIDE, DONE };

struct record {
    _Alignas(64) _Atomic int state;
    int told, torn, untold, overlaps;
    _Atomic int passes;
    int64_t entered_ns; /* for the first time; 0: not yet */
};

struct board {
    _Alignas(64) _Atomic int inside; /* member + 1 */
    volatile int64_t first, second;  /* guarded by the lock: they differ while somebody writes */
    _Alignas(64) _Atomic int victim; /* member + 1: to be killed, or dead */
    _Atomic int stop;
    _Alignas(64) struct record records[MEMBERS];
    _Alignas(128) union lock lock;
    struct node nodes[MEMBERS];
};
_Static_assert(offsetof(struct board, records) == 128 && offsetof(struct board, lock) == 384, "KillBoardDescriptor.java");
_Static_assert(sizeof(struct board) == 768, "KillBoardDescriptor.java");

static struct board *board;
static char directory[1024];
static FILE *commands;

static void sleep_us(long us) {
    nanosleep(&(struct timespec){0, us * 1000}, NULL);
}

/* ---- Locks beside those of locks.h. To take one says whether its owner has died. */

static int take_robust(void) {
    int error = pthread_mutex_lock(&shared->mutex);
    if (error == EOWNERDEAD) {
        check(pthread_mutex_consistent(&shared->mutex), "pthread_mutex_consistent");
        return 1;
    }
    check(error, "pthread_mutex_lock");
    return 0;
}

/* A System V semaphore that the kernel gives back when the process ends. */
static void init_sysv(void) {
    shared->word = semget(IPC_PRIVATE, 1, 0600);
    if (shared->word < 0 || semctl(shared->word, 0, SETVAL, 1)) {
        die("semget");
    }
}
static void add_sysv(short n) {
    while (semop(shared->word, &(struct sembuf){0, n, SEM_UNDO}, 1)) {
        if (errno == EIDRM || errno == EINVAL) {
            pause(); /* dropped: this one is about to be dismissed */
        } else if (errno != EINTR) {
            die("semop");
        }
    }
}
static int take_sysv(void) {
    add_sysv(-1);
    return 0;
}
static void unlock_sysv(void) { add_sysv(1); }
static void drop_sysv(void) { semctl(shared->word, 0, IPC_RMID); }

/* As daemons and scripts do it: the file is there, and a process of the pid in it. */
static char pid_file[sizeof directory + 8];
static int pid_in_file(void) {
    int pid = 0;
    FILE *file = fopen(pid_file, "r");
    if (file) {
        if (fscanf(file, "%d", &pid) != 1) {
            pid = 0;
        }
        fclose(file);
    }
    return pid;
}
static void init_pid_file(void) {}
static int take_pid_file(void) {
    for (;;) {
        int fd = open(pid_file, O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd >= 0) {
            dprintf(fd, "%d\n", getpid());
            close(fd);
            return 0;
        }
        int pid = pid_in_file();
        if (pid > 0 && kill(pid, 0) && errno == ESRCH) {
            unlink(pid_file);
        } else {
            sleep_us(POLL_US);
        }
    }
}
static void unlock_pid_file(void) { unlink(pid_file); }

#define UNTOLD(id) \
    static int take_##id(void) { \
        lock_##id(); \
        return 0; \
    }
UNTOLD(pthread)
UNTOLD(semaphore)
UNTOLD(mcs_park)
static void drop_nothing(void) {}

static const struct rival {
    const char *name;
    void (*init)(void);
    int (*take)(void);
    void (*unlock)(void);
    void (*drop)(void);
} rivals[] = {
        {"c-robust", init_robust, take_robust, unlock_robust, drop_nothing},
        {"c-sysv", init_sysv, take_sysv, unlock_sysv, drop_sysv},
        {"c-pthread", init_pthread, take_pthread, unlock_pthread, drop_nothing},
        {"c-semaphore", init_semaphore, take_semaphore, unlock_semaphore, drop_nothing},
        {"c-mcs-park", init_mcs_park, take_mcs_park, unlock_mcs_park, drop_nothing},
        {"c-pid-file", init_pid_file, take_pid_file, unlock_pid_file, drop_nothing}};
static const struct rival *rival;

/* ---- What a member does; the same as KillBoard.java and RivalWorker.java. */

static void enter(void) {
    struct record *r = &board->records[me];
    r->state = WAITING;
    int told = rival->take();
    int64_t now = now_ns();
    int found = atomic_exchange(&board->inside, me + 1), torn = board->first != board->second;
    r->overlaps += found && found != board->victim;
    r->told += told;
    r->torn += torn;
    r->untold += torn && !told;
    board->second = board->first;
    if (!r->entered_ns) {
        r->entered_ns = now;
    }
    r->state = INSIDE;
}

static void half_write(void) { board->first++; }

static void leave(void) {
    struct record *r = &board->records[me];
    board->second = board->first;
    int mine = me + 1;
    r->overlaps += !atomic_compare_exchange_strong(&board->inside, &mine, 0);
    rival->unlock();
    r->passes++;
    r->state = DONE;
}

static void pass(void) {
    enter();
    half_write();
    sleep_us(HOLD_US);
    leave();
}

static void open_board(int fresh) {
    if (board) {
        rival->drop();
        munmap(board, sizeof *board);
    }
    char path[sizeof directory + 8];
    snprintf(path, sizeof path, "%s/board", directory);
    snprintf(pid_file, sizeof pid_file, "%s/pid", directory);
    int fd = open(path, O_RDWR);
    board = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED) {
        die(path);
    }
    close(fd);
    shared = &board->lock;
    nodes = board->nodes;
    if (fresh) {
        rival->init();
    }
    board->records[me].state = READY;
}

static void *work(void *unused) {
    char line[sizeof directory + 64];
    while (fgets(line, sizeof line, commands)) {
        int fresh;
        if (sscanf(line, "OPEN %d %d %1023s", &me, &fresh, directory) == 3) {
            open_board(fresh);
        } else if (!strcmp(line, "HOLD\n")) {
            enter();
            half_write();
        } else if (!strcmp(line, "RELEASE\n")) {
            leave();
        } else if (!strcmp(line, "PASS\n")) {
            pass();
        } else if (!strcmp(line, "LOOP\n")) {
            while (!board->stop) {
                pass();
                sleep_us(THINK_US);
            }
            board->records[me].state = READY;
        } else if (!strcmp(line, "LEAVE\n")) {
            enter();
            half_write();
            break; /* the end of this thread, not of the process */
        } else {
            errno = EINVAL;
            die(line);
        }
    }
    return unused;
}

/* The kernel gives the pid that was asked for, if it is free and the caller may. */
static int reuse(int pid) {
    uint64_t args[11] = {[4] = SIGCHLD, [8] = (uintptr_t) &pid, [9] = 1}; /* struct clone_args: exit_signal, set_tid */
    long child = syscall(435 /* clone3 */, args, sizeof args);
    if (child < 0) {
        return 1;
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) {
            pause();
        }
    }
    for (char c; read(0, &c, 1) > 0;) {
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "--reuse")) {
        return reuse(atoi(argv[2]));
    }
    for (size_t i = 0; argc == 2 && i < sizeof rivals / sizeof *rivals; i++) {
        if (!strcmp(rivals[i].name, argv[1])) {
            rival = &rivals[i];
        }
    }
    int ends[2];
    pthread_t worker;
    if (!rival || pipe(ends)) {
        fprintf(stderr, "usage: victims LOCK | --reuse PID\n");
        return 2;
    }
    commands = fdopen(ends[0], "r");
    check(pthread_create(&worker, NULL, work, NULL), "pthread_create");
    /* Here, and not where somebody may wait for ever: the end of the input must end this process. */
    char line[1200];
    while (fgets(line, sizeof line, stdin)) {
        if (write(ends[1], line, strlen(line)) < 0) {
            die("write");
        }
    }
    if (board) {
        rival->drop();
    }
    _exit(0);
}
