package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The header of the layout says what the descriptors say, to Java as to a C compiler. */
@Timeout(180)
class LayoutHeaderTest {

    @Test
    void theHeaderIsWhatTheDescriptorsSay() throws IOException {
        if (System.getProperty("pvlock.layout.update") != null) {
            LayoutHeader.update();
        }
        assertThat(Files.readString(LayoutHeader.FILE))
                .as("native/c/%s is not what the descriptors say now; look whether the C code can live with the"
                        + " difference, then renew it: %s", LayoutHeader.FILE, LayoutHeader.RENEWAL)
                .isEqualTo(LayoutHeader.generate());
    }

    @Test
    void theCompilerUnderstandsTheSame() throws IOException, InterruptedException {
        CBuild.assumeThere();
        Map<String, Long> printed = new LinkedHashMap<>();
        CBuild.run("test/layout").lines().forEach(line -> {
            int space = line.indexOf(' ');
            printed.put(line.substring(0, space), Long.parseUnsignedLong(line.substring(space + 1)));
        });
        assertThat(printed).containsExactlyEntriesOf(LayoutHeader.numbers());
    }
}
