package io.pvlock.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.linux.Users;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Child JVMs of another user, which only root can start. They may read what they like, to find their classes, and write nothing. */
public final class OtherUser {

    public static final int UID = 65534;
    public static final int GID = 65534;

    private static final int WATCHDOG_S = 60;

    private static final List<String> WRAPPER = List.of(
            "setpriv",
            "--reuid=" + UID,
            "--regid=" + GID,
            "--clear-groups",
            "--inh-caps=-all,+dac_read_search",
            "--ambient-caps=-all,+dac_read_search");

    private OtherUser() {}

    public static void assumePossible() throws IOException, InterruptedException {
        assumeTrue(Users.effectiveUid() == Users.ROOT, "only root can start a process of another user");
        assumeTrue(works(), "setpriv cannot start a process of another user here");
    }

    private static boolean works() throws InterruptedException {
        List<String> command = new ArrayList<>(WRAPPER);
        command.add("true");
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** What {@code main} prints. */
    public static String run(Class<?> main, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(WRAPPER);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--") || flag.startsWith("-XX:+IgnoreUnrecognized"))
                .forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        CompletableFuture.delayedExecutor(WATCHDOG_S, TimeUnit.SECONDS).execute(process::destroyForcibly);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
