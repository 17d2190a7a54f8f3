/* The command line of pvlock-run. */
#ifndef RUN_ARGUMENTS_H
#define RUN_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Which process executes the command: see become.h and parent.h. */
enum form { FORM_AUTO, FORM_BECOME, FORM_PARENT };

enum on_owner_died { OWNER_DIED_RUN, OWNER_DIED_FAIL, OWNER_DIED_ACCEPT };

enum on_overrun { OVERRUN_WARN, OVERRUN_TERM, OVERRUN_KILL };

struct arguments {
    /* In the order given; the first one is NAME, the others --also. */
    const char **names;
    size_t name_count;
    /* Ends with NULL. */
    char **command;
    /* NULL: as the environment or the user id says. */
    const char *region;
    mode_t mode;
    gid_t group;
    uid_t *trusted;
    size_t trusted_count;
    /* For reading, with others; else alone. */
    bool shared;
    /* How long to wait for all locks together; INT64_MAX for ever. */
    int64_t patience_ns;
    int conflict_status;
    enum form form;
    /* -o: the command does not inherit the descriptor that keeps the lock. */
    bool keep_descriptor;
    bool tell_environment;
    bool verbose;
    enum on_owner_died on_owner_died;
    /* INT64_MAX: as long as it likes. */
    int64_t max_hold_ns;
    enum on_overrun on_overrun;
};

/* Reads the command line, or ends with a message. What it points to lives as long as argv. */
void arguments_read(int argc, char **argv, struct arguments *arguments);

#endif
