package io.pvlock.tests.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example in both languages, built as its users build it: the feed with the installed library, by pkg-config; the strategy with the
 * library in Java. Each finds in good order what the other has left, or repairs it.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FeedIT {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLE = ROOT.resolve("examples/projects/feed");
    private static final Path LIBRARIES = ROOT.resolve("native/c/target/c");

    @TempDir
    private static Path built;

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception {
        assumeTrue(
                Files.exists(LIBRARIES.resolve("libpvlock.so")),
                "there is no C compiler, or no make (apt install gcc libc6-dev make)");
        assumeTrue(isThere("pkg-config"), "there is no pkg-config (apt install pkgconf)");
        Path prefix = built.resolve("prefix");
        Command.run(
                        "make",
                        "-s",
                        "-C",
                        ROOT.resolve("native/c").toString(),
                        "BUILD=" + LIBRARIES,
                        "PREFIX=" + prefix,
                        "DESTDIR=",
                        "install")
                .text();
        ProcessBuilder make = new ProcessBuilder(
                "make", "-s", "-C", EXAMPLE.toString(), "OUT=" + built, "CFLAGS=-O2 -Wall -Wextra -Werror");
        make.environment()
                .put("PKG_CONFIG_PATH", prefix.resolve("lib/pkgconfig").toString());
        Command.run(make).text();
        Path sources = EXAMPLE.resolve("src/main/java/com/example/desk");
        Command.run(
                        TestJvm.tool("javac"),
                        "-proc:none",
                        "-cp",
                        classPath(),
                        "-d",
                        built.resolve("classes").toString(),
                        sources.resolve("Desk.java").toString(),
                        sources.resolve("Strategy.java").toString())
                .text();
    }

    private static boolean isThere(String tool) {
        return Arrays.stream(System.getenv("PATH").split(":")).anyMatch(f -> Files.isExecutable(Path.of(f, tool)));
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private ProcessBuilder feed(String what) {
        ProcessBuilder feed = new ProcessBuilder(built.resolve("feed").toString(), region(), what);
        feed.environment().put("LD_LIBRARY_PATH", built.resolve("prefix/lib").toString());
        return feed;
    }

    private ProcessBuilder strategy(String what) {
        List<String> line = new ArrayList<>(List.of(TestJvm.tool("java"), "-XX:+UseSerialGC", "-cp"));
        line.add(built.resolve("classes") + ":" + classPath());
        line.addAll(List.of("com.example.desk.Strategy", region(), what));
        return new ProcessBuilder(line);
    }

    private String region() {
        return directory.resolve("desk.pvl").toString();
    }

    /** Starts a program that stops under the lock, in the middle of a change, and kills it there. */
    private static void killHalfWay(ProcessBuilder program, String line) throws IOException, InterruptedException {
        Process process = program.redirectError(Redirect.INHERIT).start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(said.readLine()).isEqualTo(line);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void theStrategyReadsWhatTheFeedWrites() throws Exception {
        Process feed = feed("20000")
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        try {
            String said = Command.run(strategy("20000")).text();
            assertThat(feed.waitFor()).isZero();
            long orders = Long.parseLong(said.replaceFirst("strategy: (\\d+) orders.*", "$1"));
            assertThat(orders).isPositive();
            // Nothing that either has booked is lost.
            assertThat(Command.run(strategy("0")).text())
                    .isEqualTo("strategy: 0 orders, book has %d trades, %d units"
                            .formatted(20000 + orders, 10 * (20000 + orders)));
        } finally {
            feed.destroyForcibly().waitFor();
        }
    }

    @Test
    void theFeedIsKilledUnderTheLock_theStrategyRepairs() throws Exception {
        killHalfWay(feed("half"), "feed: half");
        // What it prints; the library may also have logged the death by the time that it ends.
        Command strategy = Command.run(strategy("0"));
        assertThat(strategy.status()).as(strategy.output()).isZero();
        assertThat(strategy.out().lines())
                .containsExactly(
                        "strategy: an owner died, book repaired", "strategy: 0 orders, book has 1 trades, 10 units");
        assertThat(Command.run(feed("1")).text()).isEqualTo("feed: 1 quotes");
    }

    @Test
    void theStrategyIsKilledUnderTheLock_theFeedRepairs() throws Exception {
        killHalfWay(strategy("half"), "strategy: half");
        assertThat(Command.run(feed("1")).text().lines())
                .containsExactly("feed: an owner died, book repaired", "feed: 1 quotes");
        assertThat(Command.run(strategy("0")).text()).isEqualTo("strategy: 0 orders, book has 2 trades, 20 units");
    }
}
