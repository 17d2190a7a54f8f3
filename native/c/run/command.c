#include "command.h"

#include "say.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void command_execute(const struct hold *hold, const sigset_t *mask, volatile bool *executing) {
    char **words = hold->arguments->command;
    if (hold->arguments->tell_environment) {
        hold_tell_environment(hold);
    }
    /* A signal that came meanwhile may end us here. Then there never was a command. */
    sigprocmask(SIG_SETMASK, mask, NULL);
    *executing = true;
    execvp(words[0], words);
    *executing = false;
    die(errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE, "cannot run %s: %s", words[0], strerror(errno));
}

void command_ended(struct hold *hold, int status) {
    hold_look_at_file(hold);
    if (WIFEXITED(status)) {
        hold_release(hold, WEXITSTATUS(status) == 0);
    } else {
        hold_die(hold);
    }
}
