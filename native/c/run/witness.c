#include "witness.h"

#include "descriptors.h"
#include "quiet_fork.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Longer than it takes it to answer on any machine, unless it is stopped. */
#define PATIENCE_MS 10000

/* What is asked: for a signal, and whether it is to be taken away. */
struct question {
    int signal;
    bool take;
};

static bool answer(const struct question *question) {
    sigset_t signals;
    struct timespec now = {0, 0};
    if (!question->take) {
        sigpending(&signals);
        return sigismember(&signals, question->signal);
    }
    /* A realtime signal may be there several times; who asks does so once for each. */
    sigemptyset(&signals);
    sigaddset(&signals, question->signal);
    return sigtimedwait(&signals, NULL, &now) == question->signal;
}

static _Noreturn void testify(int socket) {
    prctl(PR_SET_NAME, "pvlock-witness");
    descriptors_close_others(&socket, 1);
    struct question question;
    while (recv(socket, &question, sizeof question, 0) == sizeof question) {
        bool is_so = answer(&question);
        if (send(socket, &is_so, sizeof is_so, MSG_NOSIGNAL) != sizeof is_so) {
            break;
        }
    }
    _exit(0);
}

bool witness_begin(struct witness *witness) {
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
        return false;
    }
    pid_t pid = quiet_fork();
    if (pid == 0) {
        testify(sockets[1]);
    }
    int error = errno;
    close(sockets[1]);
    if (pid < 0) {
        close(sockets[0]);
        errno = error;
        return false;
    }
    witness->pid = pid;
    witness->socket = sockets[0];
    return true;
}

static bool ask(struct witness *witness, int signal, bool take, bool otherwise) {
    struct question question = {.signal = signal, .take = take};
    struct pollfd answered = {.fd = witness->socket, .events = POLLIN};
    bool is_so;
    if (send(witness->socket, &question, sizeof question, MSG_NOSIGNAL) == sizeof question
            && poll(&answered, 1, PATIENCE_MS) == 1 && recv(witness->socket, &is_so, sizeof is_so, 0) == sizeof is_so) {
        return is_so;
    }
    witness_renew(witness);
    return otherwise;
}

bool witness_has(struct witness *witness, int signal, bool otherwise) {
    return ask(witness, signal, true, otherwise);
}

bool witness_keeps(struct witness *witness, int signal) {
    return ask(witness, signal, false, false);
}

void witness_renew(struct witness *witness) {
    witness_end(witness);
    if (!witness_begin(witness)) {
        /* Then signals are taken for what they look like. */
        witness->socket = -1;
        witness->pid = 0;
    }
}

void witness_end(struct witness *witness) {
    if (witness->socket >= 0) {
        close(witness->socket);
        witness->socket = -1;
    }
    if (witness->pid > 0) {
        kill(witness->pid, SIGKILL);
        waitpid(witness->pid, NULL, 0);
    }
}
