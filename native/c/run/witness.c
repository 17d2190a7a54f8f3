#include "witness.h"

#include "descriptors.h"

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

static _Noreturn void testify(int socket) {
    prctl(PR_SET_NAME, "pvlock-witness");
    descriptors_close_others(&socket, 1);
    unsigned char signal;
    while (recv(socket, &signal, 1, 0) == 1) {
        sigset_t only;
        struct timespec now = {0, 0};
        unsigned char had = 0;
        sigemptyset(&only);
        sigaddset(&only, signal);
        /* A realtime signal may be there several times; who asks does so once for each. */
        had = sigtimedwait(&only, NULL, &now) == signal;
        if (send(socket, &had, 1, MSG_NOSIGNAL) != 1) {
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
    pid_t pid = _Fork();
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

bool witness_has(struct witness *witness, int signal, bool otherwise) {
    unsigned char byte = (unsigned char) signal;
    struct pollfd answer = {.fd = witness->socket, .events = POLLIN};
    if (send(witness->socket, &byte, 1, MSG_NOSIGNAL) == 1 && poll(&answer, 1, PATIENCE_MS) == 1
            && recv(witness->socket, &byte, 1, 0) == 1) {
        return byte != 0;
    }
    witness_renew(witness);
    return otherwise;
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
    if (witness->pid > 0) {
        close(witness->socket);
        kill(witness->pid, SIGKILL);
        waitpid(witness->pid, NULL, 0);
    }
}
