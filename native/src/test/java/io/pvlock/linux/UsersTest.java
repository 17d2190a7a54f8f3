package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsersTest {

    @TempDir
    Path directory;

    @Test
    void filesAreMadeInTheEffectiveUsersName() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));

        assertThat(Users.effectiveUid()).isEqualTo(Files.getAttribute(file, "unix:uid"));
    }

    @Test
    void namesAndNumbersAreFound() {
        assertThat(Users.uid("root")).hasValue(0);
        assertThat(Users.gid("root")).hasValue(0);
        assertThat(Users.uid("4000000000")).hasValue((int) 4_000_000_000L);
        assertThat(Users.gid("12345")).hasValue(12345);
        assertThat(Users.uid("no such user")).isEmpty();
        assertThat(Users.gid("")).isEmpty();
    }
}
