package io.pvlock.internal.file;

import static io.pvlock.RegionException.Category.UNAVAILABLE;
import static io.pvlock.testing.RegionFiles.SMALL;
import static io.pvlock.testing.RegionFiles.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.RegionException;
import io.pvlock.RegionOptions;
import io.pvlock.core.KillPoint;
import io.pvlock.kit.OtherUser;
import io.pvlock.linux.Users;
import io.pvlock.testing.RegionFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Region files that somebody else may have put there. */
@Timeout(120)
class RegionTrustTest {

    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void create() {
        path = directory.resolve("region");
        RegionFile.openOrCreate(path, SMALL);
    }

    @Test
    void aFileThatOthersMayWriteIsRefusedUnlessTheOptionsSaySo() throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));

        RegionException e = refused(path, SMALL);
        assertThat(e.category()).isEqualTo(UNAVAILABLE);
        assertThat(e).hasMessageContaining(path.getFileName() + " can be written by everybody (mode 0666, uid ");
        assertThat(refused(path, SMALL.permissions(PosixFilePermissions.fromString("rw-rw----"))))
                .hasMessageContaining("can be written by everybody");

        RegionFile.openOrCreate(path, SMALL.permissions(PosixFilePermissions.fromString("rw-rw-rw-")));
    }

    @Test
    void aFileThatAGroupMayWriteIsRefusedUnlessTheOptionsSaySo() throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
        int gid = (int) Files.getAttribute(path, "unix:gid");

        assertThat(refused(path, SMALL)).hasMessageContaining("can be written by gid " + gid + " (mode 0660");
        assertThat(refused(path, SMALL.group(String.valueOf(gid + 1))))
                .hasMessageContaining("can be written by gid " + gid);

        RegionFile.openOrCreate(path, SMALL.group(String.valueOf(gid)));
        RegionFile.openOrCreate(path, SMALL.permissions(PosixFilePermissions.fromString("rw-rw----")));
    }

    @Test
    void aLinkInADirectoryThatEverybodyMayWriteIsNotFollowed() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Path link = Files.createSymbolicLink(open.resolve("link"), path);
        RegionFile.openOrCreate(link, SMALL);

        Files.setAttribute(open, "unix:mode", 01777);
        assertThat(refused(link, SMALL))
                .hasMessageContaining(link.getFileName()
                        + " is a symbolic link in a directory that everybody can write (mode 01777)");
        // Nor where it leads nowhere yet, or is a directory on the way; nor to look.
        Path dangling = Files.createSymbolicLink(open.resolve("dangling"), directory.resolve("new"));
        assertThat(refused(dangling, SMALL)).hasMessageContaining("is a symbolic link");
        assertThat(directory.resolve("new")).doesNotExist();
        Path onTheWay = Files.createSymbolicLink(open.resolve("folder"), directory);
        assertThat(refused(onTheWay.resolve("region"), SMALL)).hasMessageContaining(onTheWay + " is a symbolic link");
        assertThat(catchLooking(link)).hasMessageContaining("is a symbolic link");
    }

    @Test
    void aDirectoryWhereAnybodyCanReplaceTheFileIsNotEntered() throws IOException {
        Path open = Files.createDirectory(directory.resolve("open"));
        Path inside = Files.createDirectory(open.resolve("inside"));
        Files.setAttribute(open, "unix:mode", 0777);

        assertThat(refused(inside.resolve("region"), SMALL))
                .hasMessageContaining("directory " + open.toRealPath() + " can be written by everybody (mode 0777)");

        Files.setAttribute(open, "unix:mode", 01777);
        RegionFile.openOrCreate(inside.resolve("region"), SMALL);
    }

    @Test
    void anotherUsersFileIsRefusedUnlessTheOptionsNameThatUser() throws IOException {
        assumeTrue(Users.effectiveUid() == Users.ROOT, "only root can give a file away");
        Files.setAttribute(path, "unix:uid", OtherUser.UID);

        assertThat(refused(path, SMALL))
                .hasMessageContaining("belongs to uid " + OtherUser.UID + ", and this process runs as uid 0")
                .hasMessageContaining("--trust " + OtherUser.UID);
        assertThat(refused(path, SMALL.trustedOwners(Set.of("4711")))).hasMessageContaining("belongs to uid");

        RegionFile.openOrCreate(path, SMALL.trustedOwners(Set.of(String.valueOf(OtherUser.UID))));
    }

    @Test
    void anotherUserSharesByTheGroup() throws Exception {
        OtherUser.assumePossible();
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setAttribute(shared, "unix:mode", 0755);
        Files.setAttribute(directory, "unix:mode", 0755);
        Path file = shared.resolve("region");
        RegionOptions options = SMALL.group(String.valueOf(OtherUser.GID));
        RegionFile.openOrCreate(file, options);
        assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(OtherUser.GID);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-rw----");

        assertThat(OtherUser.run(SharingMain.class, file, "")).contains("can be written by gid " + OtherUser.GID);
        assertThat(OtherUser.run(SharingMain.class, file, OtherUser.GID)).isEqualTo("opened");

        // And the other way round: a member's file, opened by root, who says so.
        Files.setAttribute(file, "unix:uid", OtherUser.UID);
        assertThat(refused(file, SMALL)).hasMessageContaining("belongs to uid");
        RegionFile.openOrCreate(file, options);
    }

    @Test
    void aGroupThatOneIsNotInCannotBeGiven() throws Exception {
        OtherUser.assumePossible();
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Files.setAttribute(directory, "unix:mode", 0755);
        Files.setAttribute(folder, "unix:uid", OtherUser.UID);

        assertThat(OtherUser.run(SharingMain.class, folder.resolve("region"), "0"))
                .contains("cannot give region")
                .contains("to group 0 (Operation not permitted); only its members and root can");
        assertThat(RegionFiles.files(folder)).isEmpty();
    }

    @Test
    void namesThatDoNotExistAreNamed() throws IOException {
        assertThat(refused(path, SMALL.group("no such group")))
                .hasMessageContaining("there is no group 'no such group'");
        assertThat(refused(path, SMALL.trustedOwners(Set.of("no such user"))))
                .hasMessageContaining("there is no user 'no such user'");
    }

    private static Throwable catchLooking(Path file) {
        return catchThrowable(() -> RegionFile.openToRead(file));
    }

    @Test
    void whatIsPutInPlaceOfAFileInTheMakingIsNotChanged() throws IOException {
        Path folder = Files.createDirectory(directory.resolve("making"));
        Path victim = Files.writeString(directory.resolve("victim"), "theirs");
        Files.setPosixFilePermissions(victim, PosixFilePermissions.fromString("rw-r-----"));
        KillPoint.handler((point, me) -> {
            if (point == KillPoint.TEMP_FILLED) {
                replaceWithLink(folder, victim);
            }
        });
        try {
            RegionOptions open = SMALL.permissions(PosixFilePermissions.fromString("rw-rw-rw-"));
            assertThat(catchThrowable(() -> RegionFile.openOrCreate(folder.resolve("region"), open)))
                    .isInstanceOf(RegionException.class)
                    .hasMessageContaining("is not a regular file");
        } finally {
            KillPoint.handler((point, me) -> {});
        }
        assertThat(victim).hasContent("theirs");
        assertThat(Files.getPosixFilePermissions(victim)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    }

    private static void replaceWithLink(Path folder, Path to) {
        try (DirectoryStream<Path> temps = Files.newDirectoryStream(folder, RegionCreator.TEMP_PREFIX + "*")) {
            Path temp = temps.iterator().next();
            Files.delete(temp);
            Files.createSymbolicLink(temp, to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
