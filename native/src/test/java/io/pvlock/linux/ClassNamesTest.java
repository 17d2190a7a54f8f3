package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ClassNamesTest {

    private static final String OLD = "io/pvlock/linux/Foothold";

    @Test
    void onlyTheNameChanges() throws Exception {
        byte[] before = foothold();
        byte[] after = ClassNames.rename(before, OLD, "io/pvlock/linux/Foothole");

        assertThat(text(after)).isEqualTo(text(before).replace(OLD, "io/pvlock/linux/Foothole"));
        assertThat(ClassNames.rename(after, "io/pvlock/linux/Foothole", OLD)).isEqualTo(before);
    }

    @Test
    void aNameOfAnotherLengthWillDo() throws Exception {
        byte[] after = ClassNames.rename(foothold(), OLD, "sun/misc/X");

        assertThat(text(after)).contains("sun/misc/X", "Lsun/misc/X;").doesNotContain(OLD);
    }

    @Test
    void whatIsNoClassFileIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> ClassNames.rename(new byte[] {1, 2, 3}, OLD, "X"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> ClassNames.rename(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 99}, OLD, "X"))
                .withMessageContaining("99");
    }

    private static byte[] foothold() throws IOException {
        try (InputStream in = Foothold.class.getResourceAsStream("Foothold.class")) {
            return in.readAllBytes();
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
