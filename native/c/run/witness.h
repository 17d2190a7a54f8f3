/*
 * Tells whether a signal was sent to our whole process group or to us alone. kill(-group) and kill(us) look alike to who gets them.
 * So there is a process in our group that nobody knows, with all signals blocked, the witness: what is sent to the group is
 * pending there as well. The kernel goes through a group beginning with its youngest member, and the witness is younger than we
 * are: when we see a signal of the group, the witness has it already.
 */
#ifndef RUN_WITNESS_H
#define RUN_WITNESS_H

#include <stdbool.h>
#include <sys/types.h>

struct witness {
    pid_t pid;
    /* Our end of a pair of sockets; it ends when we do. */
    int socket;
};

/* All signals are blocked. False and errno if there can be none. */
bool witness_begin(struct witness *witness);

/* Whether it has `signal`, too; it has it no longer. If it does not answer, another one is made, and `otherwise` returned. */
bool witness_has(struct witness *witness, int signal, bool otherwise);

/* Whether `signal` is pending there, and stays so. */
bool witness_keeps(struct witness *witness, int signal);

/* It was killed: another one is made. */
void witness_renew(struct witness *witness);

void witness_end(struct witness *witness);

#endif
