package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.LockRegion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names are chosen by others: whatever is in them, no command prints what a terminal obeys, and a line stays a line. */
@Timeout(180)
class StrangeNamesTest {

    private static final String NAME = "a\033]0;evil\007\r\nb\u009b31m\u202ec";
    private static final String SHOWN = "a\\x1b]0;evil\\x07\\x0d\\x0ab\\x9b31m\\u202ec";
    private static final String THREAD = "t\033[8m\u2066";

    @TempDir
    private Path directory;

    private Path file;
    private HeldRegion held;
    private String threadBefore;

    @BeforeEach
    void holdAndWait() throws Exception {
        threadBefore = Thread.currentThread().getName();
        Thread.currentThread().setName(THREAD);
        file = directory.resolve("region.pvl");
        held = new HeldRegion(file, NAME);
        LockRegion region = held.region();
        Thread dead = new Thread(() -> region.lock(NAME + "!").lock(), THREAD);
        dead.start();
        dead.join();
        region.lock(NAME + "!").acquire().close();
    }

    @AfterEach
    void letGo() throws Exception {
        held.close();
        Thread.currentThread().setName(threadBefore);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ls", "top -n 1", "vcpus", "events", "events --follow -n ALL", "stat -v", "fsck", "doctor"})
    void areShownAsCodes(String command) {
        // It would wait for one more for ever.
        String events = Integer.toString(held.region().events().size());
        Cli cli = run(command.replace("ALL", events).split(" "));
        assertHarmless(cli);
        if (!command.matches("stat.*|doctor|fsck")) {
            assertThat(cli.out()).contains(SHOWN);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"who", "rm", "break", "wait -t 0.01 --free"})
    void alsoWhereTheyAreNamed(String command) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.add(NAME);
        Cli cli = run(words.toArray(String[]::new));
        assertHarmless(cli);
        words.set(words.size() - 1, NAME + " of nobody");
        if (!command.startsWith("wait")) {
            Cli missing = run(words.toArray(String[]::new));
            assertHarmless(missing);
            assertThat(missing.err()).contains("no lock '" + SHOWN + " of nobody'");
        }
    }

    @Test
    void threadsToo() {
        assertThat(run("vcpus").out()).contains("t\\x1b[8m\\u2066");
        assertThat(run("who", NAME).out()).contains("t\\x1b[8m\\u2066");
    }

    private static void assertHarmless(Cli cli) {
        String all = cli.out() + cli.err();
        assertThat(all).isNotEmpty();
        assertThat(all.codePoints().filter(code -> code != '\n' && Character.isISOControl(code)))
                .as(all)
                .isEmpty();
        assertThat(all.codePoints().filter(code -> Character.getType(code) == Character.FORMAT))
                .as(all)
                .isEmpty();
    }

    private Cli run(String... words) {
        List<Object> all = new ArrayList<>(List.of((Object[]) words));
        all.addAll(List.of("-f", file));
        return Cli.run(all.toArray());
    }
}
