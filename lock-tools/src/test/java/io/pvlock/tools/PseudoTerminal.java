package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pvlock.kit.Await;
import io.pvlock.kit.Command;
import io.pvlock.kit.TestJvm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line on a terminal of its own, 80 by 24, by script(1): keys go in, and what is on the screen comes out. */
final class PseudoTerminal implements AutoCloseable {

    /** Says at the end what has become of the status and of the terminal's settings. */
    private static final String SCRIPT = """
            printf -v line '%q ' "$@"
            inner="stty rows ${ROWS:-24} cols ${COLUMNS:-80}; "
            inner+='before=$(stty -g); '$line'; status=$?; after=$(stty -g); '
            inner+='if [ "$before" = "$after" ]; then echo "end: $status same"; else echo "end: $status other"; fi'
            TERM=xterm SHELL=/bin/bash exec script -qfc "$inner" /dev/null
            """;

    private static final List<String> UNDER = List.of("env", "--default-signal", "bash", "-c", SCRIPT, "terminal");

    private final Process script;
    private final StringBuilder screen = new StringBuilder();
    private final Thread reader = new Thread(this::read, "screen");

    private PseudoTerminal(Process script) {
        this.script = script;
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts the command line; skips the test where there is no script(1). */
    static PseudoTerminal run(Object... arguments) throws Exception {
        return start(TestJvm.of(Main.class).under(UNDER), arguments);
    }

    /** The same with three lines of ten columns, and another program than the command line. */
    static PseudoTerminal runSmall(Class<?> main, Object... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "COLUMNS=10", "ROWS=3"));
        command.addAll(UNDER);
        return start(TestJvm.of(main).under(command), arguments);
    }

    private static PseudoTerminal start(TestJvm jvm, Object... arguments) throws Exception {
        assumeTrue(Command.works("script", "-qfc", "true", "/dev/null"), "there is no script (apt install bsdutils)");
        assumeTrue(Command.works("bash", "-c", "stty --version"), "there is no stty (apt install coreutils)");
        // Whatever is started in the background ignores SIGINT, and so do its children.
        assumeTrue(Command.works("env", "--default-signal", "true"), "env is older than coreutils 8.31");
        return new PseudoTerminal(jvm.process(arguments));
    }

    private void read() {
        byte[] bytes = new byte[4096];
        try (InputStream in = script.getInputStream()) {
            for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
                synchronized (screen) {
                    screen.append(new String(bytes, 0, length, StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that has been printed. */
    String screen() {
        synchronized (screen) {
            return screen.toString();
        }
    }

    /** Waits until this is printed after {@code from}; the place behind it. */
    int await(String text, int from) {
        try {
            Await.until("it shows '" + text + "'", () -> screen().indexOf(text, from) >= 0 || !reader.isAlive());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; it has shown:\n" + visible(), e);
        }
        int at = screen().indexOf(text, from);
        assertThat(at).as("'%s' is not in:\n%s", text, visible()).isNotNegative();
        return at + text.length();
    }

    private String visible() {
        return screen().replace("\033", "\\e");
    }

    int await(String text) {
        return await(text, 0);
    }

    void press(String keys) throws IOException {
        script.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
        script.getOutputStream().flush();
    }

    /** The JVM, which is somewhere below. */
    ProcessHandle jvm() {
        Await.until("the JVM runs", () -> script.descendants().anyMatch(PseudoTerminal::isJvm));
        return script.descendants().filter(PseudoTerminal::isJvm).findFirst().orElseThrow();
    }

    private static boolean isJvm(ProcessHandle process) {
        return process.info().command().orElse("").endsWith("java");
    }

    void resize(int columns, int rows) throws Exception {
        Path terminal = Files.readSymbolicLink(Path.of("/proc/" + jvm().pid() + "/fd/0"));
        assertThat(Command.run("stty", "-F", terminal.toString(), "cols", "" + columns, "rows", "" + rows)
                        .output())
                .isEmpty();
    }

    /** The terminal has all its settings back, and its own screen. */
    void assertLeftAsItWas(int status) {
        await("end: " + status + " same");
        String all = screen();
        assertThat(all.indexOf("\033[?1049h")).as(visible()).isNotNegative();
        assertThat(all.lastIndexOf("\033[?1049l")).as(visible()).isGreaterThan(all.lastIndexOf("\033[?1049h"));
        assertThat(all.lastIndexOf("\033[?25l"))
                .as("the cursor is hidden: " + visible())
                .isLessThan(all.lastIndexOf("\033[?1049l"));
        assertThat(all).doesNotContain("WARNING").doesNotContain("Exception");
    }

    @Override
    public void close() {
        script.descendants().forEach(ProcessHandle::destroyForcibly);
        script.destroyForcibly().onExit().join();
    }
}
