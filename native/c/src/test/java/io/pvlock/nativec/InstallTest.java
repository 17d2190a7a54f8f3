package io.pvlock.nativec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code make install}, and programs that are built with what it has installed. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class InstallTest {

    /** Of the script: a tool that it needs is not there. */
    private static final int NO_PKG_CONFIG = 77;

    @Test
    void programsAreBuiltWithWhatIsInstalled() throws IOException, InterruptedException {
        CBuild.assumeThere();
        ProcessBuilder script = new ProcessBuilder("test/install.sh").redirectErrorStream(true);
        script.environment().put("BUILD", CBuild.DIRECTORY.toString());
        Process process = script.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        assumeTrue(status != NO_PKG_CONFIG, said.strip());
        assertThat(status).as(said).isZero();
        assertThat(said).contains("c: held by ", "c-archive: held by ", "installed, used and taken away");
    }
}
