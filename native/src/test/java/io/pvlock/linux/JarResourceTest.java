package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JarResourceTest {

    private static final String LICENSE = "META-INF/LICENSE";

    @Test
    void aFileOfTheJarIsRead() throws Exception {
        String name = "com/sun/jna/" + Arch.current().jnaDirectory + "/libjnidispatch.so";
        try (InputStream found = JarResource.open(Native.class, name);
                InputStream expected = Native.class.getResourceAsStream("/" + name)) {
            assertThat(found).hasBinaryContent(expected.readAllBytes());
        }
    }

    /** Another jar has one of that name as well. */
    @Test
    void theJarOfTheClassComesFirst() throws Exception {
        String descriptor = "META-INF/MANIFEST.MF";
        try (InputStream found = JarResource.open(Native.class, descriptor)) {
            assertThat(new String(found.readAllBytes())).contains("com.sun.jna");
        }
    }

    @Test
    void aClassOfADirectoryHasItsLoader() throws Exception {
        try (InputStream found = JarResource.open(JarResource.class, LICENSE)) {
            assertThat(found).isNotNull();
        }
    }

    @Test
    void aClassOfTheJdkHasItsLoader() throws Exception {
        try (InputStream found = JarResource.open(String.class, "java/lang/String.class")) {
            assertThat(found).isNotNull();
        }
    }

    @Test
    void whatIsNotThereIsNull() throws Exception {
        assertThat(JarResource.open(Native.class, "no/such/file")).isNull();
        assertThat(JarResource.open(JarResource.class, "no/such/file")).isNull();
    }
}
