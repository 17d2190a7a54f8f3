package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JdkAccessTest {

    // One that no flag of the tests exports.
    private static final String PACKAGE = "jdk.internal.math";

    private final Module base = Object.class.getModule();
    private final Module here = JdkAccessTest.class.getModule();

    @Test
    void aPackageIsExportedToWhoNeedsItAndToNobodyElse() {
        Module other = new ClassLoader() {}.getUnnamedModule();

        assertThat(JdkAccess.export(PACKAGE, other)).isEmpty();
        assertThat(JdkAccess.export(PACKAGE, other)).isEmpty();

        assertThat(base.isExported(PACKAGE, other)).isTrue();
        assertThat(base.isExported(PACKAGE, here)).isFalse();
    }

    @Test
    void whatFailsIsSaidAndNothingIsThrown() {
        assertThat(JdkAccess.export("no.such.package", here))
                .startsWith("this JVM does not allow to do without: ")
                .contains("no.such.package");
    }

    @Test
    void whoForbidsItIsObeyed() {
        Module other = new ClassLoader() {}.getUnnamedModule();
        System.setProperty(JdkAccess.PROPERTY, "false");
        try {
            assertThat(JdkAccess.export(PACKAGE, other)).contains("-Dpvlock.openJdk=false");
        } finally {
            System.clearProperty(JdkAccess.PROPERTY);
        }
        assertThat(base.isExported(PACKAGE, other)).isFalse();
    }

    /** What stands as text in the program is what the source says, and no more. */
    @Test
    void theFootholdIsWhatJavacMakesOfItsSource(@TempDir Path directory) throws Exception {
        JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
        assumeTrue(javac != null, "this Java has no compiler");
        Path source = Path.of(
                JdkAccessTest.class.getResource("/sun/misc/PvlockFoothold.java").toURI());

        // Release 17, whose look-alike of java.base has no such package: hence not --release.
        int result = javac.run(
                null,
                null,
                null,
                "-source",
                "17",
                "-target",
                "17",
                "-g:none",
                "-nowarn",
                "-Xlint:none",
                "-proc:none",
                "--patch-module",
                "jdk.unsupported=" + source.getParent().getParent().getParent(),
                "--add-exports",
                "java.base/jdk.internal.misc=jdk.unsupported",
                "-d",
                directory.toString(),
                source.toString());

        assertThat(result).isZero();
        assertThat(Base64.getDecoder().decode(TrustedLookup.FOOTHOLD_CLASS_FILE))
                .isEqualTo(Files.readAllBytes(directory.resolve("sun/misc/PvlockFoothold.class")));
    }

    @Test
    void theFootholdIsFoundByEveryoneAndUsedByNobodyElse() throws Throwable {
        assertThat(TrustedLookup.find()).isSameAs(TrustedLookup.find());

        Class<?> foothold = Class.forName(TrustedLookup.FOOTHOLD, false, null);
        assertThat(foothold.getClassLoader()).isNull();
        assertThat(foothold.getModule().getName()).isEqualTo("jdk.unsupported");
        assertThat(foothold.getModifiers()).isEqualTo(Modifier.FINAL);
        assertThat(foothold.getDeclaredMethods())
                .extracting(Method::getModifiers)
                .containsExactly(Modifier.STATIC);
    }
}
