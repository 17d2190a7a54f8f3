package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JnaLoadingTest {

    @TempDir
    Path root;

    @Test
    void librariesAreWhereLdconfigLooksForThem() throws Exception {
        for (String directory : new String[] {"etc/ld.so.conf.d", "usr/lib", "lib", "usr/local/lib", "opt/lib"}) {
            Files.createDirectories(root.resolve(directory));
        }
        Files.writeString(root.resolve("etc/ld.so.conf"), "include /etc/ld.so.conf.d/*.conf\n  /opt/lib\n");
        Files.writeString(
                root.resolve("etc/ld.so.conf.d/libc.conf"), "# default\n/usr/local/lib\n/usr/lib\n/not/there\n");
        Files.writeString(root.resolve("etc/ld.so.conf.d/other.old"), "/etc\n");

        assertThat(JnaLoading.libraryDirectories(root)).isEqualTo("/usr/lib:/lib:/opt/lib:/usr/local/lib");
    }

    @Test
    void aSystemWithoutLoaderConfigurationHasTheUsualOnes() throws Exception {
        Files.createDirectories(root.resolve("lib64"));

        assertThat(JnaLoading.libraryDirectories(root)).isEqualTo("/lib64");
    }
}
