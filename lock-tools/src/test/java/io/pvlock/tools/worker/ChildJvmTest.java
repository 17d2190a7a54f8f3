package io.pvlock.tools.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChildJvmTest {

    @Test
    void aJvmStartedWithoutFlagsHasChildrenWithThoseThatTheyNeed() {
        assertThat(ChildJvm.command(List.of()))
                .contains(
                        "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC")
                .endsWith("-cp", System.getProperty("java.class.path"));
    }

    @Test
    void flagsAreInheritedAndAgentsAreNot() {
        List<String> command = ChildJvm.command(
                List.of("-Xmx64m", "-agentlib:jdwp=address=5005", "-javaagent:jacoco.jar", "-XX:+UseG1GC"));
        assertThat(command).contains("-Xmx64m", "-XX:+UseG1GC");
        assertThat(command).noneMatch(flag -> flag.contains("agent") || flag.contains("Serial"));
    }
}
