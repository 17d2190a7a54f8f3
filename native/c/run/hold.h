/* The locks that are held for the command. */
#ifndef RUN_HOLD_H
#define RUN_HOLD_H

#include "arguments.h"
#include "grip.h"

#include <pvlock.h>

struct held {
    const char *name;
    struct grip grip;
    bool owner_died;
};

struct hold {
    const struct arguments *arguments;
    pvlock_region *region;
    pvlock_vcpu *me;
    /* In the order in which they are taken. */
    struct held *locks;
    size_t count;
    /* Of the lock that is NAME; drawn when it was taken. 0 with -s. */
    int64_t token;
    int64_t waited_ns;
};

/* Opens the region, attaches and looks the locks up; ends with a message and a status of say.h if that cannot be. */
void hold_open(struct hold *hold, const struct arguments *arguments);

/*
 * Takes all of them. All signals are blocked; while there is need to wait, those of `mask` are. Ends with a message and a status if the
 * locks cannot be had in time, or never, and by the signal that came meanwhile.
 */
void hold_take(struct hold *hold, const sigset_t *mask);

/* The descriptor whose copies keep the locks. */
int hold_witness(const struct hold *hold);

/* The region's file: open, like the witness, as long as there is something to give back. */
int hold_file(const struct hold *hold);

/* Whether an owner of one of them died and the command has to put that in order. */
bool hold_owner_died(const struct hold *hold);

/*
 * Whether standard error is kept until the command has ended. Only then something can be said at the end; and only with options that ask
 * for words, since whoever reads to its end waits for us, too.
 */
bool hold_may_speak(const struct hold *hold);

/* What the command is told if it is to be told. */
void hold_tell_environment(const struct hold *hold);

/* In a process that was forked from the one that took them, and that acts for it from now on. */
void hold_adopt(struct hold *hold);

/* There is nothing to do until the command ends: what memory can be spared is given back. */
void hold_rest(struct hold *hold);

/* Tells the region's log, and the user if that may be, that the file has lost its name: others may have held the same locks. */
void hold_look_at_file(const struct hold *hold);

/* Gives all back in good order. `repaired`: what a dead owner left has been put in order. */
void hold_release(struct hold *hold, bool repaired);

/*
 * The command was killed: gives all up, so that the next holder is told of a death, whoever has copies of the witness. Whoever only reads leaves
 * nothing to be told.
 */
void hold_die(struct hold *hold);

#endif
