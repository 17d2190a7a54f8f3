package io.pvlock.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileModeTest {

    @ParameterizedTest
    @CsvSource({
        "0600, rw-------",
        "660, rw-rw----",
        "0664, rw-rw-r--",
        "0666, rw-rw-rw-",
        "0751, rwxr-x--x",
        "rw-rw----, rw-rw----"
    })
    void modesAreThoseOfChmod(String mode, String permissions) {
        assertThat(FileMode.parse(mode)).isEqualTo(PosixFilePermissions.fromString(permissions));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0060", "0468", "12345", "rw", "everybody", "0400"})
    void otherTextIsNoMode(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> FileMode.parse(text));
    }
}
