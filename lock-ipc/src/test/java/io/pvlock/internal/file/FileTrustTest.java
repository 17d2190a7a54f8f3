package io.pvlock.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose files are used, by numbers alone. This process is uid 1000. */
class FileTrustTest {

    private static final int ME = 1000;
    private static final int ROOT = 0;
    private static final int OTHER = 1001;
    private static final int TEAM = 50;

    private static final FileTrust DEFAULT = new FileTrust(ME, Set.of(), OptionalInt.empty(), false, false);
    private static final FileTrust TEAM_SHARED = new FileTrust(ME, Set.of(), OptionalInt.of(TEAM), true, false);

    @ParameterizedTest
    @CsvSource({"1000, 0600", "0, 0600", "1000, 0640", "1000, 0444", "0, 0644", "1000, 0755"})
    void ownFilesAndRootsAreUsedIfNobodyElseMayWrite(int owner, String mode) {
        assertThat(DEFAULT.objection(file(owner, TEAM, mode))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1001, 0600", "1001, 0666", "65534, 0600", "-2, 0600"})
    void anotherUsersAreNot(int owner, String mode) {
        assertThat(DEFAULT.objection(file(owner, TEAM, mode)))
                .contains("belongs to uid " + Integer.toUnsignedString(owner))
                .contains("runs as uid 1000")
                .contains("--trust " + Integer.toUnsignedString(owner));
    }

    @Test
    void rootTrustsNobodyMore() {
        FileTrust root = new FileTrust(ROOT, Set.of(), OptionalInt.empty(), false, false);

        assertThat(root.objection(file(ROOT, ROOT, "0600"))).isEmpty();
        assertThat(root.objection(file(ME, ME, "0600"))).contains("belongs to uid 1000", "runs as uid 0");
    }

    @ParameterizedTest
    @CsvSource({"1000, 0602", "0, 0666", "1000, 0662"})
    void whatEverybodyMayWriteIsNot(int owner, String mode) {
        assertThat(DEFAULT.objection(file(owner, TEAM, mode)))
                .contains("can be written by everybody (mode " + mode + ", uid " + owner + ")")
                .contains("--mode 0666");
    }

    @Test
    void whatAGroupMayWriteIsNot() {
        assertThat(DEFAULT.objection(file(ME, TEAM, "0660")))
                .contains("can be written by gid 50 (mode 0660, uid 1000)")
                .contains("--group 50");
    }

    @Test
    void aTrustedUsersFileIsLikeOnesOwn() {
        FileTrust trusting = new FileTrust(ME, Set.of(OTHER), OptionalInt.empty(), false, false);

        assertThat(trusting.objection(file(OTHER, TEAM, "0600"))).isEmpty();
        assertThat(trusting.objection(file(OTHER, TEAM, "0660"))).contains("can be written by gid 50");
        assertThat(trusting.objection(file(OTHER + 1, TEAM, "0600"))).contains("belongs to uid 1002");
    }

    @Test
    void aGroupsFileMayBeAnyMembers() {
        assertThat(TEAM_SHARED.objection(file(OTHER, TEAM, "0660"))).isEmpty();
        assertThat(TEAM_SHARED.objection(file(ME, TEAM, "0660"))).isEmpty();
        assertThat(TEAM_SHARED.objection(file(OTHER, TEAM, "0666"))).contains("can be written by everybody");
        assertThat(TEAM_SHARED.objection(file(OTHER, TEAM + 1, "0660"))).contains("belongs to uid 1001");
        assertThat(TEAM_SHARED.objection(file(ME, TEAM + 1, "0660"))).contains("can be written by gid 51");
    }

    @Test
    void permissionsForAGroupThatIsNotNamedAreForAny() {
        FileTrust anyGroup = new FileTrust(ME, Set.of(), OptionalInt.empty(), true, false);

        assertThat(anyGroup.objection(file(ME, TEAM, "0660"))).isEmpty();
        assertThat(anyGroup.objection(file(OTHER, TEAM, "0660"))).contains("belongs to uid 1001");
    }

    @Test
    void whoLetsEverybodyWriteTrustsEverybody() {
        FileTrust all = new FileTrust(ME, Set.of(), OptionalInt.empty(), true, true);

        assertThat(all.objection(file(OTHER, TEAM, "0666"))).isEmpty();
        assertThat(all.objectionToFolder(folder("0777"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0755, false", "01777, false", "0700, false", "0775, false", "0777, true", "0702, true"})
    void aFolderWhereAnybodyCanChangeAnythingIsNotEntered(String mode, boolean refused) {
        assertThat(DEFAULT.objectionToFolder(folder(mode)).isEmpty()).isEqualTo(!refused);
    }

    @ParameterizedTest
    @CsvSource({"0755, false", "01777, true", "0777, true", "0700, false"})
    void noLinkIsFollowedThatAnybodyCouldHaveMade(String mode, boolean refused) {
        assertThat(FileTrust.objectionToLinkIn(folder(mode)).isEmpty()).isEqualTo(!refused);
    }

    private static FileFacts file(int uid, int gid, String mode) {
        return new FileFacts(uid, gid, 0100000 | Integer.parseInt(mode, 8), 1, "key");
    }

    private static FileFacts folder(String mode) {
        return new FileFacts(ROOT, ROOT, 0040000 | Integer.parseInt(mode, 8), 2, "key");
    }
}
