/* -s: a read-write lock, held for reading by several commands or for writing by one. */
#include "harness.h"

#include "surrogate.h"

#include <pvlock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- who holds "name", and whether it can be had */

static struct process start_probe(const struct words *line, pid_t *command) {
    struct process process = start(line, NULL);
    char text[64];
    int pid;
    read_line(process.out, text, sizeof text);
    if (sscanf(text, "ready %d", &pid) != 1) {
        fail(__FILE__, __LINE__, "the probe says '%s'", text);
    }
    *command = pid;
    return process;
}

static struct process hold_shared(pid_t *command) {
    struct words line = run_words("-s", "name", "--", probe_path, "defaults", NULL);
    return start_probe(&line, command);
}

/* "name" is a read-write lock. */
static void make(void) {
    struct words line = run_words("-s", "name", "true", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 0);
    CHECK_TEXT(result.err, "");
}

static void end(struct process *holder, pid_t command) {
    CHECK_INT(kill(command, SIGTERM), 0);
    finish(holder);
}

static int try_it(const char *how, const char *name) {
    struct words line = run_words(how, "-n", "-E", "55", name, "--", probe_path, "status", "0", NULL);
    int status = shell_status(run(&line, NULL).status);
    CHECK(status == 0 || status == 55);
    return status;
}

static bool can_read(void) {
    return try_it("-s", "name") == 0;
}

static bool can_write(void) {
    return try_it("-x", "name") == 0;
}

static struct process start_writer(void) {
    struct words line = run_words("name", "-c", "echo written", NULL);
    return start(&line, NULL);
}

static void await_written(struct process *writer) {
    char text[64];
    CHECK_TEXT(read_line(writer->out, text, sizeof text), "written");
    CHECK_TEXT(read_all(writer->err), "");
    CHECK_INT(shell_status(finish(writer)), 0);
}

/* ---- together, alone */

#define READERS 3

static void readers_together(void) {
    struct process readers[READERS];
    pid_t commands[READERS];
    for (int i = 0; i < READERS; i++) {
        readers[i] = hold_shared(&commands[i]);
    }
    CHECK(can_read());
    CHECK(!can_write());
    for (int i = 0; i < READERS; i++) {
        CHECK(!can_write());
        end(&readers[i], commands[i]);
    }
    AWAIT(can_write())
}

/* Nobody begins to read then, so that it gets its turn; who reads goes on. */
static void a_writer_waits(void) {
    struct process readers[READERS];
    pid_t commands[READERS];
    for (int i = 0; i < READERS; i++) {
        readers[i] = hold_shared(&commands[i]);
    }
    struct process writer = start_writer();
    AWAIT(!can_read())
    struct words line = run_words("-s", "name", "-c", "echo read", NULL);
    struct process late = start(&line, NULL);
    for (int i = 0; i < READERS; i++) {
        CHECK(state_of(commands[i]) != 0 && state_of(commands[i]) != 'Z');
        end(&readers[i], commands[i]);
    }
    await_written(&writer);
    char text[64];
    CHECK_TEXT(read_line(late.out, text, sizeof text), "read");
    CHECK_INT(shell_status(finish(&late)), 0);
}

static void writer_excludes(void) {
    make();
    pid_t command;
    struct process writer = hold_name(&command, NULL);
    CHECK(!can_read());
    CHECK(!can_write());
    struct words line = run_words("-s", "-w", "0.01", "-E", "55", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 55);
    line = run_words("-s", "-w", "0.01", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 1);
    line = run_words("-s", "name", "-c", "echo read", NULL);
    struct process reader = start(&line, NULL);
    end(&writer, command);
    CHECK_CONTAINS(read_all(reader.err), "died holding it");
    finish(&reader);
}

#define MANY 40

static void many_at_once(void) {
    make();
    /* A writer has the file while it writes. */
    struct words reads = run_words("-s", "name", "-c", "test ! -e alone && sleep 0.01 && test ! -e alone", NULL);
    struct words writes = run_words("name", "--", probe_path, "alone", "alone", NULL);
    struct process all[MANY];
    for (int i = 0; i < MANY; i++) {
        all[i] = start(i % 4 == 0 ? &writes : &reads, NULL);
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(shell_status(finish(&all[i])), 0);
    }
}

static void several_names(void) {
    struct words line = run_words("-s", "--also", "b", "--also", "c", "a", "--", probe_path, "defaults", NULL);
    pid_t command, another;
    struct process one = start_probe(&line, &command);
    struct process two = start_probe(&line, &another);
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        CHECK_INT(try_it("-x", names[i]), 55);
        CHECK_INT(try_it("-s", names[i]), 0);
    }
    end(&one, command);
    CHECK_INT(try_it("-x", "c"), 55);
    end(&two, another);
    for (int i = 0; i < 3; i++) {
        AWAIT(try_it("-x", names[i]) == 0)
    }
}

/* Whoever has seen the end of a command finds the lock free of it, also with -n. */
static void free_when_the_end_is_seen(void) {
    static const char *const hows[] = {"-s", "-x"};
    make();
    for (int round = 0; round < 100; round++) {
        struct words line = run_words(hows[round % 2], "name", "true", NULL);
        CHECK_INT(shell_status(run(&line, NULL).status), 0);
        CHECK_INT(try_it(hows[round / 2 % 2], "name"), 0);
    }
}

/* ---- which kind of lock it is */

static void plain_lock_is_refused(void) {
    struct words plain = run_words("name", "true", NULL);
    CHECK_INT(shell_status(run(&plain, NULL).status), 0);
    struct words line = run_words("-s", "name", "echo", "run", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 64);
    CHECK_TEXT(result.out, "");
    CHECK_CONTAINS(result.err, "lock 'name' exists as a plain lock, which nobody can share; use another name, or remove it by pvlock rm\n");
    line = run_words("-s", "--also", "name", "another", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 64);
    /* As in flock(1) the last one counts. */
    line = run_words("-s", "-x", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 0);
    line = run_words("-x", "-s", "name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 64);
}

static void other_object_is_refused(void) {
    pvlock_region *region;
    pvlock_semaphore *semaphore;
    CHECK_INT(pvlock_open(region_path, NULL, &region), PVLOCK_OK);
    CHECK_INT(pvlock_semaphore_find(region, "name", 4, 1, false, &semaphore), PVLOCK_OK);
    struct words line = run_words("-s", "name", "true", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 64);
    CHECK_CONTAINS(result.err, "'name' is a SEMAPHORE, not a READ_WRITE_LOCK");
    line = run_words("name", "true", NULL);
    CHECK_INT(shell_status(run(&line, NULL).status), 64);
}

/* ---- deaths */

/* That is no owner's death: what it has read is as it was. */
static void reader_killed(void) {
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        pid_t command, another;
        struct process reader = hold_shared(&command);
        struct process other = hold_shared(&another);
        struct process writer = start_writer();
        AWAIT(!can_read())
        CHECK_INT(kill(command, signals[i]), 0);
        CHECK_INT(shell_status(finish(&reader)), 128 + signals[i]);
        AWAIT(!can_read())
        CHECK_INT(kill(another, signals[i]), 0);
        finish(&other);
        await_written(&writer);
    }
}

/* Nobody is left to give it back but the kernel, which closes the descriptor of the command. */
static void reader_and_helper_killed(void) {
    pid_t command, helper;
    struct process reader = hold_shared(&command);
    if (forks) {
        helper = reader.pid;
    } else {
        AWAIT(helpers("pvlock-guard", &helper, 1) == 1)
    }
    CHECK_INT(kill(helper, SIGKILL), 0);
    pid_t none;
    AWAIT(forks || helpers("pvlock-guard", &none, 1) == 0)
    struct process writer = start_writer();
    AWAIT(!can_read())
    CHECK(state_of(command) == 'S');
    CHECK_INT(kill(command, SIGKILL), 0);
    await_written(&writer);
    finish(&reader);
}

static void waiting_writer_killed(void) {
    pid_t command;
    struct process reader = hold_shared(&command);
    struct process writer = start_writer();
    AWAIT(!can_read())
    CHECK_INT(kill(writer.pid, SIGKILL), 0);
    finish(&writer);
    AWAIT(can_read())
    writer = start_writer();
    AWAIT(!can_read())
    CHECK_INT(kill(writer.pid, SIGTERM), 0);
    CHECK_INT(shell_status(finish(&writer)), 128 + SIGTERM);
    AWAIT(can_read())
    end(&reader, command);
    AWAIT(can_write())
}

static void die_writing(void) {
    make();
    pid_t command;
    struct process writer = hold_name(&command, NULL);
    CHECK_INT(kill(command, SIGKILL), 0);
    finish(&writer);
    await_free();
}

static struct result after_death(const char *how, const char *what, const char *status) {
    struct words line = run_words(
            how, "--env", "--on-owner-died", what, "name", "--", "/bin/sh", "-c", "echo $PVLOCK_OWNER_DIED; exit $1", "sh", status, NULL);
    return run(&line, NULL);
}

/* Readers are alone until somebody who writes has ended well. */
static void writer_died_run(void) {
    die_writing();
    struct result result = after_death("-s", "run", "0");
    CHECK_TEXT(result.out, "1\n");
    CHECK_INT(shell_status(result.status), 0);
    CHECK_CONTAINS(result.err, "died holding it; the command runs alone, and who writes is to put things in order");
    struct words line = run_words("-s", "name", "--", probe_path, "defaults", NULL);
    pid_t command;
    struct process reader = start_probe(&line, &command);
    CHECK(!can_read());
    end(&reader, command);
    AWAIT(can_read())
    CHECK_TEXT(after_death("-s", "run", "0").out, "1\n");
    CHECK_TEXT(after_death("-x", "run", "3").out, "1\n");
    CHECK_TEXT(after_death("-s", "run", "0").out, "1\n");
    CHECK_TEXT(after_death("-x", "run", "0").out, "1\n");
    result = after_death("-s", "run", "0");
    CHECK_TEXT(result.out, "0\n");
    CHECK_TEXT(result.err, "");
}

static void writer_died_fail(void) {
    die_writing();
    for (int i = 0; i < 2; i++) {
        struct result result = after_death("-s", "fail", "0");
        CHECK_TEXT(result.out, "");
        CHECK_INT(shell_status(result.status), 65);
        CHECK_CONTAINS(result.err, "died holding it; the command is not run");
    }
    CHECK_TEXT(after_death("-x", "run", "0").out, "1\n");
    CHECK_INT(shell_status(after_death("-s", "fail", "4").status), 4);
}

/* With others again, at once. */
static void writer_died_accept(void) {
    die_writing();
    struct words line = run_words("-s", "--on-owner-died", "accept", "name", "--", probe_path, "defaults", NULL);
    pid_t command;
    struct process reader = start_probe(&line, &command);
    char text[256];
    CHECK_CONTAINS(read_line(reader.err, text, sizeof text), "died holding it; that is accepted");
    CHECK(can_read());
    CHECK(!can_write());
    end(&reader, command);
    AWAIT(can_write())
    CHECK_TEXT(after_death("-s", "run", "0").out, "0\n");
}

/* ---- held already */

static struct words nested(const char *how, const char *inner) {
    char *command;
    CHECK(asprintf(&command, "'%s' -f '%s' %s %s name true; echo $?", run_path, region_path, form, inner) > 0);
    return run_words(how, "name", "-c", command, NULL);
}

static void held_already(void) {
    static const char *const hows[] = {"-s", "-x"};
    make();
    for (int outer = 0; outer < 2; outer++) {
        for (int inner = 0; inner < 2; inner++) {
            struct words line = nested(hows[outer], hows[inner]);
            struct result result = run(&line, NULL);
            CHECK_TEXT(result.out, "64\n");
            CHECK_CONTAINS(result.err, "lock 'name' is held for this command already");
        }
    }
}

/* The one within would wait for the writer, and that for the one around it. */
static void held_already_and_a_writer_waits(void) {
    char *command;
    CHECK(asprintf(&command, "read -r line; '%s' -f '%s' %s -s name true; echo $?", run_path, region_path, form) > 0);
    make();
    struct words line = run_words("-s", "name", "-c", command, NULL);
    struct process reader = start(&line, NULL);
    AWAIT(!can_write())
    struct process writer = start_writer();
    AWAIT(!can_read())
    CHECK(write(reader.in, "\n", 1) == 1);
    char text[64];
    CHECK_TEXT(read_line(reader.out, text, sizeof text), "64");
    finish(&reader);
    await_written(&writer);
}

/* Another reader's is no hindrance within another lock. */
static void held_by_another(void) {
    pid_t command;
    struct process reader = hold_shared(&command);
    char *inner;
    CHECK(asprintf(&inner, "'%s' -f '%s' -n -s name true; echo $?; '%s' -f '%s' -n -E 55 name true; echo $?",
            run_path, region_path, run_path, region_path) > 0);
    struct words line = run_words("another", "-c", inner, NULL);
    CHECK_TEXT(run(&line, NULL).out, "0\n55\n");
    end(&reader, command);
}

/* ---- too long, told, seen */

static void overrun(void) {
    struct words line = run_words("-s", "--max-hold", "0", "--on-overrun", "kill", "name", "sleep", "600", NULL);
    struct result result = run(&line, NULL);
    CHECK_INT(shell_status(result.status), 128 + SIGKILL);
    CHECK_CONTAINS(result.err, "has held lock 'name' for more than 0.000 seconds; SIGKILL is sent");
    CHECK(!is_death_told());
}

static long token(void) {
    struct words line = run_words("--env", "name", "-c", "echo $PVLOCK_TOKEN", NULL);
    return atol(run(&line, NULL).out);
}

static void set_token(void) {
    setenv("PVLOCK_TOKEN", "1", 1);
}

/* A reader has none: what it guards, it does not change. */
static void tokens(void) {
    make();
    long first = token();
    struct words line = run_words("--env", "-s", "name", "-c", "echo $PVLOCK_NAME ${PVLOCK_TOKEN-none} $PVLOCK_OWNER_DIED", NULL);
    CHECK_TEXT(run(&line, set_token).out, "name none 0\n");
    CHECK(first > 0);
    CHECK(token() > first);
}

static void is_seen(void) {
    pid_t command;
    struct process reader = hold_shared(&command);
    pvlock_region *region;
    pvlock_rwlock *rwlock;
    struct pv_process process;
    CHECK_INT(pvlock_open(region_path, NULL, &region), PVLOCK_OK);
    CHECK_INT(pvlock_rwlock_find(region, "name", 4, NULL, &rwlock), PVLOCK_OK);
    int slot = 0;
    CHECK(pv_reader(rwlock, &slot, &process));
    CHECK_INT(process.pid, reader.pid);
    CHECK(process.borrowed);
    char text[PVLOCK_COMMAND_MAX + 1], wanted[PVLOCK_COMMAND_MAX + 1];
    uint32_t at = region->core.processes_at + process.index * PVLOCK_PROCESS_LENGTH + PVLOCK_PROCESS_COMMAND_LENGTH_OFFSET;
    pv_get_text(region->core.base, at, PVLOCK_PROCESS_COMMAND_MAX_BYTES, text);
    snprintf(wanted, sizeof wanted, "%s defaults", probe_path);
    CHECK_TEXT(text, wanted);
    CHECK(!pv_reader(rwlock, &slot, &process));
    end(&reader, command);
}

/* ---- as flock(1) has it */

static void as_flock(void) {
    if (access("/usr/bin/flock", X_OK) != 0) {
        skip("there is no flock(1)");
    }
    struct words readers[] = {
        words("/usr/bin/flock", "-s", "file", probe_path, "defaults", NULL),
        run_words("-s", "name", "--", probe_path, "defaults", NULL),
    };
    static const char *const hows[] = {"-s", "-x", "-sx", "-xs", "-e", ""};
    char said[2][256] = {"", ""};
    for (int which = 0; which < 2; which++) {
        struct process holders[2];
        pid_t commands[2];
        for (int i = 0; i < 2; i++) {
            holders[i] = start_probe(&readers[which], &commands[i]);
        }
        for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
            char *command;
            CHECK(which == 0 ? asprintf(&command, "/usr/bin/flock -n -E 55 %s file true; echo $?", hows[i]) > 0
                             : asprintf(&command, "'%s' -f '%s' %s -n -E 55 %s name true; echo $?", run_path, region_path, form, hows[i]) > 0);
            struct words line = words("/bin/sh", "-c", command, NULL);
            strcat(said[which], run(&line, NULL).out);
        }
        for (int i = 0; i < 2; i++) {
            end(&holders[i], commands[i]);
        }
    }
    CHECK_TEXT(said[0], "0\n55\n55\n0\n55\n55\n");
    CHECK_TEXT(said[1], said[0]);
}

static const struct test tests[] = {
    {"readers_together", readers_together},
    {"a_writer_waits", a_writer_waits},
    {"writer_excludes", writer_excludes},
    {"many_at_once", many_at_once},
    {"several_names", several_names},
    {"free_when_the_end_is_seen", free_when_the_end_is_seen},
    {"plain_lock_is_refused", plain_lock_is_refused},
    {"other_object_is_refused", other_object_is_refused},
    {"reader_killed", reader_killed},
    {"reader_and_helper_killed", reader_and_helper_killed},
    {"waiting_writer_killed", waiting_writer_killed},
    {"writer_died_run", writer_died_run},
    {"writer_died_fail", writer_died_fail},
    {"writer_died_accept", writer_died_accept},
    {"held_already", held_already},
    {"held_already_and_a_writer_waits", held_already_and_a_writer_waits},
    {"held_by_another", held_by_another},
    {"overrun", overrun},
    {"tokens", tokens},
    {"is_seen", is_seen},
    {"as_flock", as_flock},
};

TESTS_MAIN(tests)
