package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of three hosts does what it says. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ExampleIT {

    @TempDir
    private Path classes;

    @Test
    void hostThatWasStopped_isRefusedByTheStore() throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path source = Path.of("..", "examples", "cluster", "FencedStore.java");
        int status = compiler.run(
                null,
                null,
                null,
                "-proc:none",
                "-Xlint:all,-processing,-classfile,-path",
                "-d",
                classes.toString(),
                "-cp",
                path,
                source.toString());
        assertThat(status).isZero();

        List<String> line = new ArrayList<>(List.of(TestJvm.java()));
        line.addAll(TestJvm.flags());
        line.addAll(List.of("-cp", classes + ":" + path, "FencedStore"));
        String out = Command.run(new ProcessBuilder(line)).text();
        assertThat(out.lines().filter(said -> said.endsWith(": accepted")).count())
                .isEqualTo(4);
        assertThat(out)
                .contains("host1 writes with token ")
                .contains(": REFUSED")
                .contains("host1 is told that it has lost the lock");
        assertThat(out.lines().reduce((first, last) -> last).orElseThrow())
                .startsWith("the store has: ")
                .endsWith(" by host2");
    }
}
