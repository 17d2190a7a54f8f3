package io.pvlock.kit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Child JVMs of another user, which only root can start. They may read what they like, to find their classes, and write nothing. */
public final class OtherUser {

    public static final int UID = 65534;
    public static final int GID = 65534;

    private static final List<String> WRAPPER = List.of(
            "setpriv",
            "--reuid=" + UID,
            "--regid=" + GID,
            "--clear-groups",
            "--inh-caps=-all,+dac_read_search",
            "--ambient-caps=-all,+dac_read_search");

    private OtherUser() {}

    public static void assumePossible() throws IOException {
        // The effective user's: to whom this process's directory belongs.
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "only root can start a process of another user");
        assumeTrue(Command.works(WRAPPER, "true"), "setpriv cannot start a process of another user here");
    }

    /** What {@code main} prints. */
    public static String run(Class<?> main, Object... arguments) throws IOException, InterruptedException {
        return command(main, arguments).ok().out();
    }

    /** The same, however it ends. */
    public static Command command(Class<?> main, Object... arguments) throws IOException, InterruptedException {
        return TestJvm.of(main).under(WRAPPER).run(arguments);
    }
}
