/* What pvlock-run says, to standard error and nowhere else, and the statuses with which it ends by itself. */
#ifndef RUN_SAY_H
#define RUN_SAY_H

/* Of sysexits.h, and of shells. 1, or -E, is for a lock that was not had in time, and for nothing else. */
enum status {
    STATUS_CONFLICT = 1,
    STATUS_USAGE = 64,
    STATUS_OWNER_DIED = 65,
    STATUS_REGION = 69,
    STATUS_SYSTEM = 71,
    STATUS_CANNOT_CREATE = 73,
    STATUS_CANNOT_EXECUTE = 126,
    STATUS_NOT_FOUND = 127
};

/* One line, "pvlock: ...", in one write. A reader that has gone does not end us: what we do matters more than what we say. */
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Says it, and ends with the status. */
_Noreturn __attribute__((format(printf, 2, 3))) void die(int status, const char *format, ...);

/* The same with a second line that names the help. */
_Noreturn __attribute__((format(printf, 1, 2))) void die_of_usage(const char *format, ...);

#endif
