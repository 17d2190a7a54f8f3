/*
 * Finds the region's file, decides whether it is to be trusted, and maps it: io.pvlock.internal.file.PathWalk,
 * FileTrust, RegionFile.
 *
 * Whoever can write the file can do anything to the processes that lock in it, because libc follows pointers there.
 * What is decided about, read and mapped is one open file, whatever happens to its name meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "region.h"

#define MAX_LINKS 40
/* How often the file may vanish again between its creation and its opening. */
#define MAX_ATTEMPTS 100
/* Instead of an outcome: there is no file. */
#define MISSING (-1)

static bool others_may_write(mode_t mode) {
    return (mode & S_IWOTH) != 0;
}

/* ---- the path */

/* Takes the first name out of rest; false if there is none. */
static bool next_name(char *rest, char *name) {
    size_t begin = strspn(rest, "/");
    size_t length = strcspn(rest + begin, "/");
    if (length > NAME_MAX + 1) {
        length = NAME_MAX + 1; /* no file has such a name: the kernel says so */
    }
    memcpy(name, rest + begin, length);
    name[length] = '\0';
    memmove(rest, rest + begin + length, strlen(rest + begin + length) + 1);
    return length > 0;
}

static int check_folder(const char *asked, const char *folder, mode_t trusted, mode_t *mode) {
    struct stat facts;
    if (lstat(folder, &facts) < 0) {
        int error = errno;
        if (error == ENOENT) {
            return pv_fail(PVLOCK_UNAVAILABLE, "cannot find region %s: directory %s does not exist", asked, folder);
        }
        return pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot find region %s at %s", asked, folder);
    }
    if (!S_ISDIR(facts.st_mode)) {
        return pv_fail(PVLOCK_UNAVAILABLE, "cannot find region %s: %s is not a directory", asked, folder);
    }
    *mode = facts.st_mode;
    if (others_may_write(facts.st_mode) && (facts.st_mode & S_ISVTX) == 0 && !others_may_write(trusted)) {
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "region %s is not used: directory %s can be written by everybody (mode 0%o): anybody could put another file there; take that"
            " right away (chmod o-w), make the directory sticky (chmod +t), or choose another",
            asked, folder, (unsigned) facts.st_mode & 07777);
    }
    return PVLOCK_OK;
}

/* Puts what the link says before rest, and goes back to where it is read from. */
static int follow(const char *asked, const char *link, char *at, char *rest, int *links) {
    char target[PATH_MAX];
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot find region %s at %s", asked, link);
    }
    target[length] = '\0';
    if (++*links > MAX_LINKS || (size_t) length + strlen(rest) + 2 > PATH_MAX) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, ELOOP, "cannot find region %s", asked);
    }
    memmove(rest + length, rest, strlen(rest) + 1);
    memcpy(rest, target, (size_t) length);
    if (target[0] == '/') {
        strcpy(at, "/");
    }
    return PVLOCK_OK;
}

/* Enters one name from the folder at: a link is followed unless anybody could have put it there. */
static int step(const char *asked, char *at, const char *name, char *rest, mode_t trusted, int *links) {
    if (strcmp(name, ".") == 0) {
        return PVLOCK_OK;
    }
    if (strcmp(name, "..") == 0) {
        char *slash = strrchr(at, '/');
        slash[slash == at] = '\0';
        return PVLOCK_OK;
    }
    mode_t mode = 0;
    int outcome = check_folder(asked, at, trusted, &mode);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    char next[PATH_MAX];
    if (snprintf(next, sizeof next, "%s/%s", strcmp(at, "/") == 0 ? "" : at, name) >= (int) sizeof next) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, ENAMETOOLONG, "cannot find region %s", asked);
    }
    struct stat facts;
    if (lstat(next, &facts) == 0 && S_ISLNK(facts.st_mode)) {
        if (others_may_write(mode)) {
            return pv_fail(
                PVLOCK_UNAVAILABLE,
                "region %s is not used: %s is a symbolic link in a directory that everybody can write (mode 0%o), where anybody could"
                " have put it; name the file itself",
                asked, next, (unsigned) mode & 07777);
        }
        return follow(asked, next, at, rest, links);
    }
    strcpy(at, next);
    return PVLOCK_OK;
}

/* The file that a path means, absolute, without links; only the last name may be missing. */
static int resolve(const char *path, mode_t trusted, char *at) {
    char rest[2 * PATH_MAX];
    char name[NAME_MAX + 2];
    rest[0] = '\0';
    if (path[0] != '/' && getcwd(rest, PATH_MAX) == NULL) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot find region %s", path);
    }
    if (path[0] == '\0' || strlen(path) >= PATH_MAX) {
        int error = path[0] == '\0' ? ENOENT : ENAMETOOLONG;
        return pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot find region '%s'", path);
    }
    strcat(rest, "/");
    strcat(rest, path);
    strcpy(at, "/");
    int links = 0;
    int outcome = PVLOCK_OK;
    while (outcome == PVLOCK_OK && next_name(rest, name)) {
        outcome = step(path, at, name, rest, trusted, &links);
    }
    return outcome;
}

/* ---- trust */

static bool is_trusted(uid_t owner, const pvlock_options *options) {
    bool trusted = owner == geteuid() || owner == 0;
    for (size_t i = 0; i < options->trusted_owner_count && !trusted; i++) {
        trusted = options->trusted_owners[i] == owner;
    }
    return trusted;
}

static int check_trust(const char *path, const struct stat *facts, const pvlock_options *options) {
    unsigned mode = (unsigned) facts->st_mode & 07777;
    unsigned uid = facts->st_uid;
    unsigned gid = facts->st_gid;
    bool has_group = options->group != PVLOCK_NO_GROUP;
    bool shared = has_group && options->group == facts->st_gid;
    if (others_may_write(options->mode)) {
        return PVLOCK_OK;
    }
    if (!is_trusted(facts->st_uid, options) && !shared) {
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "region file %s belongs to uid %u, and this process runs as uid %u: who owns it could harm this process; choose another path,"
            " or if you trust that user, say so (trusted_owners, pvlock --trust %u), or share by a group (group, --group)",
            path, uid, (unsigned) geteuid(), uid);
    }
    if (others_may_write(facts->st_mode)) {
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "region file %s can be written by everybody (mode 0%o, uid %u): who writes it could harm this process; take that right away"
            " (chmod o-w), or if all users of the machine may share it, say so (mode, pvlock --mode 0666)",
            path, mode, uid);
    }
    bool group_may_write = (options->mode & S_IWGRP) != 0 && !has_group;
    if ((facts->st_mode & S_IWGRP) != 0 && !shared && !group_may_write) {
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "region file %s can be written by gid %u (mode 0%o, uid %u): who writes it could harm this process; take that right away"
            " (chmod g-w), or if you share it with that group, say so (group, pvlock --group %u)",
            path, gid, mode, uid, gid);
    }
    return PVLOCK_OK;
}

static int check_regular(const char *path, mode_t mode) {
    return S_ISREG(mode)
        ? PVLOCK_OK
        : pv_fail(
            PVLOCK_UNAVAILABLE, "%s is %s; name a file, which will be created if it does not exist",
            path, S_ISDIR(mode) ? "a directory" : "not a regular file");
}

/* ---- open */

/* They need new space for every store, hole or not, and make holes of zeros by themselves. */
static bool may_have_holes(int fd) {
    struct statfs system;
    return fstatfs(fd, &system) == 0
        && (system.f_type == 0x9123683e /* btrfs */ || system.f_type == 0x2fc12fc1 /* zfs */
            || (uint32_t) system.f_type == 0xca451a4e /* bcachefs */);
}

/*
 * The first store into a hole needs space, and where there is none left it is no error but a SIGBUS, in the middle of a
 * lock.
 */
static int check_holes(int fd, const char *path, uint32_t length) {
    off_t hole = lseek(fd, 0, SEEK_HOLE);
    if (hole < 0 || hole >= (off_t) length || may_have_holes(fd)) {
        return PVLOCK_OK;
    }
    return pv_fail(
        PVLOCK_CORRUPT,
        "region file %s has a hole at byte %lld: it is a sparse copy, or was punched; a store there would end the process when no space is"
        " left. Copy it with cp --sparse=never, or end all processes that use it and delete it",
        path, (long long) hole);
}

static int fail_open(const char *path, int error) {
    return error == EACCES
        ? pv_fail(
            PVLOCK_UNAVAILABLE, "cannot open region %s: permission denied; uid %u needs to read and write the file",
            path, (unsigned) geteuid())
        : pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot open region %s", path);
}

/* Before it is opened: to open a device might do anything. */
static int open_itself(const char *path, int *fd, struct stat *facts) {
    if (lstat(path, facts) < 0) {
        return errno == ENOENT ? MISSING : fail_open(path, errno);
    }
    int outcome = check_regular(path, facts->st_mode);
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    *fd = pv_open_high(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (*fd < 0) {
        return errno == ENOENT ? MISSING : fail_open(path, errno);
    }
    return fstat(*fd, facts) == 0 ? check_regular(path, facts->st_mode) : fail_open(path, errno);
}

static int map(struct pvlock_region *region, const char *path) {
    size_t length = pv_length(&region->layout);
    void *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, region->core.fd, 0);
    if (base == MAP_FAILED) {
        return fail_open(path, errno);
    }
    region->core.base = base;
    return PVLOCK_OK;
}

static int open_existing(struct pvlock_region *region, const char *path, const pvlock_options *options) {
    struct stat facts;
    int fd = -1;
    int outcome = open_itself(path, &fd, &facts);
    if (outcome == PVLOCK_OK) {
        outcome = check_trust(path, &facts, options);
    }
    if (outcome == PVLOCK_OK) {
        outcome = pv_read_header(fd, path, &region->layout, &region->region_id);
    }
    if (outcome == PVLOCK_OK) {
        outcome = check_holes(fd, path, pv_length(&region->layout));
    }
    if (outcome == PVLOCK_OK) {
        region->core.fd = fd;
        region->core.device = facts.st_dev;
        region->core.inode = facts.st_ino;
        outcome = map(region, path);
    }
    if (outcome != PVLOCK_OK && fd >= 0) {
        close(fd);
        region->core.fd = -1;
    }
    return outcome;
}

static int layout_of(const pvlock_options *options, struct pv_layout *layout) {
    *layout = (struct pv_layout) {
        .max_processes = options->max_processes,
        .max_vcpus = options->max_vcpus,
        .max_locks = options->max_locks,
        .event_capacity = options->event_capacity,
        .object_bytes = options->object_bytes,
        .data_bytes = options->data_bytes,
    };
    if ((options->mode & 0600) != 0600 || (options->mode & ~0777u) != 0) {
        return pv_fail(
            PVLOCK_INVALID, "mode=0%o, but the owner must be able to read and to write, and there is nothing beyond 0777",
            (unsigned) options->mode);
    }
    return pv_layout_init(layout);
}

int pv_open_file(struct pvlock_region *region, const char *path, const pvlock_options *options) {
    struct pv_layout layout;
    char target[PATH_MAX];
    int outcome = layout_of(options, &layout);
    if (outcome == PVLOCK_OK) {
        outcome = resolve(path, options->mode, target);
    }
    if (outcome != PVLOCK_OK) {
        return outcome;
    }
    region->path = strdup(target);
    if (region->path == NULL) {
        return pv_fail_errno(PVLOCK_ERROR, ENOMEM, "no memory for a region");
    }
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        outcome = open_existing(region, target, options);
        if (outcome != MISSING) {
            return outcome;
        }
        if (options->must_exist) {
            return pv_fail(
                PVLOCK_UNAVAILABLE, "region %s does not exist; create it first, or open it without must_exist", target);
        }
        outcome = pv_create_file(target, &layout, options->mode, options->group);
        if (outcome != PVLOCK_OK) {
            return outcome;
        }
    }
    return pv_fail(
        PVLOCK_UNAVAILABLE, "region %s vanished %d times while it was being opened; find out who deletes it",
        target, MAX_ATTEMPTS);
}

/* In words; NULL if the name still leads to the file, or if that cannot be found out. */
const char *pv_loss_of_name(const struct pvlock_region *region) {
    struct stat there;
    struct stat mine;
    /* The name before the links: the other way round, one that is deleted in between looks moved. */
    bool is_there = lstat(region->path, &there) == 0;
    int error = errno;
    if (!pv_has_witness(region)) {
        return "this program has closed a descriptor of the library, so that others take it for dead";
    }
    if ((!is_there && error != ENOENT) || fstat(region->core.fd, &mine) < 0) {
        return NULL;
    }
    if (is_there && there.st_dev == region->core.device && there.st_ino == region->core.inode) {
        return NULL;
    }
    if (mine.st_nlink == 0) {
        return is_there ? "deleted, and another file has its name" : "deleted";
    }
    return is_there ? "moved away, and another file has its name" : "moved away";
}
