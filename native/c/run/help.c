#include "help.h"

#include "say.h"

#include <errno.h>
#include <pvlock.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static const char HELP[] =
    "Usage: pvlock run [OPTIONS] NAME [--] CMD [ARG...]\n"
    "       pvlock run [OPTIONS] NAME -c CMD\n"
    "Run a command while holding a lock; the region and the lock are made if they do not exist.\n"
    "\n"
    "The command runs as it would without pvlock: its arguments, environment, signals, process group, terminal and status are\n"
    "its own. Only one descriptor is added, the lowest free from 10 on: while it is open the lock is held, whatever happens to\n"
    "pvlock. If the command is killed, the next holder is told that an owner died; if it ends, with whatever status, nobody is.\n"
    "The lock is given back when the command ends, whatever that leaves running.\n"
    "\n"
    "  -n, --nonblock, --nb     do not wait\n"
    "  -w, --timeout, --wait SECS\n"
    "                           wait for so many seconds at most, such as 10 or 0.5\n"
    "  -E, --conflict-exit-code CODE\n"
    "                           status if the lock could not be had in time; default: 1\n"
    "  -c, --command CMD        run this by /bin/sh -c; also after NAME\n"
    "      --also NAME          take this lock, too; may be given several times. The order is the same for everybody\n"
    "  -o, --close              the command does not inherit the descriptor: then the lock is lost if pvlock is killed\n"
    "  -F, --no-fork            the process that was started becomes the command: the default outside containers where the\n"
    "                           kernel can tell how a process ended (Linux 6.15). Where it cannot, an end may be told as a death\n"
    "      --fork               the process that was started waits for the command, and passes on signals: the default elsewhere\n"
    "  -s, --shared             others may have the lock meanwhile, too, with -s: a read-write lock. A new name becomes one, a name\n"
    "                           that is a plain lock is an error\n"
    "  -x, -e, --exclusive      nobody else has the lock meanwhile: the default, for both kinds; a new name becomes a plain lock\n"
    "      --on-owner-died run|fail|accept\n"
    "                           after the death of a holder: run: say so, run the command, and if its status is 0 things are in\n"
    "                           order again (default); fail: do not run it, status 65; accept: things are in order, run it.\n"
    "                           With -s: a holder that had it alone; run: the command is alone, too, and its status changes nothing\n"
    "      --max-hold SECS      if the command runs longer than that:\n"
    "      --on-overrun warn|term|kill\n"
    "                           say so (default), or send it SIGTERM or SIGKILL\n"
    "      --env                add to the command's environment:\n"
    "                             PVLOCK_NAME        the name of the lock\n"
    "                             PVLOCK_TOKEN       a number greater than that of every earlier holder of it; not with -s\n"
    "                             PVLOCK_OWNER_DIED  1 if a holder died before and nobody has ended well since, else 0\n"
    "                             PVLOCK_WAITED_NS   how long it took to get the lock\n"
    "      --verbose            say how long it took to get the lock, and what is run; and at the end, if the\n"
    "                           region file was deleted or moved meanwhile, so that others may have had the lock\n"
    "\n"
    "  -f, --region FILE        the region file; default: $PVLOCK_REGION, else /dev/shm/pvlock-UID.pvl\n"
    "      --mode MODE          permissions of a region that is made, such as 0660, and those that one may have that is opened;\n"
    "                           default: 0600\n"
    "      --group GROUP        share the region with this group: --mode 0660, and it may belong to any member\n"
    "      --trust USER         also open a region that belongs to this user; may be given several times\n"
    "  -h, --help               this\n"
    "  -V, --version            the version\n"
    "\n"
    "Exit status: the command's, a death by signal included; or\n"
    "    1   the lock could not be had in time (or what -E says); nothing else has this status\n"
    "   64   wrong command line, a name of another kind, or this command is run under the same lock already\n"
    "   65   --on-owner-died fail, and an owner has died\n"
    "   69   region missing or unusable\n"
    "   71   a call of the system failed\n"
    "   73   region cannot be made\n"
    "  126   the command could not be started\n"
    "  127   the command was not found\n";

static const char VERSION[] = "pvlock-run " TEXT(PVLOCK_VERSION_MAJOR) "." TEXT(PVLOCK_VERSION_MINOR) "." TEXT(PVLOCK_VERSION_PATCH) "\n";

static _Noreturn void print(const char *text, size_t length) {
    if (write(STDOUT_FILENO, text, length) != (ssize_t) length) {
        die(STATUS_SYSTEM, "cannot write to standard output: %s", strerror(errno));
    }
    exit(0);
}

void help_print(void) {
    print(HELP, sizeof HELP - 1);
}

void help_print_version(void) {
    print(VERSION, sizeof VERSION - 1);
}
