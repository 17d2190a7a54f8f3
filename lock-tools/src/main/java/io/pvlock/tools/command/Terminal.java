package io.pvlock.tools.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether somebody watches. {@link System#console} asks of standard input and output together, or of neither. */
final class Terminal {

    static final int STANDARD_INPUT = 0;
    static final int STANDARD_OUTPUT = 1;
    static final int STANDARD_ERROR = 2;

    private Terminal() {}

    static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether there are keys to be pressed, and a screen that can do more than print. */
    static boolean canMoveCursor() {
        String type = System.getenv("TERM");
        return isTerminal(STANDARD_INPUT)
                && isTerminal(STANDARD_OUTPUT)
                && type != null
                && !type.isEmpty()
                && !type.equals("dumb");
    }
}
