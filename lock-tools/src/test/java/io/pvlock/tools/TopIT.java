package io.pvlock.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.pvlock.linux.Processes;
import io.pvlock.linux.Threads;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code pvlock top} on a terminal. */
@Timeout(600)
class TopIT extends HeldRegionKit {

    private static final int SIGINT = 2;

    @Test
    void keysSortFilterAndLookClosely() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "-d", "0.1", "-f", file)) {
            terminal.await("*WAIT");
            terminal.await("held ");
            terminal.press("n");
            int at = terminal.await("*NAME");
            terminal.press("/free");
            at = terminal.await("filter: free", at);
            terminal.press("\033");
            at = terminal.await("Enter: queue", at);
            // Down to "held", which is the second by name.
            terminal.press("\033[B\r");
            at = terminal.await("owner", at);
            at = terminal.await("pid " + Threads.getpid(), at);
            at = terminal.await("'the waiter'", at);
            terminal.press("\033");
            at = terminal.await("Enter: queue", at);
            terminal.press("?");
            at = terminal.await("any key: back", at);
            terminal.press("x");
            terminal.await("Enter: queue", at);
            terminal.press("q");
            terminal.assertLeftAsItWas(0);
        }
    }

    @Test
    void anotherSizeIsAnotherPicture() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "-d", "0.1", "-f", file)) {
            int at = terminal.await("H-P99");
            assertThat(terminal.screen()).doesNotContain("STEALS");
            terminal.resize(200, 50);
            terminal.await("STEALS", at);
            terminal.resize(60, 10);
            terminal.press("q");
            terminal.assertLeftAsItWas(0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\003", "q"})
    void aKeyEndsIt(String key) throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "-f", file)) {
            terminal.await("*WAIT");
            terminal.press(key);
            terminal.assertLeftAsItWas(0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SIGINT, Processes.SIGTERM})
    void aSignalEndsIt(int signal) throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "-f", file)) {
            terminal.await("*WAIT");
            Processes.kill((int) terminal.jvm().pid(), signal);
            terminal.assertLeftAsItWas(128 + signal);
        }
    }

    @Test
    void whatGoesWrongIsSaidOnTheScreenOfBefore() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "-d", "0.1", "-f", file)) {
            terminal.await("*WAIT");
            Files.delete(file);
            int left = terminal.await("\033[?1049l");
            terminal.await("was deleted or replaced while it was looked at", left);
            terminal.assertLeftAsItWas(3);
        }
    }

    @Test
    void itEndsAfterSoManyPictures() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "-n", 2, "-d", "0.05", "-f", file)) {
            terminal.assertLeftAsItWas(0);
        }
    }

    @Test
    void aTerminalThatCanOnlyPrintGetsPlainPictures() throws Exception {
        try (PseudoTerminal terminal = PseudoTerminal.run("top", "--batch", "-n", 1, "-f", file)) {
            terminal.await("end: 0 same");
            assertThat(terminal.screen()).contains("2 vcpus, 1 waiting, 0 dead").doesNotContain("\033[?1049h");
        }
    }
}
