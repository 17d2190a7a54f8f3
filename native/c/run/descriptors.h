/* The descriptors of this process: the command shall have those that it would have without us, and one more. */
#ifndef RUN_DESCRIPTORS_H
#define RUN_DESCRIPTORS_H

#include <stddef.h>

/*
 * Where 0, 1 or 2 is closed, puts there what cannot be read or written and is closed on exec. Else the region would be opened
 * there, and the next message to standard error would be written into it.
 */
void descriptors_fill_standard(void);

/* A copy of `witness` that the command inherits: the lowest free number from 10 on, as shells do it, so that none that scripts name is taken; -1 and errno if there is none. */
int descriptors_inherit(int witness);

/* Closes all but those of `keep`, of which negative ones are none. */
void descriptors_close_others(const int *keep, size_t count);

#endif
