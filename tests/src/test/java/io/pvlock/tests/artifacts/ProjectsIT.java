package io.pvlock.tests.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.LockGuard;
import io.pvlock.LockRegion;
import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The example projects, built as a user builds them, with pvlock by its coordinates; then run on the Java of this test. What a
 * program prints is compared whole: a user's console has nothing else on it.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ProjectsIT {

    private static final Path PROJECTS =
            Path.of("../examples/projects").toAbsolutePath().normalize();
    private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");

    @TempDir
    private Path directory;

    @BeforeAll
    static void build() throws Exception {
        ProjectBuild.all(PROJECTS);
    }

    private Console counted(List<String> program) throws Exception {
        List<String> line = new ArrayList<>(program);
        line.add(directory.resolve("region.pvl").toString());
        line.add("100");
        return new Console(Command.run(line.toArray(String[]::new)));
    }

    private static Path target(String project, String file) {
        return PROJECTS.resolve(project).resolve("target").resolve(file);
    }

    private static List<String> javaJar(String project) {
        return List.of(
                TestJvm.tool("java"), "-jar", target(project, project + ".jar").toString());
    }

    @Test
    void plain() throws Exception {
        counted(javaJar("plain")).printedOnly("count 100");
    }

    @Test
    void shaded() throws Exception {
        counted(javaJar("shaded")).printedOnly("count 100");

        // What is for Java 22 and later has come along.
        List<String> line = new ArrayList<>(javaJar("shaded"));
        line.add(1, "-Dpvlock.linux=" + (Runtime.version().feature() >= 22 ? "foreign" : "jna"));
        counted(line).printedOnly("count 200");
    }

    /** On the Java that built it. */
    @Test
    void jlink() throws Exception {
        Path image = target("jlink", "image");

        counted(List.of(image.resolve("bin/java").toString(), "@" + image.resolve("desk.flags")))
                .printedOnly("count 100");
    }

    @Test
    void trading() throws Exception {
        List<String> line = new ArrayList<>(javaJar("trading"));
        line.addAll(List.of(directory.toString(), "1000"));

        Command command = Command.run(line.toArray(String[]::new));

        // Aeron and Chronicle have their own to say about the JDK.
        assertThat(command.text().lines()).contains("position 500500, journal 1000");
    }

    @Test
    void springBoot() throws Exception {
        Path log = directory.resolve("service.log");
        List<String> line = new ArrayList<>(javaJar("spring-boot"));
        line.add(1, "-XX:TieredStopAtLevel=1"); // it lives for seconds
        line.addAll(List.of(
                "--server.port=0", "--desk.longest-wait=200ms", "--desk.region=" + directory.resolve("desk.pvl")));
        Process service = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            String url = "http://127.0.0.1:" + port(service, log);
            HttpClient client = HttpClient.newHttpClient();
            HttpRequest order = HttpRequest.newBuilder(URI.create(url + "/orders"))
                    .POST(BodyPublishers.noBody())
                    .build();

            // At the same time: each is a thread of the service, from Java 21 on a virtual one.
            List<Long> numbers =
                    IntStream.range(0, 200)
                            .mapToObj(i -> client.sendAsync(order, BodyHandlers.ofString()))
                            .toList()
                            .stream()
                            .map(response -> Long.valueOf(response.join().body()))
                            .sorted()
                            .toList();
            String health = get(client, url + "/actuator/health");
            String contended = get(client, url + "/actuator/metrics/pvlock.waiters");

            assertThat(numbers)
                    .isEqualTo(IntStream.rangeClosed(1, 200)
                            .mapToObj(Long::valueOf)
                            .toList());
            assertThat(health).contains("\"region\":{\"status\":\"UP\"").contains("desk.pvl");
            assertThat(contended).contains("\"name\":\"pvlock.waiters\"");
            isRedWhileARequestHangs(client, url, order);
        } finally {
            service.destroyForcibly().waitFor();
        }
    }

    /** Another process, this one, holds the lock that an order needs. */
    private void isRedWhileARequestHangs(HttpClient client, String url, HttpRequest order) throws Exception {
        try (LockRegion region = LockRegion.open(directory.resolve("desk.pvl"))) {
            LockGuard guard = region.lock("order numbers").acquire();
            CompletableFuture<HttpResponse<String>> hangs = client.sendAsync(order, BodyHandlers.ofString());
            Await.until(
                    "the service is down",
                    () -> get(client, url + "/actuator/health").contains("\"region\":{\"status\":\"DOWN\""));
            guard.close();
            assertThat(hangs.join().body()).isEqualTo("201");
            assertThat(get(client, url + "/actuator/health")).contains("\"region\":{\"status\":\"UP\"");
        }
    }

    private static String get(HttpClient client, String url) {
        try {
            return client.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(url, e);
        }
    }

    private static String port(Process service, Path log) throws IOException, InterruptedException {
        while (true) {
            boolean alive = service.isAlive();
            String text = Files.readString(log);
            Matcher port = PORT.matcher(text);
            if (port.find()) {
                return port.group(1);
            }
            assertThat(alive).as("the service is alive; it printed:\n" + text).isTrue();
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Test
    void gradle() throws Exception {
        Path jar = ProjectBuild.GRADLE.resolve("build/libs/desk.jar");
        assumeTrue(Files.exists(jar), "there is no gradle, or one that does not know this Java");

        counted(List.of(TestJvm.tool("java"), "-jar", jar.toString())).printedOnly("count 100");
    }
}
