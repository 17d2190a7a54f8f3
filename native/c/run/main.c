/* pvlock-run: flock(1) with a lock of pvlock. What it promises is in help.c; how it keeps it, in become.h and parent.h. */
#include "arguments.h"
#include "become.h"
#include "descriptors.h"
#include "hold.h"
#include "parent.h"
#include "say.h"
#include "signals.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* The command as --verbose shows it. */
static void say_command(char *const *words) {
    size_t room = 1;
    for (char *const *word = words; *word != NULL; word++) {
        room += strlen(*word) + 1;
    }
    char *text = malloc(room);
    if (text != NULL) {
        text_of_command(words, text, room);
        say("executing %s", text);
        free(text);
    }
}

int main(int argc, char **argv) {
    struct arguments arguments;
    struct hold hold;
    sigset_t mask;
    descriptors_fill_standard();
    arguments_read(argc, argv, &arguments);
    hold_open(&hold, &arguments);
    signals_block(&mask);
    hold_take(&hold, &mask);
    if (arguments.verbose) {
        say_command(arguments.command);
    }
    bool becomes = arguments.form == FORM_BECOME || (arguments.form == FORM_AUTO && become_is_exact());
    if (becomes) {
        become(&hold, &mask);
    }
    parent(&hold, &mask);
}
