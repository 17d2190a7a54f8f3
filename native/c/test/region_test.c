/* Opening, refusing, forks, slots of the dead, names. */
#include <sys/file.h>

#include "pvlock_layout.h"
#include "test.h"

static void expect(int outcome, const char *says) {
    pvlock_region *region;
    pvlock_options options = test_options();
    CHECK_IS(outcome, pvlock_open(test_path, &options, &region));
    CHECK(region == NULL);
    CHECK_SAYS(says);
}

static void remove_region(void) {
    CHECK(unlink(test_path) == 0 || errno == ENOENT);
}

static void make_region(void) {
    remove_region();
    CHECK_IS(PVLOCK_OK, pvlock_close(test_open()));
}

/* Makes a region and changes some bytes of it. */
static void damage(off_t at, const void *bytes, size_t length) {
    make_region();
    int fd = open(test_path, O_RDWR);
    CHECK(fd >= 0);
    CHECK_IS(length, pwrite(fd, bytes, length, at));
    close(fd);
}

/* The same bits that java.util.zip.CRC32C has: what Java wrote is refused for its version, not for its checksum. */
static uint32_t crc32c(const unsigned char *bytes, size_t length) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
        }
    }
    return ~crc;
}

/* As damage(), with a right checksum. */
static void change_header(off_t at, const void *bytes, size_t length) {
    unsigned char page[PVLOCK_HEADER_LENGTH];
    damage(at, bytes, length);
    int fd = open(test_path, O_RDWR);
    CHECK_IS(sizeof page, pread(fd, page, sizeof page, 0));
    uint32_t crc = crc32c(
        page + PVLOCK_HEADER_CHECKSUMMED_OFFSET, PVLOCK_HEADER_READY_OFFSET - PVLOCK_HEADER_CHECKSUMMED_OFFSET);
    CHECK_IS(4, pwrite(fd, &crc, 4, PVLOCK_HEADER_CHECKSUM_OFFSET));
    close(fd);
}

static void refusals(void) {
    uint32_t number = 7;
    uint64_t hash = 42;
    remove_region();
    int fd = open(test_path, O_RDWR | O_CREAT, 0600);
    expect(PVLOCK_CORRUPT, "is empty");
    CHECK_IS(11, write(fd, "hello world", 11));
    expect(PVLOCK_CORRUPT, "is not a region but some other file; it is left as it is, choose another path");
    close(fd);
    make_region();
    CHECK_IS(0, truncate(test_path, 100));
    expect(PVLOCK_CORRUPT, "is cut off in its header, after 100 bytes");
    make_region();
    CHECK_IS(0, truncate(test_path, 8192));
    expect(PVLOCK_CORRUPT, "is 8192 bytes long instead of");
    damage(PVLOCK_HEADER_MAX_LOCKS_OFFSET, &number, 4);
    expect(PVLOCK_CORRUPT, "has a damaged header");
    number = 0;
    damage(PVLOCK_HEADER_READY_OFFSET, &number, 4);
    expect(PVLOCK_CORRUPT, "was never completed: its creator, pid");
    number = 0x04030201;
    damage(PVLOCK_HEADER_BYTE_ORDER_OFFSET, &number, 4);
    expect(PVLOCK_INCOMPATIBLE, "comes from a machine of the other byte order");
    number = 2;
    change_header(PVLOCK_HEADER_VERSION_OFFSET, &number, 4);
    expect(PVLOCK_INCOMPATIBLE, "has format version 2, this program works with 1: the program is older than the region");
    change_header(PVLOCK_HEADER_LAYOUT_HASH_OFFSET, &hash, 8);
    expect(PVLOCK_INCOMPATIBLE, "has layout 000000000000002a, this program has");
    number = 0;
    change_header(PVLOCK_HEADER_MAX_VCPUS_OFFSET, &number, 4);
    expect(PVLOCK_CORRUPT, "has impossible capacities (max_vcpus=0, allowed are 1..16383)");
    number = 17;
    change_header(PVLOCK_HEADER_MAX_PROCESSES_OFFSET, &number, 4);
    number = 64;
    change_header(PVLOCK_HEADER_SECTION_TABLE_OFFSET, &number, 4);
    expect(PVLOCK_INCOMPATIBLE, "has its sections at other places than this program");
}

static void refused_files(void) {
    remove_region();
    CHECK_IS(0, mkdir(test_path, 0700));
    expect(PVLOCK_UNAVAILABLE, "is a directory; name a file");
    CHECK_IS(0, rmdir(test_path));
    CHECK_IS(0, mkfifo(test_path, 0600));
    expect(PVLOCK_UNAVAILABLE, "is not a regular file");
    make_region();
    CHECK_IS(0, chmod(test_path, 0666));
    expect(PVLOCK_UNAVAILABLE, "can be written by everybody (mode 0666");
    CHECK_IS(0, chmod(test_path, 0660));
    expect(PVLOCK_UNAVAILABLE, "can be written by gid");
    CHECK_IS(0, chmod(test_path, 0600));
    CHECK_IS(0, chmod(test_folder, 0777));
    expect(PVLOCK_UNAVAILABLE, "make the directory sticky (chmod +t)");
    CHECK_IS(0, chmod(test_folder, 0700));
    CHECK_IS(0, access("/dev/zero", R_OK));
    int fd = open(test_path, O_RDWR);
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 4096) == 0) {
        expect(PVLOCK_CORRUPT, "has a hole at byte 8192");
    }
    close(fd);
    pvlock_region *region;
    pvlock_options options = test_options();
    options.must_exist = true;
    remove_region();
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_open(test_path, &options, &region));
    CHECK_SAYS("does not exist; create it first");
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_open("/dev/shm/no-such-folder/region", &options, &region));
    CHECK_SAYS("directory /dev/shm/no-such-folder does not exist");
    options.max_vcpus = 0;
    CHECK_IS(PVLOCK_INVALID, pvlock_open(test_path, &options, &region));
    options = test_options();
    options.mode = 0400;
    CHECK_IS(PVLOCK_INVALID, pvlock_open(test_path, &options, &region));
    options.size = 1 << 20;
    CHECK_IS(PVLOCK_INVALID, pvlock_open(test_path, &options, &region));
}

static void paths(void) {
    char link[160];
    char round[200];
    make_region();
    snprintf(link, sizeof link, "%s/link", test_folder);
    CHECK_IS(0, symlink("region", link));
    pvlock_options options = test_options();
    pvlock_region *region;
    options.must_exist = true;
    CHECK_IS(PVLOCK_OK, pvlock_open(link, &options, &region));
    CHECK(strcmp(test_path, pvlock_path(region)) == 0);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    snprintf(round, sizeof round, "%s/../%s//./link", test_folder, strrchr(test_folder, '/') + 1);
    CHECK_IS(PVLOCK_OK, pvlock_open(round, &options, &region));
    CHECK(strcmp(test_path, pvlock_path(region)) == 0);
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    /* In a folder that everybody can write anybody could have put it, sticky or not. */
    CHECK_IS(0, chmod(test_folder, 01777));
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_open(link, &options, &region));
    CHECK_SAYS("is a symbolic link in a directory that everybody can write");
    CHECK_IS(PVLOCK_OK, pvlock_open(test_path, &options, &region));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    CHECK_IS(0, chmod(test_folder, 0700));
    CHECK_IS(0, unlink(link));
}

static void made_as_asked(void) {
    remove_region();
    mode_t before = umask(077);
    pvlock_options options = test_options();
    options.mode = 0640;
    pvlock_region *region;
    CHECK_IS(PVLOCK_OK, pvlock_open(test_path, &options, &region));
    umask(before);
    struct stat facts;
    CHECK_IS(0, stat(test_path, &facts));
    CHECK_IS(0640, facts.st_mode & 07777);
    CHECK_IS(1, facts.st_nlink); /* the temporary name is gone */
    size_t bytes;
    char *data = pvlock_data(region, &bytes);
    CHECK_IS(4096, bytes);
    data[0] = data[4095] = 1;
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- names */

static void names(void) {
    make_region();
    pvlock_region *region = test_open();
    pvlock_t *lock;
    char name[PVLOCK_NAME_MAX + 1];
    memset(name, 'x', sizeof name);
    CHECK_IS(PVLOCK_INVALID, pvlock_find(region, "", 0, NULL, &lock));
    CHECK_IS(PVLOCK_INVALID, pvlock_find(region, name, PVLOCK_NAME_MAX + 1, NULL, &lock));
    CHECK_IS(PVLOCK_OK, pvlock_find(region, name, PVLOCK_NAME_MAX, NULL, &lock));
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x92", 9, NULL, &lock));
    const char *bad[] = {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "a\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_IS(PVLOCK_INVALID, pvlock_find(region, bad[i], strlen(bad[i]), NULL, &lock));
        CHECK_SAYS("is no UTF-8");
    }
    pvlock_lock_options options = PVLOCK_LOCK_OPTIONS_INIT;
    options.must_exist = true;
    CHECK_IS(PVLOCK_NOT_FOUND, pvlock_find(region, "none", 4, &options, &lock));
    options.must_exist = false;
    options.policy = PVLOCK_FAIR;
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "fair", 4, &options, &lock));
    options.policy = PVLOCK_HYBRID;
    CHECK_IS(PVLOCK_INVALID, pvlock_find(region, "fair", 4, &options, &lock));
    CHECK_SAYS("exists with policy 2, not 1");
    options.policy = PVLOCK_ANY_POLICY;
    options.overtake_us = 1000;
    CHECK_IS(PVLOCK_INVALID, pvlock_find(region, "fair", 4, &options, &lock));
    CHECK_SAYS("exists with policy 2, which has no overtake_us, not with overtake_us=1000");
    CHECK(lock == NULL);
    /* Of a program that was built when there was no such option. */
    options.size = offsetof(pvlock_lock_options, overtake_us);
    CHECK_IS(PVLOCK_OK, pvlock_find(region, "fair", 4, &options, &lock));
    for (int i = 0; i < 13; i++) {
        snprintf(name, sizeof name, "lock %d", i);
        test_lock(region, name);
    }
    CHECK_IS(PVLOCK_FULL, pvlock_find(region, "one too many", 12, NULL, &lock));
    CHECK_SAYS("16 of 16 locks exist");
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- forks */

static void inherited_handles_are_dead(void *argument) {
    void **handles = argument;
    pvlock_region *region = handles[0];
    pvlock_vcpu *vcpu = handles[1];
    pvlock_t *lock = handles[2];
    pvlock_vcpu *attached;
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_unlock(lock, vcpu));
    CHECK_SAYS("of which this one is a fork");
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_lock(lock, vcpu));
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_trylock(lock, vcpu));
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_attach(region, &attached));
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_detach(vcpu));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    /* It opens the region anew. */
    region = test_open();
    vcpu = test_attach(region);
    CHECK_IS(PVLOCK_BUSY, pvlock_trylock(test_lock(region, "forked"), vcpu));
    CHECK_IS(PVLOCK_OK, pvlock_lock(test_lock(region, "free"), vcpu));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(test_lock(region, "free"), vcpu));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void forks(void) {
    make_region();
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "forked");
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    void *handles[] = {region, me, lock};
    test_join_child(test_fork(inherited_handles_are_dead, handles));
    CHECK(pvlock_is_held_by(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- slots */

static void die_with_a_lock(void *name) {
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    CHECK(pvlock_is_held(pvlock_lock(test_lock(region, name), me)));
    kill(getpid(), SIGKILL);
}

/* 16 slots, 40 dead: they are reclaimed when slots are short, and what they held is told. */
static void slots_of_the_dead_are_used_again(void) {
    make_region();
    char name[16];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "dead %d", i % 8);
        pid_t child = test_fork(die_with_a_lock, name);
        int status;
        CHECK_IS(child, waitpid(child, &status, 0));
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    for (int i = 0; i < 8; i++) {
        snprintf(name, sizeof name, "dead %d", i);
        pvlock_t *lock = test_lock(region, name);
        CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(lock, me));
        CHECK_IS(PVLOCK_OK, pvlock_consistent(lock, me));
        CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void *attach_and_end(void *region) {
    test_attach(region);
    return NULL;
}

static void threads_that_end_do_not_use_up_slots(void) {
    make_region();
    pvlock_region *region = test_open();
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        CHECK_IS(0, pthread_create(&thread, NULL, attach_and_end, region));
        CHECK_IS(0, pthread_join(thread, NULL));
    }
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void attach_twice(void) {
    make_region();
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    CHECK(me == test_attach(region));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    pvlock_t *lock = test_lock(region, "twice");
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_detach(me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

static void full_of_slots(void) {
    make_region();
    pvlock_region *region = test_open();
    pvlock_vcpu *vcpus[16];
    for (int i = 0; i < 16; i++) {
        CHECK_IS(PVLOCK_OK, pvlock_attach_borrowed(region, &vcpus[i]));
    }
    pvlock_vcpu *another;
    CHECK_IS(PVLOCK_FULL, pvlock_attach(region, &another));
    CHECK_SAYS("16 of 16 vCPU slots used");
    CHECK_IS(PVLOCK_OK, pvlock_detach(vcpus[3]));
    CHECK_IS(PVLOCK_OK, pvlock_attach(region, &another));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- the lock follows the work */

struct board {
    _Atomic int held;
    _Atomic int worker;
};

static struct board *board;

/* A wrapper that holds a lock for a command, which has its witness. */
static void wrap(void *argument) {
    (void) argument;
    pvlock_region *region = test_open();
    pvlock_vcpu *vcpu;
    CHECK_IS(PVLOCK_OK, pvlock_attach_borrowed(region, &vcpu));
    CHECK_IS(PVLOCK_OK, pvlock_lock(test_lock(region, "work"), vcpu));
    int witness = dup(pvlock_witness_fd(region));
    CHECK(witness >= 0);
    pid_t worker = fork();
    if (worker == 0) {
        alarm(WATCHDOG_S);
        atomic_store(&board->worker, getpid());
        for (;;) {
            pause();
        }
    }
    test_await(&board->worker, 1);
    atomic_store(&board->held, 1);
    for (;;) {
        pause();
    }
}

static void a_borrowed_slot_lives_as_long_as_its_witness(void) {
    make_region();
    pid_t wrapper = test_fork(wrap, NULL);
    test_await(&board->held, 1);
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "work");
    pvlock_owner_info owner;
    CHECK_IS(PVLOCK_OK, pvlock_owner(lock, &owner));
    CHECK(owner.borrowed && owner.alive);
    test_kill_child(wrapper);
    /* The wrapper is gone, the work goes on. */
    CHECK_IS(PVLOCK_TIMED_OUT, pvlock_timedlock_ns(lock, me, pvlock_now_ns() + 150000000));
    CHECK_IS(PVLOCK_OK, pvlock_owner(lock, &owner));
    CHECK(owner.alive);
    CHECK_IS(0, kill(board->worker, SIGKILL));
    CHECK_IS(PVLOCK_OWNER_DIED, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- the file's name */

static void a_file_that_loses_its_name(void) {
    make_region();
    pvlock_region *region = test_open();
    pvlock_vcpu *me = test_attach(region);
    pvlock_t *lock = test_lock(region, "lost");
    pvlock_t *other;
    CHECK_IS(PVLOCK_OK, pvlock_lock(lock, me));
    remove_region();
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_find(region, "other", 5, NULL, &other));
    CHECK_SAYS("lost its file while in use (deleted)");
    CHECK_IS(PVLOCK_OK, pvlock_unlock(lock, me));
    CHECK_IS(PVLOCK_UNAVAILABLE, pvlock_lock(lock, me));
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
}

/* ---- leftovers */

static void what_a_killed_creator_left_is_removed(void) {
    char temp[160];
    snprintf(temp, sizeof temp, "%s/.pvlock-1-1-abc.tmp", test_folder);
    remove_region();
    int fd = open(temp, O_RDWR | O_CREAT, 0600);
    CHECK(fd >= 0);
    make_region();
    CHECK(access(temp, F_OK) < 0);
    close(fd);
}

static void a_part_of_a_cluster(void) {
    remove_region();
    pvlock_region *region = test_open();
    test_lock(region, "pvlock/cluster");
    expect(PVLOCK_INCOMPATIBLE, "is one host's part of a cluster");
    CHECK_IS(PVLOCK_OK, pvlock_close(region));
    expect(PVLOCK_INCOMPATIBLE, "io.pvlock.cluster.ClusterRegion");
}

int main(void) {
    test_begin();
    board = test_shared(sizeof *board);
    refusals();
    refused_files();
    a_part_of_a_cluster();
    paths();
    made_as_asked();
    names();
    forks();
    slots_of_the_dead_are_used_again();
    threads_that_end_do_not_use_up_slots();
    attach_twice();
    full_of_slots();
    a_borrowed_slot_lives_as_long_as_its_witness();
    a_file_that_loses_its_name();
    what_a_killed_creator_left_is_removed();
    test_end();
    return 0;
}
