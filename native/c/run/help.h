/* What pvlock-run says of itself. */
#ifndef RUN_HELP_H
#define RUN_HELP_H

/* To standard output, which is nobody else's yet; end with status 0, or 71 if it cannot be written. */
_Noreturn void help_print(void);
_Noreturn void help_print_version(void);

#endif
