/*
 * Creates a region file: complete under a temporary name first, then given its own name by link(2), which fails if
 * there is one. Nobody ever sees half a region, and of many creators one wins. io.pvlock.internal.file.RegionCreator.
 *
 * A creator holds a lock on its temporary file, so that others can tell what a killed one has left behind.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "region.h"

#define TEMP_PREFIX ".pvlock-"
#define TEMP_SUFFIX ".tmp"
#define CHUNK_BYTES (1 << 16)

/*
 * Begins the names of this process's temporary files: unpredictable only behind this, it tells people whose file it is.
 */
static void own_prefix(char *to, size_t size) {
    snprintf(to, size, TEMP_PREFIX "%d-%" PRId64 "-", (int) getpid(), pv_start_time(getpid()));
}

static void folder_of(const char *path, char *folder) {
    strcpy(folder, path);
    char *slash = strrchr(folder, '/');
    slash[slash == folder] = '\0';
}

static void remove_if_creator_is_dead(const char *temp) {
    struct stat facts;
    if (lstat(temp, &facts) < 0 || !S_ISREG(facts.st_mode)) {
        return;
    }
    int fd = open(temp, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0) {
        int error;
        /* Conflicts with the lock of a JVM's FileChannel, too. */
        if (pv_try_byte(fd, (int64_t) PVLOCK_BYTE_CREATOR, &error)) {
            unlink(temp);
        }
        close(fd);
    }
}

/* Failing to tidy up is no error. If something is really wrong with the directory, creation itself will say so. */
static void remove_leftovers(const char *folder) {
    char own[64];
    own_prefix(own, sizeof own);
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        size_t length = strlen(entry->d_name);
        bool temporary = strncmp(entry->d_name, TEMP_PREFIX, strlen(TEMP_PREFIX)) == 0
            && length > strlen(TEMP_SUFFIX)
            && strcmp(entry->d_name + length - strlen(TEMP_SUFFIX), TEMP_SUFFIX) == 0;
        char temp[PATH_MAX + 300];
        if (temporary && strncmp(entry->d_name, own, strlen(own)) != 0
                && snprintf(temp, sizeof temp, "%s/%s", folder, entry->d_name) < (int) sizeof temp) {
            remove_if_creator_is_dead(temp);
        }
    }
    closedir(directory);
}

static int write_all(int fd, const void *bytes, size_t length, off_t at) {
    for (size_t done = 0; done < length;) {
        ssize_t got = pwrite(fd, (const char *) bytes + done, length - done, at + (off_t) done);
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        done += got < 0 ? 0 : (size_t) got;
    }
    return 0;
}

/* Writes every byte: a hole would be no error now, but a SIGBUS later, when the file system is full. */
static int fill(int fd, const struct pv_layout *layout) {
    static const unsigned char zeros[CHUNK_BYTES];
    unsigned char page[PVLOCK_HEADER_LENGTH];
    uint32_t length = pv_length(layout);
    for (uint32_t at = 0; at < length; at += CHUNK_BYTES) {
        uint32_t left = length - at;
        int error = write_all(fd, zeros, left < CHUNK_BYTES ? left : CHUNK_BYTES, at);
        if (error != 0) {
            return error;
        }
    }
    uint64_t boot_id[2];
    int64_t region_id;
    if (!pv_boot_id(boot_id)) {
        return errno == 0 ? EIO : errno;
    }
    pv_random(&region_id, sizeof region_id);
    pv_encode_header(page, layout, region_id, pv_epoch_ms(), (uint32_t) getpid(), boot_id);
    int error = write_all(fd, page, sizeof page, 0);
    uint32_t ready = PVLOCK_HEADER_READY;
    return error != 0 ? error : write_all(fd, &ready, sizeof ready, PVLOCK_HEADER_READY_OFFSET);
}

/*
 * Somebody else was faster, or took the file for a leftover in the moment before it was locked: whatever the result,
 * the caller looks.
 */
static int link_to(const char *temp, const char *target) {
    if (link(temp, target) == 0) {
        PVLOCK_KILL_POINT(REGION_LINKED, -1);
        return PVLOCK_OK;
    }
    if (errno == EEXIST || errno == ENOENT) {
        return PVLOCK_OK;
    }
    char reason[128];
    return pv_fail(
        PVLOCK_UNAVAILABLE,
        "cannot give region %s its name (%s); its directory must be on a local file system with hard links, such as tmpfs (/dev/shm),"
        " ext4 or xfs",
        target, strerror_r(errno, reason, sizeof reason));
}

static int fill_and_link(
        int fd, const char *temp, const char *target, const struct pv_layout *layout, mode_t mode, gid_t group) {
    int error;
    if (fchmod(fd, 0600) < 0) { /* whatever the umask has left of them */
        return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot create region %s", target);
    }
    if (!pv_try_byte(fd, (int64_t) PVLOCK_BYTE_CREATOR, &error)) {
        return error == 0 ? PVLOCK_OK : pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot create region %s", target);
    }
    error = fill(fd, layout);
    struct statfs system;
    if (error == EINVAL && fstatfs(fd, &system) == 0 && system.f_type == HUGETLBFS_MAGIC) {
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "cannot create region %s: hugetlbfs has whole huge pages only and no write(2); choose a directory on another local file system,"
            " such as /dev/shm",
            target);
    }
    if (error != 0) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, error, "cannot create region %s", target);
    }
    PVLOCK_KILL_POINT(TEMP_FILLED, -1);
    /* Before the permissions: they shall not be another group's for a moment. */
    if (group != PVLOCK_NO_GROUP && fchown(fd, (uid_t) -1, group) < 0) {
        char reason[128];
        return pv_fail(
            PVLOCK_UNAVAILABLE,
            "cannot give region %s to group %u (%s); only its members and root can: create the region as one of them",
            target, (unsigned) group, strerror_r(errno, reason, sizeof reason));
    }
    /* Not with the creation of the file: there the umask would take part of them away. */
    if (fchmod(fd, mode) < 0) {
        return pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot create region %s", target);
    }
    return link_to(temp, target);
}

/*
 * Creates the file, unless somebody else did so first: whatever the result, the next step is to open it. Nothing is
 * left behind.
 */
int pv_create_file(const char *path, const struct pv_layout *layout, mode_t mode, gid_t group) {
    char folder[PATH_MAX];
    char own[64];
    char temp[PATH_MAX + 128];
    uint64_t random;
    folder_of(path, folder);
    remove_leftovers(folder);
    own_prefix(own, sizeof own);
    pv_random(&random, sizeof random);
    snprintf(temp, sizeof temp, "%s/%s%" PRIx64 TEMP_SUFFIX, strcmp(folder, "/") == 0 ? "" : folder, own, random);
    int fd = pv_open_high(temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EACCES
            ? pv_fail(
                PVLOCK_UNAVAILABLE, "cannot create region %s: permission denied; uid %u needs to write the directory %s",
                path, (unsigned) geteuid(), folder)
            : pv_fail_errno(PVLOCK_UNAVAILABLE, errno, "cannot create region %s", path);
    }
    PVLOCK_KILL_POINT(TEMP_CREATED, -1);
    int outcome = fill_and_link(fd, temp, path, layout, mode, group);
    unlink(temp);
    close(fd);
    return outcome;
}
