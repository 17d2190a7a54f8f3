package io.pvlock.cluster.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.cluster.tools.EmbeddedServer;
import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import io.pvlock.tools.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Passwords, that of the user and that of the session, are in no region, and in nothing that a command or the agent prints. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SecretsIT {

    private static final String PASSWORD = "sesame-sesame";

    @TempDir
    private Path directory;

    private Object[] line(String command, EmbeddedServer server, Path region, Path digest, String... more) {
        List<Object> line = new ArrayList<>(List.of("cluster", command, "-f", region, "--connect", server.connect()));
        line.addAll(List.of("--digest-file", digest, "--tick-ms", EmbeddedServer.TICK_MS));
        line.addAll(List.of(more));
        return line.toArray();
    }

    @Test
    void passwords_areNowhere() throws Exception {
        Path region = directory.resolve("a.pvl");
        Path digest = Files.createFile(
                directory.resolve("digest"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(digest, "pvlock:" + PASSWORD);
        Path log = directory.resolve("agent.log");
        StringBuilder seen = new StringBuilder();
        try (EmbeddedServer server = new EmbeddedServer()) {
            Process agent = TestJvm.of(Main.class).process(line("agent", server, region, digest, "--host", "a"));
            Thread reader = new Thread(() -> copy(agent, log));
            reader.start();
            try {
                Await.until("it is a member", () -> text(log).contains("is a member"));
                for (String command : new String[] {"status", "doctor"}) {
                    for (String[] form : new String[][] {{}, {"--json"}, {"--no-such-option"}}) {
                        Command said = TestJvm.of(Main.class).run(line(command, server, region, digest, form));
                        seen.append(said.output());
                    }
                }
                seen.append(text(region));
                String session = text(directory.resolve("a.pvl.session"));
                String key = session.replaceFirst("(?s).*password=", "").strip();
                assertThat(key).hasSize(32);
                seen.append(text(log));
                assertThat(seen)
                        .contains("JOINED")
                        .doesNotContain(PASSWORD)
                        .doesNotContain(key)
                        .doesNotContain(new String(HexFormat.of().parseHex(key), StandardCharsets.ISO_8859_1));
            } finally {
                agent.destroyForcibly().onExit().join();
                reader.join();
            }
        }
    }

    private static void copy(Process from, Path to) {
        try {
            Files.copy(from.getInputStream(), to);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
