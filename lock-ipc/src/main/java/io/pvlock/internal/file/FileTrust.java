package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.UNAVAILABLE;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.linux.Users;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Whose file a region may be. Whoever can write it can do anything to the processes that lock in it, because libc follows
 * pointers there. This class only decides, by what others have found out.
 *
 * @param uid of this process
 * @param owners users that are trusted beside it and root
 * @param group whose files are shared with it; empty for none
 * @param groupMayWrite whether a file may be writable by its group, whichever that is
 * @param othersMayWrite whether it may be writable by everybody; then it may also be anybody's
 */
record FileTrust(int uid, Set<Integer> owners, OptionalInt group, boolean groupMayWrite, boolean othersMayWrite) {

    /** @throws RegionException UNAVAILABLE if there is no such group or user */
    static FileTrust of(RegionOptions options) {
        Set<Integer> owners = new HashSet<>();
        for (String owner : options.trustedOwners()) {
            owners.add(known(Users.uid(owner), "user", owner));
        }
        OptionalInt group = options.group().isPresent()
                ? OptionalInt.of(known(
                        Users.gid(options.group().get()),
                        "group",
                        options.group().get()))
                : OptionalInt.empty();
        return new FileTrust(
                Users.effectiveUid(),
                owners,
                group,
                options.permissions().contains(PosixFilePermission.GROUP_WRITE),
                options.permissions().contains(PosixFilePermission.OTHERS_WRITE));
    }

    private static int known(OptionalInt id, String what, String name) {
        return id.orElseThrow(() -> new RegionException(
                UNAVAILABLE, "there is no " + what + " '" + name + "'; see getent, or give a number"));
    }

    /** Why the file is not used, and what to do; empty if it may be. */
    String objection(FileFacts file) {
        if (othersMayWrite) {
            return "";
        }
        boolean shared = group.isPresent() && group.getAsInt() == file.gid();
        if (!isTrusted(file.uid()) && !shared) {
            return "belongs to uid " + unsigned(file.uid()) + ", and this process runs as uid " + unsigned(uid)
                    + ": who owns it could harm this process; choose another path, or if you trust that user, say so"
                    + " (RegionOptions.trustedOwners, pvlock --trust " + unsigned(file.uid())
                    + "), or share by a group (group, --group)";
        }
        if (file.othersMayWrite()) {
            return "can be written by everybody (mode " + file.octal() + ", uid " + unsigned(file.uid())
                    + "): who writes it could harm this process; take that right away (chmod o-w), or if all users of"
                    + " the machine may share it, say so (RegionOptions.permissions, pvlock --mode 0666)";
        }
        if (file.groupMayWrite() && !shared && !(groupMayWrite && group.isEmpty())) {
            return "can be written by gid " + unsigned(file.gid()) + " (mode " + file.octal() + ", uid "
                    + unsigned(file.uid()) + "): who writes it could harm this process; take that right away (chmod"
                    + " g-w), or if you share it with that group, say so (RegionOptions.group, pvlock --group "
                    + unsigned(file.gid()) + ")";
        }
        return "";
    }

    /** Why nothing is used that is reached through {@code folder}; empty if there is no reason. */
    String objectionToFolder(FileFacts folder) {
        return !folder.othersMayWrite() || folder.isSticky() || othersMayWrite
                ? ""
                : "can be written by everybody (mode " + folder.octal()
                        + "): anybody could put another file there; take that right away (chmod o-w), make the"
                        + " directory sticky (chmod +t), or choose another";
    }

    /** Why no symbolic link in {@code folder} is followed; empty if there is no reason. No option changes that. */
    static String objectionToLinkIn(FileFacts folder) {
        return folder.othersMayWrite()
                ? "is a symbolic link in a directory that everybody can write (mode " + folder.octal()
                        + "), where anybody could have put it; name the file itself"
                : "";
    }

    private boolean isTrusted(int owner) {
        return owner == uid || owner == Users.ROOT || owners.contains(owner);
    }

    private static String unsigned(int id) {
        return Integer.toUnsignedString(id);
    }
}
