package io.pvlock.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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

    @Test
    void theFootholdIsFoundByEveryoneAndUsedByNobodyElse() throws Throwable {
        assertThat(TrustedLookup.find()).isSameAs(TrustedLookup.find());

        Class<?> foothold = Class.forName("sun.misc.PvlockFoothold", false, null);
        assertThat(foothold.getClassLoader()).isNull();
        assertThat(foothold.getModule().getName()).isEqualTo("jdk.unsupported");
        assertThat(foothold.getModifiers()).isEqualTo(Foothold.class.getModifiers());
    }
}
