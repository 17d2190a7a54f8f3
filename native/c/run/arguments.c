#include "arguments.h"

#include "help.h"
#include "number.h"
#include "say.h"
#include "text.h"

#include <getopt.h>
#include <grp.h>
#include <pvlock.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MODE 0600
#define GROUP_TOO 0060
#define SHELL "/bin/sh"

/* Options without a letter. */
enum {
    OPTION_MODE = 256,
    OPTION_GROUP,
    OPTION_TRUST,
    OPTION_ALSO,
    OPTION_ENV,
    OPTION_FORK,
    OPTION_VERBOSE,
    OPTION_ON_OWNER_DIED,
    OPTION_MAX_HOLD,
    OPTION_ON_OVERRUN
};

/* "+": what follows the name is another program's command line. ":": messages are ours, in one language. */
static const char LETTERS[] = "+:f:nw:E:c:oFsexuhV";

static const struct option LONG[] = {
    {"region", required_argument, NULL, 'f'},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"trust", required_argument, NULL, OPTION_TRUST},
    {"nb", no_argument, NULL, 'n'},
    {"nonblock", no_argument, NULL, 'n'},
    {"wait", required_argument, NULL, 'w'},
    {"timeout", required_argument, NULL, 'w'},
    {"conflict-exit-code", required_argument, NULL, 'E'},
    {"command", required_argument, NULL, 'c'},
    {"close", no_argument, NULL, 'o'},
    {"no-fork", no_argument, NULL, 'F'},
    {"fork", no_argument, NULL, OPTION_FORK},
    {"shared", no_argument, NULL, 's'},
    {"exclusive", no_argument, NULL, 'x'},
    {"unlock", no_argument, NULL, 'u'},
    {"also", required_argument, NULL, OPTION_ALSO},
    {"env", no_argument, NULL, OPTION_ENV},
    {"verbose", no_argument, NULL, OPTION_VERBOSE},
    {"on-owner-died", required_argument, NULL, OPTION_ON_OWNER_DIED},
    {"max-hold", required_argument, NULL, OPTION_MAX_HOLD},
    {"on-overrun", required_argument, NULL, OPTION_ON_OVERRUN},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* While the line is read. */
struct reading {
    struct arguments *to;
    bool nonblock;
    bool mode_given;
    const char *shell_command;
};

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        die(STATUS_SYSTEM, "out of memory");
    }
    return memory;
}

static int64_t seconds(const char *option, const char *text) {
    int64_t ns;
    if (!number_seconds(text, &ns)) {
        die_of_usage(
                "%s=%s: wanted are seconds from 0 to %d, in digits and with a point at most, such as 10 or 0.5",
                option,
                text,
                NUMBER_MAX_SECONDS);
    }
    return ns;
}

static int choice(const char *option, const char *text, const char *const *words) {
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(text, words[i]) == 0) {
            return i;
        }
    }
    die_of_usage("%s=%s: allowed are %s, %s and %s", option, text, words[0], words[1], words[2]);
}

static mode_t mode(const char *text) {
    uint32_t bits = 0;
    size_t digits = strspn(text, "01234567");
    if (digits != strlen(text) || digits < 3 || digits > 4 || (digits == 4 && text[0] != '0')) {
        die_of_usage("--mode=%s: wanted is a mode such as 0600 or 0660", text);
    }
    for (const char *at = text; *at != '\0'; at++) {
        bits = bits * 8 + (uint32_t) (*at - '0');
    }
    if ((bits & DEFAULT_MODE) != DEFAULT_MODE) {
        die_of_usage("--mode=%s: the owner must be able to read and to write", text);
    }
    return bits;
}

static gid_t group(const char *text) {
    uint32_t number;
    if (number_whole(text, UINT32_MAX - 1, &number)) {
        return number;
    }
    struct group *entry = getgrnam(text);
    if (entry == NULL) {
        die_of_usage("--group=%s: no such group", text);
    }
    return entry->gr_gid;
}

static uid_t user(const char *text) {
    uint32_t number;
    if (number_whole(text, UINT32_MAX - 1, &number)) {
        return number;
    }
    struct passwd *entry = getpwnam(text);
    if (entry == NULL) {
        die_of_usage("--trust=%s: no such user", text);
    }
    return entry->pw_uid;
}

static int conflict_status(const char *text) {
    uint32_t status;
    if (!number_whole(text, 255, &status)) {
        die_of_usage("-E=%s: allowed are 0 to 255", text);
    }
    return (int) status;
}

static void check_name(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > PVLOCK_NAME_MAX) {
        die_of_usage(
                "lock name '%s' has %zu bytes, allowed are 1 to %d", name, length, PVLOCK_NAME_MAX);
    }
    if (!text_is_utf8(name, length)) {
        char shown[PVLOCK_NAME_MAX + 1];
        text_of_command((char *const[]){(char *) name, NULL}, shown, sizeof shown);
        die_of_usage("lock name '%s' is not UTF-8 (each ? is a byte that is none), whatever the locale is", shown);
    }
}

static void add_name(struct arguments *arguments, const char *name) {
    check_name(name);
    for (size_t i = 0; i < arguments->name_count; i++) {
        if (strcmp(arguments->names[i], name) == 0) {
            die_of_usage("lock '%s' is named twice", name);
        }
    }
    arguments->names[arguments->name_count++] = name;
}

static void read_option(struct reading *reading, int option, char **argv) {
    static const char *const on_owner_died[] = {"run", "fail", "accept", NULL};
    static const char *const on_overrun[] = {"warn", "term", "kill", NULL};
    struct arguments *to = reading->to;
    switch (option) {
    case 'f': to->region = optarg; break;
    case OPTION_MODE: to->mode = mode(optarg); reading->mode_given = true; break;
    case OPTION_GROUP: to->group = group(optarg); break;
    case OPTION_TRUST: to->trusted[to->trusted_count++] = user(optarg); break;
    case 'n': reading->nonblock = true; break;
    case 'w': to->patience_ns = seconds("-w", optarg); break;
    case 'E': to->conflict_status = conflict_status(optarg); break;
    case 'c': reading->shell_command = optarg; break;
    case 'o': to->keep_descriptor = true; break;
    case 'F': to->form = FORM_BECOME; break;
    case OPTION_FORK: to->form = FORM_PARENT; break;
    case 'e':
    case 'x': to->shared = false; break;
    case 's': to->shared = true; break;
    case 'u':
        die_of_usage("-u has nothing to unlock: a lock is held while its command runs, and given back when that ends");
    case OPTION_ALSO: add_name(to, optarg); break;
    case OPTION_ENV: to->tell_environment = true; break;
    case OPTION_VERBOSE: to->verbose = true; break;
    case OPTION_ON_OWNER_DIED: to->on_owner_died = (enum on_owner_died) choice("--on-owner-died", optarg, on_owner_died); break;
    case OPTION_MAX_HOLD: to->max_hold_ns = seconds("--max-hold", optarg); break;
    case OPTION_ON_OVERRUN: to->on_overrun = (enum on_overrun) choice("--on-overrun", optarg, on_overrun); break;
    case 'h': help_print(); break;
    case 'V': help_print_version(); break;
    case ':': die_of_usage("%s needs a value", argv[optind - 1]);
    default:
        if (optopt > 0 && optopt < 256 && strncmp(argv[optind - 1], "--", 2) != 0) {
            die_of_usage("unknown option '-%c'", optopt);
        }
        die_of_usage("unknown option '%s', or it takes no value", argv[optind - 1]);
    }
}

static bool is_number(const char *text) {
    uint32_t number;
    return number_whole(text, UINT32_MAX, &number);
}

/* argv[optind] and on: NAME, and a command in one of its three forms. */
static void read_operands(struct reading *reading, int argc, char **argv) {
    struct arguments *to = reading->to;
    if (optind == argc) {
        die_of_usage("the name of the lock is missing");
    }
    const char *name = argv[optind++];
    bool is_shell = argc - optind == 2 && (strcmp(argv[optind], "-c") == 0 || strcmp(argv[optind], "--command") == 0);
    if (reading->shell_command == NULL && is_shell) {
        reading->shell_command = argv[optind + 1];
        optind = argc;
    }
    if (optind < argc && strcmp(argv[optind], "--") == 0) {
        optind++;
    }
    bool words = optind < argc;
    if (!words && reading->shell_command == NULL) {
        die_of_usage(
                "a command is missing: pvlock run NAME -- CMD..., or pvlock run NAME -c CMD%s",
                is_number(name) ? "; a descriptor, as flock(1) has it, cannot hold a lock of pvlock: that belongs to a process that lives,"
                                  " so let it run what shall be under the lock"
                                : "");
    }
    if (words && reading->shell_command != NULL) {
        die_of_usage("two commands: -c '%s', and '%s'", reading->shell_command, argv[optind]);
    }
    add_name(to, name);
    /* What was given as NAME is the first. */
    memmove(to->names + 1, to->names, (to->name_count - 1) * sizeof *to->names);
    to->names[0] = name;
    if (words) {
        to->command = argv + optind;
    } else {
        to->command = allocate(4, sizeof *to->command);
        to->command[0] = SHELL;
        to->command[1] = "-c";
        to->command[2] = (char *) reading->shell_command;
    }
}

void arguments_read(int argc, char **argv, struct arguments *arguments) {
    *arguments = (struct arguments) {
        .names = allocate((size_t) argc, sizeof *arguments->names),
        .trusted = allocate((size_t) argc, sizeof *arguments->trusted),
        .mode = DEFAULT_MODE,
        .group = PVLOCK_NO_GROUP,
        .patience_ns = INT64_MAX,
        .conflict_status = STATUS_CONFLICT,
        .max_hold_ns = INT64_MAX,
    };
    struct reading reading = {.to = arguments};
    opterr = 0;
    int option;
    while ((option = getopt_long(argc, argv, LETTERS, LONG, NULL)) != -1) {
        read_option(&reading, option, argv);
    }
    if (reading.nonblock) {
        arguments->patience_ns = 0;
    }
    if (arguments->group != PVLOCK_NO_GROUP && !reading.mode_given) {
        arguments->mode |= GROUP_TOO;
    }
    read_operands(&reading, argc, argv);
}
