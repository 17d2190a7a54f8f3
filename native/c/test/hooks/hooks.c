/* What hooks.h declares. */
#include "hooks.h"

#include <stdlib.h>

struct pvlock_hooks pvlock_hooks;
struct pvlock_tuning pvlock_tuning;
_Thread_local bool pvlock_hooks_stepping;
void (*pvlock_hooks_way_out)(void);

_Noreturn void pvlock_hooks_end(void) {
    if (pvlock_hooks_way_out) {
        pvlock_hooks_way_out();
    }
    abort();
}
